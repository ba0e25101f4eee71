//! `workload.start`: run it again where it was, in its own slot and with its own files.
//!
//! When it fails it is stopped and keeps its slot, unless the program itself ended: then that counts.

use super::super::world::{World, no_facts};
use super::run_step::{RunStep, Slot, run_again};
use crate::facts::WorkloadFacts;
use async_trait::async_trait;
use operations::{Danger, Declaration, FactsError, Intent, Lock, Operation, Plan, Rule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The declaration.
pub(crate) struct Start;

#[async_trait]
impl Operation<World> for Start {
    const DECLARATION: Declaration = Declaration {
        id: "workload.start",
        version: 1,
        target: "workload",
        intent: Intent::Maintain,
        title: "Start workload",
        danger: Danger::Safe,
        steps: &["Begin its next run in its own slot", "Start it on its node", "See that it is ready"],
        expected: "It runs again, in the slot and with the files it had, and answers on its port when it has one.",
        verified_by: "The node's agent reports the process of this run, and that its port answers.",
        on_failure: "It is stopped and keeps its slot. When the program itself ends with an error, that counts.",
        progress: "On the operation's page and in the workbench, live.",
        evidence: "The order, the agent's answer, the reports that followed, and the log.",
        audit: "asked to start",
    };
    const RULES: &'static [Rule<WorkloadFacts>] = &[
        Rule { code: "is_over", holds: "It is not running.", check: WorkloadFacts::is_over },
        Rule {
            code: "holds_its_slot",
            holds: "Its slot is still its own.",
            check: WorkloadFacts::holds_its_slot,
        },
        Rule {
            code: "node_takes_it",
            holds: "Where it runs is in service.",
            check: WorkloadFacts::node_takes_it,
        },
        Rule {
            code: "name_is_free",
            holds: "No other active workload has its name.",
            check: WorkloadFacts::name_is_free,
        },
        Rule { code: "launch_is_over", holds: "Its launch is over.", check: WorkloadFacts::launch_is_over },
    ];
    type Facts = WorkloadFacts;
    type Input = StartInput;
    type Step = RunStep;

    fn usual_input() -> Option<StartInput> {
        Some(StartInput {})
    }

    async fn facts(world: &World, target: &str, _: Option<&StartInput>) -> Result<WorkloadFacts, FactsError> {
        WorkloadFacts::load(world, target).await.map_err(no_facts)
    }

    fn locks(target: &str, _: &WorkloadFacts) -> Vec<Lock> {
        vec![Lock::exclusive(WorkloadFacts::lock(target))]
    }

    fn plan(facts: &WorkloadFacts, _: &StartInput) -> Plan<RunStep> {
        run_again(Plan::new(), facts, Slot::Own).noticed_by("Nobody: it keeps the slot it has.")
    }
}

/// Nothing has to be said.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StartInput {}
