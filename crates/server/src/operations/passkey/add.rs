//! `passkey.add`: from now on this passkey is asked for beside the password, or lets in by itself.
//!
//! The browser had it made at the door, where the answer was checked; the input is its reference and its name (see decision
//! 0018). When it fails nothing more is asked for than before.

use super::super::kept::{place_of, reference};
use super::super::token::{NAME_NEEDED, is_name};
use super::super::world::{World, cannot_look, commit, no_facts, operation_of, surely_nothing};
use crate::authn::{NewPasskey, recovery};
use crate::facts::{Asked, PersonFacts};
use crate::store::db::{StoreError, Tx};
use crate::store::kept_secrets::{self, KeptSecret, Purpose};
use crate::store::passkeys::{self, PasskeyRecord};
use crate::store::{recovery_codes, sessions, totps};
use async_trait::async_trait;
use operations::{
    Attempt, Blocker, Clearing, Danger, Declaration, FactsError, InputError, Intent, Lock, Observation,
    Operation, Performed, Plan, Repeat, Rule, Step, Trouble, Undo,
};
use read_models::ids::{KeptSecretId, OperationId, PasskeyId, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// More than anybody has authenticators.
const MOST: usize = 20;

/// The declaration.
pub(crate) struct Add;

type Facts = Asked<Wanted>;

/// What was asked about.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    name: String,
    /// None when there is none of this reference.
    kept: Option<KeptSecret>,
}

#[async_trait]
impl Operation<World> for Add {
    const DECLARATION: Declaration = Declaration {
        id: "passkey.add",
        version: 1,
        target: "user",
        intent: Intent::SetUp,
        title: "Add passkey",
        danger: Danger::Disruptive,
        steps: &["Let the passkey in, and issue 10 recovery codes with the first second factor"],
        expected: "The passkey lets you in: beside the password, or by itself where the authenticator finds it. Signing in with the password, and whatever destroys something or lets somebody in, takes it or another second factor. With the first one, ten recovery codes are shown on the security page for ten minutes.",
        verified_by: "The account's passkeys are read again.",
        on_failure: "The passkey lets nobody in, and nothing more is asked for than before.",
        progress: "On the security page.",
        evidence: "Who added it, its name, and when.",
        audit: "asked to add a passkey to the account of",
    };
    const RULES: &'static [Rule<Facts>] = &[
        Rule { code: "has_room", holds: "You have fewer than 20 passkeys.", check: has_room },
        Rule { code: "name_is_free", holds: "No passkey of yours has this name.", check: name_is_free },
        Rule {
            code: "is_answered",
            holds: "Only a passkey whose authenticator has answered is added.",
            check: is_answered,
        },
    ];
    const LETS_IN: bool = true;
    const NEVER_HELD_BACK: Option<&'static str> = Some("It protects people.");
    type Facts = Facts;
    type Input = AddInput;
    type Step = AddStep;

    fn usual_input() -> Option<AddInput> {
        None
    }

    fn check_input(input: &AddInput) -> Result<(), Vec<InputError>> {
        if is_name(&input.name) { Ok(()) } else { Err(vec![InputError::at("/name", NAME_NEEDED)]) }
    }

    async fn facts(world: &World, target: &str, input: Option<&AddInput>) -> Result<Facts, FactsError> {
        let person = PersonFacts::load(world, target).await.map_err(no_facts)?;
        let Some(input) = input else { return Ok(person.about(None)) };
        let kept = kept_secrets::find(&mut &world.db, &world.proof, &input.passkey).await;
        let name = input.name.trim().to_owned();
        Ok(person.about(Some(Wanted { name, kept: kept.map_err(no_facts)? })))
    }

    fn locks(target: &str, _: &Facts) -> Vec<Lock> {
        vec![Lock::exclusive(PersonFacts::lock(target, "second-factor"))]
    }

    fn plan(facts: &Facts, input: &AddInput) -> Plan<AddStep> {
        let user = facts.person.account.id.clone();
        let name = input.name.trim().to_owned();
        let plan = Plan::new().step(AddStep::LetIn { user, passkey: input.passkey.clone(), name });
        if facts.person.has_second_factor() {
            return plan.noticed_by(
                "Nobody at once: what you have beside the password stays good, and so do the recovery codes.",
            );
        }
        plan.noticed_by("You, at every sign-in: keep the recovery codes where you find them without the passkey.")
            .noticed_by("Other browsers stay signed in, and are asked for it before they destroy something. API tokens stay as they are.")
    }
}

