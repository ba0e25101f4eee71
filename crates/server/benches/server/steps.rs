//! An operation made for measuring: as many steps as are asked for, and none of them does anything. What it takes is the
//! engine's own.

use std::time::Duration;

use operations::{
    Attempt, Danger, Declaration, FactsError, Intent, Lock, Observation, Operation, Performed, Plan, Repeat,
    Rule, Step, Trouble, Undo,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use server::operations::World;

/// The declaration.
pub(crate) struct Nothing;

/// How often nothing is done.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// So many steps.
    steps: u32,
    /// So that no two plans are the same.
    run: u32,
}

/// It does nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Nought {
    step: u32,
}

#[async_trait::async_trait]
impl Operation<World> for Nothing {
    const DECLARATION: Declaration = Declaration {
        id: "bench.nothing",
        version: 1,
        target: "user",
        intent: Intent::SetUp,
        title: "Do nothing",
        danger: Danger::Safe,
        steps: &["Do nothing"],
        expected: "Nothing is different.",
        verified_by: "Nobody looks.",
        on_failure: "Nothing is different.",
        progress: "In the benchmark.",
        evidence: "That it was done.",
        audit: "asked for nothing from",
    };
    const RULES: &'static [Rule<()>] = &[];
    type Facts = ();
    type Input = Input;
    type Step = Nought;

    fn usual_input() -> Option<Input> {
        None
    }

    async fn facts(_: &World, _: &str, _: Option<&Input>) -> Result<(), FactsError> {
        Ok(())
    }

    fn locks(target: &str, (): &()) -> Vec<Lock> {
        vec![Lock::exclusive(format!("bench/{target}"))]
    }

    fn plan((): &(), input: &Input) -> Plan<Nought> {
        (0..input.steps).fold(Plan::new(), |plan, step| plan.step(Nought { step }))
    }
}

#[async_trait::async_trait]
impl Step<World> for Nought {
    fn title(&self) -> String {
        format!("Do nothing, {}", self.step)
    }

    fn observed_by(&self) -> Option<String> {
        Some("It is looked whether nothing was done.".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        Undo::Nothing
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        Duration::from_mins(1)
    }

    async fn perform(&self, _: &World, _: &Attempt) -> Result<Performed, Trouble> {
        Ok(Performed::Acknowledged("Nothing was done.".to_owned()))
    }

    async fn observe(&self, _: &World, _: &Attempt) -> Observation {
        Observation::Seen { sentence: "Nothing was done.".to_owned(), evidence: serde_json::Value::Null }
    }

    async fn undo(&self, _: &World, _: &Attempt) -> Result<Performed, Trouble> {
        Ok(Performed::Acknowledged("Nothing was taken back.".to_owned()))
    }

    async fn observe_undone(&self, _: &World, _: &Attempt) -> Observation {
        Observation::Seen {
            sentence: "Nothing was taken back.".to_owned(),
            evidence: serde_json::Value::Null,
        }
    }
}
