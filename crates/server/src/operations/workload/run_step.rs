//! The steps that stopping and running a workload again are made of: each operation plans the ones it needs.
//!
//! Whatever is stopped here keeps its slot and its files, so that it can run again where it was. A run has a number: the
//! agent starts each once, and what is reported of an earlier one changes nothing about a later one.

use super::super::stopping::{ask_no_more, keep_slot, seen_asked_no_more, seen_ended, signal};
use super::super::world::{World, cannot_look};
use super::starting::{ready, seen_started};
use crate::facts::WorkloadFacts;
use crate::store::workloads;
use acts::{begin, end, seen_begun, seen_over, seen_taken_back, start, take_back};
use async_trait::async_trait;
use node_protocol::StopSignal;
use operations::{
    AtDeadline, Attempt, Choice, Clearing, Danger, Effect, InputError, Observation, Performed, Plan, Repeat,
    Step, Trouble, Undo,
};
use read_models::ids::WorkloadId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

mod acts;

/// How long a workload may take to stop when nobody says otherwise.
pub(super) fn usual_grace() -> u32 {
    30
}

/// What cannot be meant as the time a workload may take to stop.
pub(super) fn check_grace(grace_s: u32) -> Result<(), Vec<InputError>> {
    if (1..=600).contains(&grace_s) {
        return Ok(());
    }
    Err(vec![InputError::at("/grace_s", "Give it 1 to 600 seconds to stop.")])
}

/// One step.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum RunStep {
    Stop { workload: WorkloadId, grace_s: u32 },
    Kill { workload: WorkloadId },
    Begin { workload: WorkloadId, run: u32, slot: Slot },
    Start { workload: WorkloadId, run: u32, slot: Slot },
    Ready { workload: WorkloadId, port: Option<u16> },
}

/// Where it runs again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Slot {
    /// In the slot it has, and it keeps that whatever comes of it.
    Own,
    /// In the one it has, or else in any that is free; given back when it does not work.
    Any,
}

#[async_trait]
impl Step<World> for RunStep {
    fn title(&self) -> String {
        match self {
            Self::Stop { grace_s, .. } => format!("Ask it to stop within {grace_s} s"),
            Self::Kill { .. } => "Kill it if it still runs".to_owned(),
            Self::Begin { run, slot: Slot::Own, .. } => format!("Begin run {run} in its own slot"),
            Self::Begin { run, slot: Slot::Any, .. } => format!("Reserve a slot for run {run}"),
            Self::Start { .. } => "Start it on its node".to_owned(),
            Self::Ready { .. } => "See that it is ready".to_owned(),
        }
    }

    fn observed_by(&self) -> Option<String> {
        Some(match self {
            Self::Stop { .. } | Self::Kill { .. } => "the agent's report that its process ended".to_owned(),
            Self::Begin { .. } => "the allocation, read again".to_owned(),
            Self::Start { .. } => "the agent's report of the process of this run".to_owned(),
            Self::Ready { port: Some(port), .. } => format!("the agent's report that port {port} answers"),
            Self::Ready { port: None, .. } => "the agent's report that it runs".to_owned(),
        })
    }

    fn undo_promise(&self) -> Undo {
        match self {
            Self::Stop { .. } | Self::Kill { .. } => Undo::TakesBack(
                "It is no longer asked to stop; if it has stopped by then it stays stopped, with its slot."
                    .to_owned(),
            ),
            Self::Begin { slot: Slot::Own, .. } => {
                Undo::TakesBack("It is stopped and keeps its slot.".to_owned())
            }
            Self::Begin { slot: Slot::Any, .. } => {
                Undo::TakesBack("It counts as failed, and the slot is given back.".to_owned())
            }
            Self::Start { slot: Slot::Own, .. } => {
                Undo::TakesBack("It is killed; its files and its log are kept.".to_owned())
            }
            Self::Start { slot: Slot::Any, .. } => {
                Undo::TakesBack("It is killed and removed from its node; its log is kept.".to_owned())
            }
            Self::Ready { .. } => Undo::Nothing,
        }
    }

    fn clearing(&self) -> Option<Clearing> {
        match self {
            Self::Stop { .. } | Self::Kill { .. } => Some(Clearing::by("workload.stop")),
            Self::Begin { .. } | Self::Start { .. } => Some(Clearing::by("workload.release")),
            Self::Ready { .. } => None,
        }
    }

