//! `workload.stop`: ask it to stop, kill it if it does not. It keeps its slot and its files, and can be started again.
//!
//! When it fails it runs on; what has stopped stays stopped.

use super::super::world::{World, no_facts};
use super::run_step::{RunStep, check_grace, usual_grace};
use crate::facts::WorkloadFacts;
use async_trait::async_trait;
use operations::{Danger, Declaration, FactsError, InputError, Intent, Lock, Operation, Plan, Rule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The declaration.
pub(crate) struct Stop;

#[async_trait]
impl Operation<World> for Stop {
    const DECLARATION: Declaration = Declaration {
        id: "workload.stop",
        version: 1,
        target: "workload",
        intent: Intent::Maintain,
        title: "Stop workload",
        danger: Danger::Disruptive,
        steps: &["Ask it to stop", "Kill it if it still runs"],
        expected: "Nothing of it runs and its port is closed. It keeps its slot, its files and its log, and goes on costing its price.",
        verified_by: "The node's agent reports that its process ended.",
        on_failure: "It runs on; what has stopped stays stopped. You choose: wait or undo.",
        progress: "On the operation's page and in the workbench, live.",
        evidence: "Each signal as asked and as seen in the agent's reports.",
        audit: "asked to stop",
    };
    const RULES: &'static [Rule<WorkloadFacts>] = &[
        Rule { code: "runs", holds: "It runs.", check: WorkloadFacts::runs },
        Rule { code: "launch_is_over", holds: "Its launch is over.", check: WorkloadFacts::launch_is_over },
    ];
    type Facts = WorkloadFacts;
    type Input = StopInput;
    type Step = RunStep;

    fn usual_input() -> Option<StopInput> {
        Some(StopInput { grace_s: usual_grace() })
    }

    fn check_input(input: &StopInput) -> Result<(), Vec<InputError>> {
        check_grace(input.grace_s)
    }

    async fn facts(world: &World, target: &str, _: Option<&StopInput>) -> Result<WorkloadFacts, FactsError> {
        WorkloadFacts::load(world, target).await.map_err(no_facts)
    }

    fn locks(target: &str, _: &WorkloadFacts) -> Vec<Lock> {
        vec![Lock::exclusive(WorkloadFacts::lock(target))]
    }

    fn plan(facts: &WorkloadFacts, input: &StopInput) -> Plan<RunStep> {
        let workload = facts.workload.id.clone();
        Plan::new()
            .step(RunStep::Stop { workload: workload.clone(), grace_s: input.grace_s })
            .step(RunStep::Kill { workload })
            .noticed_by("Whoever uses it: it ends, and what it had not saved is lost.")
            .stands_on("run", facts.workload.run.to_string())
    }
}

/// How long it may take to stop.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StopInput {
    /// Seconds it may take to stop after it was asked, before it is killed, 1 to 600.
    #[serde(default = "usual_grace")]
    grace_s: u32,
}
