//! `node.begin_maintenance`: take an empty node out so that somebody can work on the machine.
//!
//! When it fails the node has the policy it had.

use super::super::stopping::has_ended;
use super::super::world::{World, cannot_look, no_facts};
use super::policy::{self, Why, check_line};
use super::slots;
use crate::facts::NodeFacts;
use crate::store::nodes::PolicyHold;
use crate::store::workloads;
use async_trait::async_trait;
use operations::{
    Attempt, Blocker, Clearing, Danger, Declaration, FactsError, InputError, Intent, Lock, Observation,
    Operation, Performed, Plan, Repeat, Rule, Step, Trouble, Undo,
};
use read_models::ids::NodeId;
use read_models::nodes::{NodePolicy, NodeState};
use read_models::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// Names in a sentence; the rest is counted.
const NAMED: usize = 3;

/// The declaration.
pub(crate) struct BeginMaintenance;

#[async_trait]
impl Operation<World> for BeginMaintenance {
    const DECLARATION: Declaration = Declaration {
        id: "node.begin_maintenance",
        version: 1,
        target: "node",
        intent: Intent::Scheduling,
        title: "Begin maintenance",
        danger: Danger::Disruptive,
        steps: &["Take no new workloads", "Confirm that nothing runs here"],
        expected: "Nothing runs here and nothing is placed here. The machine may be switched off: its silence raises no alarm until the maintenance is ended.",
        verified_by: "The agent's next inventory shows every slot free; when the agent is silent, our own list of what is placed here.",
        on_failure: "The node has the policy it had before.",
        progress: "On the operation's page, live.",
        evidence: "Who asked, why and for how long, the policy before and after, and the empty inventory.",
        audit: "asked to begin maintenance of",
    };
    const RULES: &'static [Rule<NodeFacts>] = &[
        Rule {
            code: "is_not_in_maintenance",
            holds: "It is not in maintenance.",
            check: NodeFacts::is_not_in_maintenance,
        },
        Rule { code: "nothing_runs_here", holds: "Nothing runs here.", check: nothing_runs_here },
        Rule {
            code: "node_is_not_retired",
            holds: "The node is not retired.",
            check: NodeFacts::node_is_not_retired,
        },
    ];
    type Facts = NodeFacts;
    type Input = BeginInput;
    type Step = BeginStep;

    /// Why has to be said.
    fn usual_input() -> Option<BeginInput> {
        None
    }

    fn check_input(input: &BeginInput) -> Result<(), Vec<InputError>> {
        let ticket = input.ticket.as_deref().map_or(Ok(()), |ticket| check_line("/ticket", ticket));
        let hours = if (1..=2160).contains(&input.expected_hours) {
            Ok(())
        } else {
            Err(InputError::at("/expected_hours", "Expect it to last 1 to 2160 hours (90 days)."))
        };
        let parts = [check_line("/reason", &input.reason), ticket, hours];
        let wrong: Vec<_> = parts.into_iter().filter_map(Result::err).collect();
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    async fn facts(world: &World, target: &str, _: Option<&BeginInput>) -> Result<NodeFacts, FactsError> {
        NodeFacts::load(world, target).await.map_err(no_facts)
    }

    fn locks(target: &str, _: &NodeFacts) -> Vec<Lock> {
        vec![Lock::exclusive(NodeFacts::placement_lock(target))]
    }

    fn plan(facts: &NodeFacts, input: &BeginInput) -> Plan<BeginStep> {
        let node = facts.node.id.clone();
        let (before, hold) = facts.settled_policy();
        let take_out = BeginStep::TakeOut {
            node: node.clone(),
            before,
            hold,
            reason: input.reason.clone(),
            ticket: input.ticket.clone(),
            expected_hours: input.expected_hours,
        };
        let plan = Plan::new()
            .step(take_out)
            .noticed_by("Nobody: nothing runs here.")
            .noticed_by("New launches: its slots are not offered until the maintenance is ended.");
        // A machine that has fallen silent is just the one that somebody has to work on.
        match facts.node.state {
            NodeState::Ready => plan.step(BeginStep::SlotsFree { node }),
            NodeState::Expected
            | NodeState::Enrolling
            | NodeState::Unreachable
            | NodeState::Provisioning
            | NodeState::FailedEnrolment
            | NodeState::FailedProvisioning
            | NodeState::FailedCleanup
            | NodeState::Gone => plan.step(BeginStep::NothingPlaced { node }),
        }
    }
}

/// Who works on the machine must not pull it away under a workload.
fn nothing_runs_here(facts: &NodeFacts) -> Result<(), Blocker> {
    let running: Vec<_> = facts.workloads.iter().filter(|workload| !has_ended(workload)).collect();
    if running.is_empty() {
        return Ok(());
    }
    let mut names: Vec<_> = running.iter().take(NAMED).map(|workload| workload.name.clone()).collect();
    if running.len() > NAMED {
        names.push(format!("{} more", running.len() - NAMED));
    }
    let runs = if running.len() == 1 { "runs" } else { "run" };
    Err(Blocker::new(format!("{} {runs} here: drain the node first.", names.join(", ")))
        .unblocked_by("node.drain"))
}

