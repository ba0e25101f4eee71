//! `platform.freeze`: nothing begins any more; what runs finishes its step and rests.
//!
//! When it fails operations begin as before.

use super::super::world::{World, operation_of, who_asked};
use super::{Facts, freeze, lift, seen_frozen, seen_moving};
use crate::store::standstill::Standstill;
use async_trait::async_trait;
use operations::{
    Attempt, Blocker, Clearing, Danger, Declaration, FactsError, InputError, Intent, Lock, Observation,
    Operation, Performed, Plan, Repeat, Rule, Step, Trouble, Undo,
};
use read_models::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The longest reason that is kept: it stands on every page.
const LONGEST_REASON: usize = 200;

/// The declaration.
pub(crate) struct Freeze;

#[async_trait]
impl Operation<World> for Freeze {
    const DECLARATION: Declaration = Declaration {
        id: "platform.freeze",
        version: 1,
        target: "platform",
        intent: Intent::Maintain,
        title: "Freeze platform",
        danger: Danger::Disruptive,
        steps: &["Let nothing begin"],
        expected: "No operation begins anywhere; what runs finishes the step it is at and rests. Agents' reports are still \
                   taken in, workloads go on running, and what protects people can still be done.",
        verified_by: "What every server reads before it begins something is read again.",
        on_failure: "Operations begin as before.",
        progress: "On the operation's page, and as a line on every page while it lasts.",
        evidence: "Who froze it, why, since when, and when that was seen.",
        audit: "asked to freeze",
    };
    const RULES: &'static [Rule<Facts>] =
        &[Rule { code: "is_not_frozen", holds: "Operations begin.", check: is_not_frozen }];
    const NEVER_HELD_BACK: Option<&'static str> = Some("Stopping the world must not wait for anything.");
    type Facts = Facts;
    type Input = FreezeInput;
    type Step = FreezeStep;

    fn usual_input() -> Option<FreezeInput> {
        None
    }

    fn check_input(input: &FreezeInput) -> Result<(), Vec<InputError>> {
        let written = input.reason.trim().chars().count();
        if (1..=LONGEST_REASON).contains(&written) {
            return Ok(());
        }
        let sentence = format!("Say why, in 1 to {LONGEST_REASON} characters: it stands on every page.");
        Err(vec![InputError::at("/reason", sentence)])
    }

    async fn facts(world: &World, target: &str, _: Option<&FreezeInput>) -> Result<Facts, FactsError> {
        Facts::load(world, target).await
    }

    fn locks(_: &str, _: &Facts) -> Vec<Lock> {
        Facts::lock()
    }

    fn plan(_: &Facts, input: &FreezeInput) -> Plan<FreezeStep> {
        let step = FreezeStep::StandStill { reason: input.reason.trim().to_owned() };
        Plan::new().step(step).noticed_by(
            "Everybody: what they start is refused, and what was accepted waits until the platform is unfrozen.",
        )
    }
}

fn is_not_frozen(facts: &Facts) -> Result<(), Blocker> {
    match &facts.standstill {
        None => Ok(()),
        Some(standstill) => {
            let sentence = format!("The platform is frozen already, by {}.", standstill.by);
            Err(Blocker::new(sentence).unblocked_by("platform.unfreeze"))
        }
    }
}

/// Why.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FreezeInput {
    /// Why nothing may begin; everybody reads it on every page.
    reason: String,
}

/// What it does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum FreezeStep {
    StandStill { reason: String },
}

#[async_trait]
impl Step<World> for FreezeStep {
    fn title(&self) -> String {
        "Let nothing begin".to_owned()
    }

    fn observed_by(&self) -> Option<String> {
        Some("what every server reads before it begins something, read again".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        Undo::TakesBack("Operations begin again.".to_owned())
    }

    fn clearing(&self) -> Option<Clearing> {
        Some(Clearing::by("platform.unfreeze"))
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::StandStill { reason } = self;
        let (operation, by) = who_asked(world, attempt).await?;
        let since = Timestamp::from_micros(attempt.begun_at);
        freeze(world, attempt, &Standstill { operation, reason: reason.clone(), by, since }).await
    }

    async fn observe(&self, world: &World, attempt: &Attempt) -> Observation {
        match operation_of(attempt) {
            Ok(own) => seen_frozen(world, &own).await,
            Err(trouble) => Observation::Contrary(trouble.to_string()),
        }
    }

    async fn undo(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        lift(world, attempt, &operation_of(attempt)?).await
    }

    async fn observe_undone(&self, world: &World, attempt: &Attempt) -> Observation {
        match operation_of(attempt) {
            Ok(own) => seen_moving(world, &own).await,
            Err(trouble) => Observation::Contrary(trouble.to_string()),
        }
    }
}