fn has_room(facts: &Facts) -> Result<(), Blocker> {
    if facts.person.passkeys.len() < MOST {
        return Ok(());
    }
    Err(Blocker::new("You have 20 passkeys: remove one you do not use.").unblocked_by("passkey.remove"))
}

fn name_is_free(facts: &Facts) -> Result<(), Blocker> {
    let Some(wanted) = &facts.about else { return Ok(()) };
    if facts.person.passkeys.iter().any(|one| one.name == wanted.name) {
        return Err(Blocker::new(format!(
            "A passkey of yours is named {}: choose another name.",
            wanted.name
        )));
    }
    Ok(())
}

fn is_answered(facts: &Facts) -> Result<(), Blocker> {
    let (account, now) = (&facts.person.account, facts.person.now);
    let Some(wanted) = &facts.about else { return Ok(()) };
    let sentence = match &wanted.kept {
        None => "There is no such passkey: begin again.",
        Some(kept) if !kept.is_good(&account.id, Purpose::Passkey, now) => {
            "This passkey is not kept any more: it was added, or 30 minutes are over."
        }
        Some(_) => return Ok(()),
    };
    Err(Blocker::new(sentence).unblocked_by("/account/security"))
}

/// The passkey, by its reference.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddInput {
    /// What you call it: the phone or the key it is on.
    name: String,
    /// The reference you got for the authenticator's answer (`POST /api/v1/account/passkeys/answer`).
    #[serde(deserialize_with = "reference")]
    #[schemars(with = "String", extend("x-secret" = true))]
    passkey: KeptSecretId,
}

/// What it does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum AddStep {
    LetIn { user: UserId, passkey: KeptSecretId, name: String },
}

impl AddStep {
    /// In one transaction: nobody is asked for a passkey without having a way back.
    async fn let_in(
        &self,
        world: &World,
        tx: &mut Tx,
        kept: &KeptSecret,
        by: &OperationId,
    ) -> Result<(), Trouble> {
        let Self::LetIn { user, passkey, name } = self;
        let (proof, now) = (&world.proof, world.now());
        let new = opened(world, passkey, kept)?;
        let was_asked = !passkeys::of(tx, proof, user).await.map_err(surely_nothing)?.is_empty()
            || totps::of(tx, proof, user).await.map_err(surely_nothing)?.is_some();
        kept_secrets::use_up(tx, proof, passkey, by).await.map_err(surely_nothing)?;
        let record = PasskeyRecord {
            id: PasskeyId::from_uuid(by.digits()),
            user: user.clone(),
            name: name.clone(),
            credential_id: new.credential_id,
            counter: counter_of(&new.credential),
            credential: new.credential,
            added_at: now,
            added_by: by.clone(),
            last_used_at: None,
            doubted_at: None,
        };
        match passkeys::add(tx, proof, &record).await {
            Ok(()) => {}
            Err(StoreError::Conflict { .. }) => {
                return Err(Trouble::Refused("This passkey is known already.".to_owned()));
            }
            Err(error) => return Err(surely_nothing(error)),
        }
        if was_asked {
            return Ok(());
        }
        let hashes: Vec<_> = recovery::derived(&world.sealing, by).iter().map(recovery::hash).collect();
        recovery_codes::replace(tx, proof, user, &hashes, (by, now)).await.map_err(surely_nothing)?;
        // Whatever was fresh was so by the password alone.
        sessions::stale(tx, proof, user).await.map_err(surely_nothing)
    }
}

