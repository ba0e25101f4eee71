//! `workload.restart`: stop it and run it again where it was, in its own slot and with its own files.
//!
//! When it cannot be stopped it runs on; when it does not come back it is stopped and keeps its slot.

use super::super::world::{World, no_facts};
use super::run_step::{RunStep, Slot, check_grace, run_again, usual_grace};
use crate::facts::WorkloadFacts;
use async_trait::async_trait;
use operations::{Danger, Declaration, FactsError, InputError, Intent, Lock, Operation, Plan, Rule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The declaration.
pub(crate) struct Restart;

#[async_trait]
impl Operation<World> for Restart {
    const DECLARATION: Declaration = Declaration {
        id: "workload.restart",
        version: 1,
        target: "workload",
        intent: Intent::Maintain,
        title: "Restart workload",
        danger: Danger::Disruptive,
        steps: &[
            "Ask it to stop",
            "Kill it if it still runs",
            "Begin its next run in its own slot",
            "Start it on its node",
            "See that it is ready",
        ],
        expected: "Its program was ended and runs anew, in the slot and with the files it had.",
        verified_by: "The node's agent reports the end of the one run and the process of the next.",
        on_failure: "When it does not stop you choose: wait or undo. When it does not come back it is stopped and keeps its slot.",
        progress: "On the operation's page and in the workbench, live.",
        evidence: "Each signal and the order as asked and as seen in the agent's reports, and the log.",
        audit: "asked to restart",
    };
    const RULES: &'static [Rule<WorkloadFacts>] = &[
        Rule { code: "runs", holds: "It runs.", check: WorkloadFacts::runs },
        Rule {
            code: "node_takes_it",
            holds: "Where it runs is in service.",
            check: WorkloadFacts::node_takes_it,
        },
        Rule { code: "launch_is_over", holds: "Its launch is over.", check: WorkloadFacts::launch_is_over },
    ];
    type Facts = WorkloadFacts;
    type Input = RestartInput;
    type Step = RunStep;

    fn usual_input() -> Option<RestartInput> {
        Some(RestartInput { grace_s: usual_grace() })
    }

    fn check_input(input: &RestartInput) -> Result<(), Vec<InputError>> {
        check_grace(input.grace_s)
    }

    async fn facts(
        world: &World,
        target: &str,
        _: Option<&RestartInput>,
    ) -> Result<WorkloadFacts, FactsError> {
        WorkloadFacts::load(world, target).await.map_err(no_facts)
    }

    fn locks(target: &str, _: &WorkloadFacts) -> Vec<Lock> {
        vec![Lock::exclusive(WorkloadFacts::lock(target))]
    }

    fn plan(facts: &WorkloadFacts, input: &RestartInput) -> Plan<RunStep> {
        let workload = facts.workload.id.clone();
        let ended = Plan::new()
            .step(RunStep::Stop { workload: workload.clone(), grace_s: input.grace_s })
            .step(RunStep::Kill { workload });
        run_again(ended, facts, Slot::Own).noticed_by(
            "Whoever uses it: it is away until it is ready again, and what it had not saved is lost.",
        )
    }
}

/// How long it may take to stop.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RestartInput {
    /// Seconds it may take to stop after it was asked, before it is killed, 1 to 600.
    #[serde(default = "usual_grace")]
    grace_s: u32,
}
