//! `workload.retry`: run again what failed, or what has lost its slot, in the slot it has or in another.
//!
//! When it fails the slot is given back, what was started is stopped, and the log is kept.

use super::super::world::{World, no_facts};
use super::run_step::{RunStep, Slot, run_again};
use crate::facts::WorkloadFacts;
use async_trait::async_trait;
use operations::{Blocker, Danger, Declaration, FactsError, Intent, Lock, Operation, Plan, Rule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The declaration.
pub(crate) struct Retry;

#[async_trait]
impl Operation<World> for Retry {
    const DECLARATION: Declaration = Declaration {
        id: "workload.retry",
        version: 1,
        target: "workload",
        intent: Intent::Recover,
        title: "Retry workload",
        danger: Danger::Safe,
        steps: &["Reserve a slot", "Start it on its node", "See that it is ready"],
        expected: "It runs again with the same command, and answers on its port when it has one. Files of a slot it gave back are gone.",
        verified_by: "The node's agent reports the process of this run, and that its port answers.",
        on_failure: "The slot is given back, what was started is stopped, and the log is kept.",
        progress: "On the operation's page and in the workbench, live.",
        evidence: "The order, the agent's answer, the reports that followed, and the log.",
        audit: "asked to retry",
    };
    const RULES: &'static [Rule<WorkloadFacts>] = &[
        Rule { code: "is_over", holds: "It is not running.", check: WorkloadFacts::is_over },
        Rule { code: "needs_a_retry", holds: "It failed, or its slot was given back.", check: needs_a_retry },
        Rule {
            code: "a_slot_is_free",
            holds: "A slot is free, or it holds one.",
            check: WorkloadFacts::has_or_gets_a_slot,
        },
        Rule {
            code: "name_is_free",
            holds: "No other active workload has its name.",
            check: WorkloadFacts::name_is_free,
        },
        Rule { code: "launch_is_over", holds: "Its launch is over.", check: WorkloadFacts::launch_is_over },
    ];
    type Facts = WorkloadFacts;
    type Input = RetryInput;
    type Step = RunStep;

    fn usual_input() -> Option<RetryInput> {
        Some(RetryInput {})
    }

    async fn facts(world: &World, target: &str, _: Option<&RetryInput>) -> Result<WorkloadFacts, FactsError> {
        WorkloadFacts::load(world, target).await.map_err(no_facts)
    }

    fn locks(target: &str, _: &WorkloadFacts) -> Vec<Lock> {
        vec![Lock::exclusive(WorkloadFacts::lock(target))]
    }

    fn plan(facts: &WorkloadFacts, _: &RetryInput) -> Plan<RunStep> {
        run_again(Plan::new(), facts, Slot::Any)
            .noticed_by(format!("{} holds one slot for it.", facts.workload.project_name))
            .stands_on("price_microcents_per_hour", facts.workload.price_microcents_per_hour.to_string())
    }
}

/// What was stopped on purpose and has its slot still is started, not retried.
fn needs_a_retry(facts: &WorkloadFacts) -> Result<(), Blocker> {
    if facts.workload.keeps_slot && facts.holds_slot {
        return Err(
            Blocker::new("It was stopped and has its slot still: start it.").unblocked_by("workload.start")
        );
    }
    Ok(())
}

/// Nothing has to be said.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RetryInput {}