fn opened(world: &World, id: &KeptSecretId, kept: &KeptSecret) -> Result<NewPasskey, Trouble> {
    let cannot = || Trouble::Refused("What was handed in cannot be used with this server's key.".to_owned());
    let opened = world.sealing.open(&place_of(id), kept.sealed.as_deref().unwrap_or_default());
    serde_json::from_slice(&opened.map_err(|_| cannot())?).map_err(|_| cannot())
}

/// The counter the authenticator began with.
fn counter_of(credential: &str) -> i64 {
    let read: Option<serde_json::Value> = serde_json::from_str(credential).ok();
    read.and_then(|read| read["cred"]["counter"].as_i64()).unwrap_or_default()
}

#[async_trait]
impl Step<World> for AddStep {
    fn title(&self) -> String {
        let Self::LetIn { name, .. } = self;
        format!("Let the passkey {name} in, and issue 10 recovery codes with the first second factor")
    }

    fn observed_by(&self) -> Option<String> {
        Some("the account's passkeys, read again".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        Undo::TakesBack("The passkey, and recovery codes that came with it, let nobody in.".to_owned())
    }

    fn clearing(&self) -> Option<Clearing> {
        Some(Clearing::by("passkey.remove"))
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::LetIn { user, passkey, .. } = self;
        let by = operation_of(attempt)?;
        let mut tx = world.effect(attempt).await?;
        let kept = kept_secrets::find(&mut tx, &world.proof, passkey).await.map_err(surely_nothing)?;
        match kept.filter(|kept| kept.user == *user && kept.purpose == Purpose::Passkey) {
            Some(kept) if kept.used_by.as_ref() == Some(&by) => {
                return Ok(Performed::Acknowledged("It is let in already.".to_owned()));
            }
            Some(kept) if kept.used_by.is_none() => self.let_in(world, &mut tx, &kept, &by).await?,
            Some(_) | None => return Err(Trouble::Refused("The passkey is not kept any more.".to_owned())),
        }
        commit(tx).await?;
        Ok(Performed::Acknowledged("It is let in.".to_owned()))
    }

    async fn observe(&self, world: &World, attempt: &Attempt) -> Observation {
        let Self::LetIn { user, .. } = self;
        match added(self, world, attempt).await {
            Ok(Some(one)) => Observation::seen(
                "The passkey is among those that let in.",
                json!({ "user": user, "passkey": one.id, "added_at": one.added_at }),
            ),
            Ok(None) => Observation::Absent("The passkey lets nobody in.".to_owned()),
            Err(error) => cannot_look(&error),
        }
    }

    async fn undo(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::LetIn { user, .. } = self;
        let by = operation_of(attempt)?;
        let mut tx = world.effect(attempt).await?;
        match passkeys::remove(&mut tx, &world.proof, user, &PasskeyId::from_uuid(by.digits())).await {
            Ok(()) | Err(StoreError::NotFound) => {}
            Err(error) => return Err(surely_nothing(error)),
        }
        recovery_codes::take_back(&mut tx, &world.proof, user, &by).await.map_err(surely_nothing)?;
        commit(tx).await?;
        Ok(Performed::Acknowledged("It lets nobody in any more.".to_owned()))
    }

    async fn observe_undone(&self, world: &World, attempt: &Attempt) -> Observation {
        let Self::LetIn { user, .. } = self;
        match added(self, world, attempt).await {
            Ok(Some(_)) => Observation::Absent("The passkey still lets in.".to_owned()),
            Ok(None) => Observation::seen("The passkey lets nobody in.", json!({ "user": user })),
            Err(error) => cannot_look(&error),
        }
    }
}

/// The passkey this operation added, while it is there.
async fn added(
    step: &AddStep,
    world: &World,
    attempt: &Attempt,
) -> Result<Option<PasskeyRecord>, StoreError> {
    let AddStep::LetIn { user, .. } = step;
    let all = passkeys::of(&mut &world.db, &world.proof, user).await?;
    Ok(all.into_iter().find(|one| one.added_by.as_str() == attempt.operation))
}
