//! `passkey.remove`: this passkey lets nobody in any more.
//!
//! When it fails the passkey lets in as before.

use super::super::world::{World, cannot_look, commit, no_facts, surely_nothing};
use crate::facts::{Asked, PersonFacts};
use crate::store::db::StoreError;
use crate::store::passkeys::{self, PasskeyRecord};
use crate::store::{recovery_codes, totps};
use async_trait::async_trait;
use operations::{
    Attempt, Blocker, Clearing, Danger, Declaration, FactsError, Intent, Lock, Observation, Operation,
    Performed, Plan, Repeat, Rule, Step, Trouble, Undo,
};
use read_models::ids::{PasskeyId, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// The declaration.
pub(crate) struct Remove;

type Facts = Asked<PasskeyId>;

#[async_trait]
impl Operation<World> for Remove {
    const DECLARATION: Declaration = Declaration {
        id: "passkey.remove",
        version: 1,
        target: "user",
        intent: Intent::Retirement,
        title: "Remove passkey",
        danger: Danger::Disruptive,
        steps: &["Forget the passkey, and the recovery codes with the last second factor"],
        expected: "The passkey lets nobody in. When nothing else stands beside the password, the password alone is asked for, and the recovery codes let nobody in.",
        verified_by: "The account's passkeys are read again.",
        on_failure: "The passkey lets in as before.",
        progress: "On the operation's page, live.",
        evidence: "Who removed it, from which session, its name, and when.",
        audit: "asked to remove a passkey from the account of",
    };
    const RULES: &'static [Rule<Facts>] =
        &[Rule { code: "is_there", holds: "There is a passkey to remove.", check: is_there }];
    const LETS_IN: bool = true;
    const NEVER_HELD_BACK: Option<&'static str> = Some("It protects people.");
    type Facts = Facts;
    type Input = RemoveInput;
    type Step = RemoveStep;

    fn usual_input() -> Option<RemoveInput> {
        None
    }

    async fn facts(world: &World, target: &str, input: Option<&RemoveInput>) -> Result<Facts, FactsError> {
        let person = PersonFacts::load(world, target).await.map_err(no_facts)?;
        Ok(person.about(input.map(|input| input.passkey.clone())))
    }

    fn locks(target: &str, _: &Facts) -> Vec<Lock> {
        vec![Lock::exclusive(PersonFacts::lock(target, "second-factor"))]
    }

    fn plan(facts: &Facts, _: &RemoveInput) -> Plan<RemoveStep> {
        let (person, plan) = (&facts.person, Plan::new());
        // Without the passkey there is nothing to do, and the rule says so.
        let Some(one) = asked(facts) else { return plan };
        let plan = plan.step(RemoveStep::Forget {
            user: one.user.clone(),
            passkey: one.id.clone(),
            name: one.name.clone(),
        });
        let plan = plan.noticed_by("You: the authenticator still offers it until you delete it there too.");
        if person.totp.is_some() || person.passkeys.len() > 1 {
            return plan.noticed_by("Nobody else: what else you have beside the password stays good, and so do the recovery codes.");
        }
        plan.noticed_by("Whoever has your password: nothing else stands before the account any more.")
    }
}

fn asked(facts: &Facts) -> Option<&PasskeyRecord> {
    let id = facts.about.as_ref()?;
    facts.person.passkeys.iter().find(|one| one.id == *id)
}

fn is_there(facts: &Facts) -> Result<(), Blocker> {
    match &facts.about {
        None if facts.person.passkeys.is_empty() => {
            Err(Blocker::new("You have no passkey.").unblocked_by("passkey.add"))
        }
        Some(_) if asked(facts).is_none() => Err(Blocker::new("You have no such passkey.")),
        None | Some(_) => Ok(()),
    }
}

/// Which one.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RemoveInput {
    /// The passkey to remove.
    #[schemars(with = "String")]
    passkey: PasskeyId,
}

/// What it does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum RemoveStep {
    Forget { user: UserId, passkey: PasskeyId, name: String },
}

impl RemoveStep {
    async fn stands(&self, world: &World) -> Result<bool, StoreError> {
        let Self::Forget { user, passkey, .. } = self;
        let all = passkeys::of(&mut &world.db, &world.proof, user).await?;
        Ok(all.iter().any(|one| one.id == *passkey))
    }
}

#[async_trait]
impl Step<World> for RemoveStep {
    fn title(&self) -> String {
        let Self::Forget { name, .. } = self;
        format!("Forget the passkey {name}, and the recovery codes with the last second factor")
    }

    fn observed_by(&self) -> Option<String> {
        Some("the account's passkeys, read again".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        Undo::Cannot("What was known of the passkey is forgotten: add a new one.".to_owned())
    }

    fn clearing(&self) -> Option<Clearing> {
        Some(Clearing::by("passkey.add"))
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::Forget { user, passkey, .. } = self;
        let (mut tx, proof) = (world.effect(attempt).await?, &world.proof);
        match passkeys::remove(&mut tx, proof, user, passkey).await {
            Ok(()) => {}
            Err(StoreError::NotFound) => {
                return Ok(Performed::Acknowledged("It is forgotten already.".to_owned()));
            }
            Err(error) => return Err(surely_nothing(error)),
        }
        let others = passkeys::of(&mut tx, proof, user).await.map_err(surely_nothing)?;
        if others.is_empty() && totps::of(&mut tx, proof, user).await.map_err(surely_nothing)?.is_none() {
            recovery_codes::forget(&mut tx, proof, user).await.map_err(surely_nothing)?;
        }
        commit(tx).await?;
        Ok(Performed::Acknowledged("It is forgotten.".to_owned()))
    }

    async fn observe(&self, world: &World, _: &Attempt) -> Observation {
        let Self::Forget { user, passkey, .. } = self;
        match self.stands(world).await {
            Ok(false) => Observation::seen(
                "The passkey is not known any more.",
                json!({ "user": user, "passkey": passkey }),
            ),
            Ok(true) => Observation::Absent("The passkey still lets in.".to_owned()),
            Err(error) => cannot_look(&error),
        }
    }

    async fn undo(&self, _: &World, _: &Attempt) -> Result<Performed, Trouble> {
        Err(Trouble::Refused("The passkey is forgotten.".to_owned()))
    }

    async fn observe_undone(&self, _: &World, _: &Attempt) -> Observation {
        Observation::Contrary("The passkey is forgotten.".to_owned())
    }
}
