//! `workload.release`: ask it to stop, kill it if it does not, give its slot back. It is History from then on.
//!
//! When it fails it keeps its slot, and what has stopped stays stopped.

use super::super::asking::ask;
use super::super::stopping::{
    ask_no_more, has_ended, node_protocol_id, not_gone_yet, seen_asked_no_more, seen_ended, seen_gone, signal,
};
use super::super::world::{World, cannot_look, commit, no_facts, perhaps_asked};
use super::telling::tell;
use crate::facts::WorkloadFacts;
use crate::store::workloads;
use async_trait::async_trait;
use node_protocol::{CommandBody, StopSignal};
use operations::{
    AtDeadline, Attempt, Choice, Clearing, Danger, Declaration, Effect, FactsError, InputError, Intent, Lock,
    Observation, Operation, Performed, Plan, Repeat, Rule, Step, Trouble, Undo,
};
use read_models::ids::WorkloadId;
use read_models::workloads::WorkloadState;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// The declaration.
pub(crate) struct Release;

#[async_trait]
impl Operation<World> for Release {
    const DECLARATION: Declaration = Declaration {
        id: "workload.release",
        version: 1,
        target: "workload",
        intent: Intent::Destructive,
        title: "Release workload",
        danger: Danger::Destructive,
        steps: &["Ask it to stop", "Kill it if it still runs", "Give its slot back"],
        expected: "Nothing of it runs, its port is closed and its slot is free. Its log and history are kept.",
        verified_by: "The node's agent reports that its process ended and that the slot is free.",
        on_failure: "It keeps its slot; what has stopped stays stopped. You choose: wait or undo.",
        progress: "On the operation's page and in the workbench, live.",
        evidence: "Each signal as asked and as seen in the agent's reports, and the free slot.",
        audit: "asked to release",
    };
    const RULES: &'static [Rule<WorkloadFacts>] = &[
        Rule {
            code: "is_not_released",
            holds: "It is not released yet.",
            check: WorkloadFacts::is_not_released,
        },
        Rule { code: "launch_is_over", holds: "Its launch is over.", check: WorkloadFacts::launch_is_over },
    ];
    type Facts = WorkloadFacts;
    type Input = ReleaseInput;
    type Step = ReleaseStep;

    fn usual_input() -> Option<ReleaseInput> {
        Some(ReleaseInput { grace_s: usual_grace() })
    }

    fn check_input(input: &ReleaseInput) -> Result<(), Vec<InputError>> {
        if (1..=600).contains(&input.grace_s) {
            return Ok(());
        }
        Err(vec![InputError::at("/grace_s", "Give it 1 to 600 seconds to stop.")])
    }

    async fn facts(
        world: &World,
        target: &str,
        _: Option<&ReleaseInput>,
    ) -> Result<WorkloadFacts, FactsError> {
        WorkloadFacts::load(world, target).await.map_err(no_facts)
    }

    fn locks(target: &str, _: &WorkloadFacts) -> Vec<Lock> {
        vec![Lock::exclusive(WorkloadFacts::lock(target))]
    }

    fn plan(facts: &WorkloadFacts, input: &ReleaseInput) -> Plan<ReleaseStep> {
        let workload = facts.workload.id.clone();
        let mut plan = Plan::new();
        if !has_ended(&facts.workload) {
            plan = plan
                .step(ReleaseStep::Stop { workload: workload.clone(), grace_s: input.grace_s })
                .step(ReleaseStep::Kill { workload: workload.clone() })
                .noticed_by("Whoever uses it: it ends, and what it had not saved is lost.");
        }
        plan.step(ReleaseStep::GiveBack { workload })
            .noticed_by("Its files on the node are deleted; its log and history are kept.")
    }
}

/// How long it may take to stop.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReleaseInput {
    /// Seconds it may take to stop after it was asked, before it is killed, 1 to 600.
    #[serde(default = "usual_grace")]
    grace_s: u32,
}

fn usual_grace() -> u32 {
    10
}

/// What it does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum ReleaseStep {
    Stop { workload: WorkloadId, grace_s: u32 },
    Kill { workload: WorkloadId },
    GiveBack { workload: WorkloadId },
}

#[async_trait]
impl Step<World> for ReleaseStep {
    fn title(&self) -> String {
        match self {
            Self::Stop { grace_s, .. } => format!("Ask it to stop within {grace_s} s"),
            Self::Kill { .. } => "Kill it if it still runs".to_owned(),
            Self::GiveBack { .. } => "Give its slot back".to_owned(),
        }
    }

    fn observed_by(&self) -> Option<String> {
        Some(match self {
            Self::Stop { .. } | Self::Kill { .. } => "the agent's report that its process ended".to_owned(),
            Self::GiveBack { .. } => "the agent's inventory without it".to_owned(),
        })
    }