/// Why, and for how long.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BeginInput {
    /// Why, in a few words, for whoever finds the node out of service; up to 200 characters.
    reason: String,
    /// Where the work is written down, such as the number of a ticket; may be empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ticket: Option<String>,
    /// Hours it is expected to last, 1 to 2160; 4 when empty. What lasts longer is shown as needing action.
    #[serde(default = "usual_hours")]
    expected_hours: u32,
}

fn usual_hours() -> u32 {
    4
}

/// What it does.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum BeginStep {
    TakeOut {
        node: NodeId,
        before: NodePolicy,
        /// Who wanted that.
        hold: Option<PolicyHold>,
        reason: String,
        ticket: Option<String>,
        expected_hours: u32,
    },
    /// Its agent reports: its own inventory is looked at.
    SlotsFree { node: NodeId },
    /// Its agent is silent: only what we placed can be looked at.
    NothingPlaced { node: NodeId },
}

#[async_trait]
impl Step<World> for BeginStep {
    fn title(&self) -> String {
        match self {
            Self::TakeOut { .. } => "Take no new workloads".to_owned(),
            Self::SlotsFree { .. } => "Confirm that nothing runs here".to_owned(),
            Self::NothingPlaced { .. } => "Confirm that nothing is placed here".to_owned(),
        }
    }

    fn observed_by(&self) -> Option<String> {
        Some(match self {
            Self::TakeOut { .. } => "the policy that placement decides by".to_owned(),
            Self::SlotsFree { .. } => "the agent's next inventory".to_owned(),
            Self::NothingPlaced { .. } => {
                "our own list of what is placed here, as its agent is silent".to_owned()
            }
        })
    }

    fn undo_promise(&self) -> Undo {
        match self {
            Self::TakeOut { before, .. } => {
                Undo::TakesBack(format!("The policy is set back to {}.", before.word()))
            }
            Self::SlotsFree { .. } | Self::NothingPlaced { .. } => Undo::Nothing,
        }
    }

    fn clearing(&self) -> Option<Clearing> {
        match self {
            Self::TakeOut { .. } => Some(Clearing::by("node.end_maintenance")),
            Self::SlotsFree { .. } | Self::NothingPlaced { .. } => None,
        }
    }

    fn repeat(&self) -> Repeat {
        match self {
            Self::TakeOut { .. } => Repeat::Idempotent,
            Self::SlotsFree { .. } | Self::NothingPlaced { .. } => Repeat::Pure,
        }
    }

    fn deadline(&self) -> Duration {
        match self {
            Self::TakeOut { .. } | Self::NothingPlaced { .. } => Duration::from_mins(1),
            Self::SlotsFree { .. } => Duration::from_mins(2),
        }
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        match self {
            Self::TakeOut { node, reason, ticket, expected_hours, .. } => {
                let hours = Duration::from_hours(u64::from(*expected_hours));
                let why = Why {
                    reason: Some(reason.clone()),
                    ticket: ticket.clone(),
                    until: Some(Timestamp::from_micros(attempt.begun_at).plus(hours)),
                };
                policy::hold(world, attempt, node, NodePolicy::Maintenance, why).await
            }
            Self::SlotsFree { .. } | Self::NothingPlaced { .. } => {
                Ok(Performed::Acknowledged("There is nothing to do but to look.".to_owned()))
            }
        }
    }

    async fn observe(&self, world: &World, attempt: &Attempt) -> Observation {
        match self {
            Self::TakeOut { node, .. } => policy::seen(world, node, NodePolicy::Maintenance).await,
            Self::SlotsFree { node } => match seen_unplaced(world, node).await {
                Observation::Seen { .. } => slots::seen_free(world, attempt, node).await,
                otherwise @ (Observation::NotYet { .. }
                | Observation::Absent(_)
                | Observation::Contrary(_)
                | Observation::CannotTell { .. }) => otherwise,
            },
            Self::NothingPlaced { node } => seen_unplaced(world, node).await,
        }
    }

    async fn undo(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        match self {
            Self::TakeOut { node, before, hold, .. } => {
                policy::set(world, attempt, node, *before, hold.as_ref()).await
            }
            Self::SlotsFree { .. } | Self::NothingPlaced { .. } => {
                Ok(Performed::Acknowledged("There is nothing to undo.".to_owned()))
            }
        }
    }

    async fn observe_undone(&self, world: &World, _: &Attempt) -> Observation {
        match self {
            Self::TakeOut { node, before, .. } => policy::seen(world, node, *before).await,
            Self::SlotsFree { .. } | Self::NothingPlaced { .. } => {
                Observation::seen("There was nothing to undo.", json!(null))
            }
        }
    }
}

/// Looks whether anything was placed after the plan was made. Then this must not go on: draining is a decision of its own.
async fn seen_unplaced(world: &World, node: &NodeId) -> Observation {
    match workloads::of_node(&mut &world.db, &world.proof, node).await {
        Err(error) => cannot_look(&error),
        Ok(held) => match held.iter().find(|workload| !has_ended(workload)) {
            None => {
                Observation::seen("Nothing that runs is placed here.", json!({ "slots_held": held.len() }))
            }
            Some(late) => Observation::Contrary(format!(
                "{} was placed here after the plan was made: drain the node first.",
                late.name
            )),
        },
    }
}
