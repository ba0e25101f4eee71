//! `platform.unfreeze`: operations begin again, and what was held back goes on.
//!
//! When it fails the platform stays frozen.

use super::super::world::World;
use super::{Facts, freeze, lift, seen_frozen, seen_moving};
use crate::store::standstill::Standstill;
use async_trait::async_trait;
use operations::{
    Attempt, Blocker, Clearing, Danger, Declaration, FactsError, Intent, Lock, Observation, Operation,
    Performed, Plan, Repeat, Rule, Step, Trouble, Undo,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The declaration.
pub(crate) struct Unfreeze;

#[async_trait]
impl Operation<World> for Unfreeze {
    const DECLARATION: Declaration = Declaration {
        id: "platform.unfreeze",
        version: 1,
        target: "platform",
        intent: Intent::Recover,
        title: "Unfreeze platform",
        danger: Danger::Disruptive,
        steps: &["Let operations begin again"],
        expected: "Operations begin again, and whatever was held back goes on by itself.",
        verified_by: "What every server reads before it begins something is read again.",
        on_failure: "The platform stays frozen.",
        progress: "On the operation's page, live; the line on every page is gone.",
        evidence: "Who unfroze it, who had frozen it and why, and when that was seen.",
        audit: "asked to unfreeze",
    };
    const RULES: &'static [Rule<Facts>] =
        &[Rule { code: "is_frozen", holds: "The platform is frozen.", check: is_frozen }];
    const NEVER_HELD_BACK: Option<&'static str> = Some("It is the way out of a freeze.");
    type Facts = Facts;
    type Input = UnfreezeInput;
    type Step = UnfreezeStep;

    fn usual_input() -> Option<UnfreezeInput> {
        Some(UnfreezeInput {})
    }

    async fn facts(world: &World, target: &str, _: Option<&UnfreezeInput>) -> Result<Facts, FactsError> {
        Facts::load(world, target).await
    }

    fn locks(_: &str, _: &Facts) -> Vec<Lock> {
        Facts::lock()
    }

    fn plan(facts: &Facts, _: &UnfreezeInput) -> Plan<UnfreezeStep> {
        let plan = Plan::new().noticed_by("Whoever waits: everything that was held back goes on at once.");
        match &facts.standstill {
            Some(known) => plan.step(UnfreezeStep::GoOn { known: known.clone() }),
            // Without it there is nothing to do, and the rule says so.
            None => plan,
        }
    }
}

fn is_frozen(facts: &Facts) -> Result<(), Blocker> {
    match facts.standstill {
        Some(_) => Ok(()),
        None => Err(Blocker::new("The platform is not frozen: operations begin.")),
    }
}

/// Nothing has to be said.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnfreezeInput {}

/// What it does, with what it takes to put it back.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum UnfreezeStep {
    GoOn { known: Standstill },
}

#[async_trait]
impl Step<World> for UnfreezeStep {
    fn title(&self) -> String {
        let Self::GoOn { known } = self;
        format!("Let operations begin again, which {} has stopped: {}", known.by, known.reason)
    }

    fn observed_by(&self) -> Option<String> {
        Some("what every server reads before it begins something, read again".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        Undo::TakesBack(
            "The platform is frozen as before; what began meanwhile finishes its step.".to_owned(),
        )
    }

    fn clearing(&self) -> Option<Clearing> {
        Some(Clearing::by("platform.freeze"))
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::GoOn { known } = self;
        lift(world, attempt, &known.operation).await
    }

    async fn observe(&self, world: &World, _: &Attempt) -> Observation {
        let Self::GoOn { known } = self;
        seen_moving(world, &known.operation).await
    }

    async fn undo(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::GoOn { known } = self;
        freeze(world, attempt, known).await
    }

    async fn observe_undone(&self, world: &World, _: &Attempt) -> Observation {
        let Self::GoOn { known } = self;
        seen_frozen(world, &known.operation).await
    }
}