    fn undo_promise(&self) -> Undo {
        match self {
            Self::Stop { .. } | Self::Kill { .. } => Undo::TakesBack(
                "It is no longer asked to stop; if it has stopped by then it stays stopped.".to_owned(),
            ),
            Self::GiveBack { .. } => {
                Undo::Cannot("It is released, and its files on the node are deleted.".to_owned())
            }
        }
    }

    fn clearing(&self) -> Option<Clearing> {
        match self {
            Self::Stop { .. } | Self::Kill { .. } => Some(Clearing::by("workload.release")),
            Self::GiveBack { .. } => Some(Clearing::by_hand(
                "No operation brings it back: launch another one, from the catalogue or by the API.",
            )),
        }
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        match self {
            Self::Stop { grace_s, .. } => Duration::from_secs(u64::from(*grace_s)),
            Self::Kill { .. } => Duration::from_mins(1),
            Self::GiveBack { .. } => Duration::from_mins(2),
        }
    }

    fn at_deadline(&self) -> AtDeadline<Self> {
        let choices = || {
            vec![
                Choice {
                    id: "wait",
                    title: "Wait",
                    what: "Looks on for another two minutes.".to_owned(),
                    danger: Danger::Safe,
                    effect: Effect::Wait(Duration::from_mins(2)),
                },
                Choice {
                    id: "undo",
                    title: "Undo",
                    what: "Keeps the workload and its slot; what has stopped stays stopped.".to_owned(),
                    danger: Danger::Disruptive,
                    effect: Effect::Undo,
                },
            ]
        };
        match self {
            Self::Stop { .. } => AtDeadline::GoOn,
            Self::Kill { .. } => AtDeadline::Ask {
                sentence: "It was to be killed, but the agent does not report its end.".to_owned(),
                choices: choices(),
            },
            Self::GiveBack { .. } => AtDeadline::Ask {
                sentence: "The agent has not given its slot back.".to_owned(),
                choices: choices(),
            },
        }
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        match self {
            Self::Stop { workload, .. } => signal(world, attempt, workload, StopSignal::Term).await,
            Self::Kill { workload } => signal(world, attempt, workload, StopSignal::Kill).await,
            Self::GiveBack { workload } => give_back(world, attempt, workload).await,
        }
    }

    async fn observe(&self, world: &World, _: &Attempt) -> Observation {
        match self {
            Self::Stop { workload, .. } | Self::Kill { workload } => seen_ended(world, workload).await,
            Self::GiveBack { workload } => seen_given_back(world, workload).await,
        }
    }

    async fn undo(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        match self {
            Self::Stop { workload, .. } | Self::Kill { workload } => {
                ask_no_more(world, attempt, workload).await
            }
            Self::GiveBack { .. } => Ok(Performed::Acknowledged("It cannot be undone.".to_owned())),
        }
    }

    async fn observe_undone(&self, world: &World, _: &Attempt) -> Observation {
        match self {
            Self::Stop { workload, .. } | Self::Kill { workload } => {
                seen_asked_no_more(world, workload).await
            }
            Self::GiveBack { .. } => Observation::seen("It cannot be undone.", json!(null)),
        }
    }
}

async fn give_back(world: &World, attempt: &Attempt, id: &WorkloadId) -> Result<Performed, Trouble> {
    let workload = workloads::find_system(&mut &world.db, &world.proof, id).await.map_err(perhaps_asked)?;
    let holds = workloads::holds_slot(&mut &world.db, &world.proof, id).await.map_err(perhaps_asked)?;
    if let Some(node) = workload.node.as_ref().filter(|_| holds) {
        let body = CommandBody::RemoveWorkload { workload_id: node_protocol_id(id)?, run: workload.run };
        if let pending @ Performed::Pending { .. } = ask(world, attempt, "remove", node, body).await? {
            return Ok(pending);
        }
        if let Some(pending) = not_gone_yet(world, &workload).await {
            return Ok(pending);
        }
    }
    let mut tx = world.effect(attempt).await.map_err(|trouble| Trouble::Unknown(trouble.to_string()))?;
    let now = world.now();
    workloads::free_slot(&mut tx, &world.proof, id, now).await.map_err(perhaps_asked)?;
    if workloads::release(&mut tx, &world.proof, id, now).await.map_err(perhaps_asked)? {
        let released = (format!("{} is released.", workload.name), json!({ "state": "released" }));
        tell(world, &mut tx, attempt, &workload, released).await.map_err(perhaps_asked)?;
    }
    commit(tx).await?;
    Ok(Performed::Acknowledged("Its slot is given back.".to_owned()))
}

async fn seen_given_back(world: &World, id: &WorkloadId) -> Observation {
    let workload = match workloads::find_system(&mut &world.db, &world.proof, id).await {
        Ok(workload) => workload,
        Err(error) => return cannot_look(&error),
    };
    if workload.state != WorkloadState::Released {
        return Observation::Absent("It is not released yet.".to_owned());
    }
    seen_gone(world, &workload).await
}