    fn repeat(&self) -> Repeat {
        match self {
            Self::Stop { .. } | Self::Kill { .. } | Self::Begin { .. } | Self::Start { .. } => {
                Repeat::Idempotent
            }
            Self::Ready { .. } => Repeat::Pure,
        }
    }

    fn deadline(&self) -> Duration {
        match self {
            Self::Stop { grace_s, .. } => Duration::from_secs(u64::from(*grace_s)),
            Self::Begin { .. } => Duration::from_secs(30),
            Self::Kill { .. } => Duration::from_mins(1),
            Self::Start { .. } | Self::Ready { .. } => Duration::from_mins(2),
        }
    }

    fn at_deadline(&self) -> AtDeadline<Self> {
        match self {
            Self::Stop { .. } => AtDeadline::GoOn,
            Self::Begin { .. } | Self::Start { .. } | Self::Ready { .. } => AtDeadline::Fail,
            Self::Kill { .. } => AtDeadline::Ask {
                sentence: "It was killed, but the agent does not report its end.".to_owned(),
                choices: vec![
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
                        what: "Lets it run on; if it has stopped by then it stays stopped.".to_owned(),
                        danger: Danger::Disruptive,
                        effect: Effect::Undo,
                    },
                ],
            },
        }
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        match self {
            Self::Stop { workload, .. } => {
                keep_slot(world, attempt, workload).await?;
                signal(world, attempt, workload, StopSignal::Term).await
            }
            Self::Kill { workload } => {
                keep_slot(world, attempt, workload).await?;
                signal(world, attempt, workload, StopSignal::Kill).await
            }
            Self::Begin { workload, run, slot } => begin(world, attempt, (workload, *run), *slot).await,
            Self::Start { workload, run, .. } => start(world, attempt, (workload, *run)).await,
            Self::Ready { .. } => Ok(Performed::Acknowledged("The agent reports by itself.".to_owned())),
        }
    }

    async fn observe(&self, world: &World, _: &Attempt) -> Observation {
        let found = match workloads::find_system(&mut &world.db, &world.proof, self.workload()).await {
            Ok(found) => found,
            Err(error) => return cannot_look(&error),
        };
        match self {
            Self::Stop { workload, .. } | Self::Kill { workload } => seen_ended(world, workload).await,
            Self::Begin { run, .. } => seen_begun(world, &found, *run).await,
            Self::Start { run, .. } if found.run == *run => seen_started(&found),
            Self::Start { .. } => Observation::Contrary("It is in another run by now.".to_owned()),
            Self::Ready { port, .. } => ready(&found, *port),
        }
    }

    async fn undo(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        match self {
            Self::Stop { workload, .. } | Self::Kill { workload } => {
                ask_no_more(world, attempt, workload).await
            }
            Self::Begin { workload, run, slot } => end(world, attempt, (workload, *run), *slot).await,
            Self::Start { workload, run, slot } => take_back(world, attempt, (workload, *run), *slot).await,
            Self::Ready { .. } => Ok(Performed::Acknowledged("There is nothing to undo.".to_owned())),
        }
    }

    async fn observe_undone(&self, world: &World, attempt: &Attempt) -> Observation {
        match self {
            Self::Stop { workload, .. } | Self::Kill { workload } => {
                seen_asked_no_more(world, workload).await
            }
            Self::Begin { workload, run, slot } => seen_over(world, (workload, *run), *slot).await,
            Self::Start { workload, run, slot } => {
                seen_taken_back(world, attempt, (workload, *run), *slot).await
            }
            Self::Ready { .. } => Observation::seen("There was nothing to undo.", json!(null)),
        }
    }
}

impl RunStep {
    const fn workload(&self) -> &WorkloadId {
        match self {
            Self::Stop { workload, .. }
            | Self::Kill { workload }
            | Self::Begin { workload, .. }
            | Self::Start { workload, .. }
            | Self::Ready { workload, .. } => workload,
        }
    }
}

/// What running it again is made of, behind whatever ends the run it is in.
pub(super) fn run_again(plan: Plan<RunStep>, facts: &WorkloadFacts, slot: Slot) -> Plan<RunStep> {
    let (workload, run, port) = (facts.workload.id.clone(), facts.workload.run + 1, facts.workload.port);
    plan.step(RunStep::Begin { workload: workload.clone(), run, slot })
        .step(RunStep::Start { workload: workload.clone(), run, slot })
        .step(RunStep::Ready { workload, port })
}
