//! `totp.remove`: no code of the app is asked for any more; without a passkey the password alone lets its person in again.
//!
//! When it fails the app is asked for as before.

use super::super::world::{World, cannot_look, commit, no_facts, surely_nothing};
use crate::facts::PersonFacts;
use crate::store::db::StoreError;
use crate::store::{passkeys, recovery_codes, totps};
use async_trait::async_trait;
use operations::{
    Attempt, Blocker, Clearing, Danger, Declaration, FactsError, Intent, Lock, Observation, Operation,
    Performed, Plan, Repeat, Rule, Step, Trouble, Undo,
};
use read_models::ids::UserId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// The declaration.
pub(crate) struct Remove;

#[async_trait]
impl Operation<World> for Remove {
    const DECLARATION: Declaration = Declaration {
        id: "totp.remove",
        version: 1,
        target: "user",
        intent: Intent::Retirement,
        title: "Remove authenticator app",
        danger: Danger::Disruptive,
        steps: &["Forget the app's secret, and the recovery codes with the last second factor"],
        expected: "The app's codes let nobody in. When no passkey stands beside the password, the password alone is asked for, and the recovery codes let nobody in.",
        verified_by: "The account's second factor is read again.",
        on_failure: "The app is asked for as before.",
        progress: "On the operation's page, live.",
        evidence: "Who removed it, from which session, and when.",
        audit: "asked to remove the authenticator app from the account of",
    };
    const RULES: &'static [Rule<PersonFacts>] =
        &[Rule { code: "has_one", holds: "You have an authenticator app.", check: has_one }];
    const LETS_IN: bool = true;
    const NEVER_HELD_BACK: Option<&'static str> = Some("It protects people.");
    type Facts = PersonFacts;
    type Input = RemoveInput;
    type Step = RemoveStep;

    fn usual_input() -> Option<RemoveInput> {
        Some(RemoveInput {})
    }

    async fn facts(world: &World, target: &str, _: Option<&RemoveInput>) -> Result<PersonFacts, FactsError> {
        PersonFacts::load(world, target).await.map_err(no_facts)
    }

    fn locks(target: &str, _: &PersonFacts) -> Vec<Lock> {
        vec![Lock::exclusive(PersonFacts::lock(target, "second-factor"))]
    }

    fn plan(facts: &PersonFacts, _: &RemoveInput) -> Plan<RemoveStep> {
        let user = facts.account.id.clone();
        let plan = Plan::new().step(RemoveStep::Forget { user });
        if !facts.passkeys.is_empty() {
            return plan.noticed_by("Nobody at once: your passkeys stay good, and so do the recovery codes.");
        }
        plan.noticed_by("Whoever has your password: nothing else stands before the account any more.")
    }
}

fn has_one(facts: &PersonFacts) -> Result<(), Blocker> {
    match &facts.totp {
        Some(_) => Ok(()),
        None => Err(Blocker::new("You have no authenticator app.").unblocked_by("totp.add")),
    }
}

/// Nothing has to be said.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RemoveInput {}

/// What it does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum RemoveStep {
    Forget { user: UserId },
}

#[async_trait]
impl Step<World> for RemoveStep {
    fn title(&self) -> String {
        "Forget the app's secret, and the recovery codes with the last second factor".to_owned()
    }

    fn observed_by(&self) -> Option<String> {
        Some("the account's second factor, read again".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        Undo::Cannot("The app's secret is forgotten: add the app again, with a new one.".to_owned())
    }

    fn clearing(&self) -> Option<Clearing> {
        Some(Clearing::by("totp.add"))
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::Forget { user } = self;
        let mut tx = world.effect(attempt).await?;
        match totps::remove(&mut tx, &world.proof, user).await {
            Ok(()) => {}
            Err(StoreError::NotFound) => {
                return Ok(Performed::Acknowledged("It is forgotten already.".to_owned()));
            }
            Err(error) => return Err(surely_nothing(error)),
        }
        if passkeys::of(&mut tx, &world.proof, user).await.map_err(surely_nothing)?.is_empty() {
            recovery_codes::forget(&mut tx, &world.proof, user).await.map_err(surely_nothing)?;
        }
        commit(tx).await?;
        Ok(Performed::Acknowledged("It is forgotten.".to_owned()))
    }

    async fn observe(&self, world: &World, _: &Attempt) -> Observation {
        let Self::Forget { user } = self;
        match totps::of(&mut &world.db, &world.proof, user).await {
            Ok(None) => {
                Observation::seen("No app is asked for at the next sign-in.", json!({ "user": user }))
            }
            Ok(Some(_)) => Observation::Absent("The app is still asked for.".to_owned()),
            Err(error) => cannot_look(&error),
        }
    }

    async fn undo(&self, _: &World, _: &Attempt) -> Result<Performed, Trouble> {
        Err(Trouble::Refused("The app's secret is forgotten.".to_owned()))
    }

    async fn observe_undone(&self, _: &World, _: &Attempt) -> Observation {
        Observation::Contrary("The app's secret is forgotten.".to_owned())
    }
}
