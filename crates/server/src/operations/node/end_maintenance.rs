//! `node.end_maintenance`: find out what the machine is made of now, then take workloads again.
//!
//! When it fails the node stays in maintenance.

use super::super::world::{World, no_facts};
use super::{inventory, policy};
use crate::facts::{NodeFacts, WayBack};
use crate::store::nodes::PolicyHold;
use async_trait::async_trait;
use operations::{
    Attempt, Blocker, Clearing, Danger, Declaration, FactsError, Intent, Lock, Observation, Operation,
    Performed, Plan, Repeat, Rule, Step, Trouble, Undo,
};
use read_models::ids::NodeId;
use read_models::nodes::NodePolicy;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// The declaration.
pub(crate) struct EndMaintenance;

#[async_trait]
impl Operation<World> for EndMaintenance {
    const DECLARATION: Declaration = Declaration {
        id: "node.end_maintenance",
        version: 1,
        target: "node",
        intent: Intent::Scheduling,
        title: "End maintenance",
        danger: Danger::Safe,
        steps: &["Take the inventory anew", "Take new workloads"],
        expected: "The maintenance is over: the inventory is as of now, and new workloads are placed here again.",
        verified_by: "A heartbeat brings an inventory that was taken after the question; then the policy is read again.",
        on_failure: "The node stays in maintenance.",
        progress: "On the operation's page, live.",
        evidence: "Who asked, the inventory after the work, the policy before and after, and when it was seen.",
        audit: "asked to end maintenance of",
    };
    const RULES: &'static [Rule<NodeFacts>] = &[
        Rule { code: "is_in_maintenance", holds: "It is in maintenance.", check: is_in_maintenance },
        Rule {
            code: "node_is_not_retired",
            holds: "The node is not retired.",
            check: NodeFacts::node_is_not_retired,
        },
        Rule { code: "agent_is_online", holds: "The agent reports.", check: NodeFacts::agent_is_online },
    ];
    type Facts = NodeFacts;
    type Input = EndInput;
    type Step = EndStep;

    fn usual_input() -> Option<EndInput> {
        Some(EndInput {})
    }

    async fn facts(world: &World, target: &str, _: Option<&EndInput>) -> Result<NodeFacts, FactsError> {
        NodeFacts::load(world, target).await.map_err(no_facts)
    }

    fn locks(target: &str, _: &NodeFacts) -> Vec<Lock> {
        vec![Lock::exclusive(NodeFacts::placement_lock(target)), Lock::shared(NodeFacts::agent_lock(target))]
    }

    fn plan(facts: &NodeFacts, _: &EndInput) -> Plan<EndStep> {
        let node = facts.node.id.clone();
        let (before, hold) = facts.settled_policy();
        Plan::new()
            .step(EndStep::TakeInventory { node: node.clone() })
            .step(EndStep::PutInService { node, before, hold })
            .noticed_by("Nobody; new launches may be placed here.")
    }
}

fn is_in_maintenance(facts: &NodeFacts) -> Result<(), Blocker> {
    facts.way_back_is(WayBack::EndMaintenance)
}

/// Nothing has to be said.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndInput {}

/// What it does.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum EndStep {
    /// Whoever worked on it may have changed it.
    TakeInventory { node: NodeId },
    PutInService {
        node: NodeId,
        before: NodePolicy,
        /// Who wanted that.
        hold: Option<PolicyHold>,
    },
}

#[async_trait]
impl Step<World> for EndStep {
    fn title(&self) -> String {
        match self {
            Self::TakeInventory { .. } => "Take the inventory anew".to_owned(),
            Self::PutInService { .. } => "Take new workloads".to_owned(),
        }
    }

    fn observed_by(&self) -> Option<String> {
        Some(match self {
            Self::TakeInventory { .. } => "a heartbeat with an inventory taken after the question".to_owned(),
            Self::PutInService { .. } => "the policy that placement decides by".to_owned(),
        })
    }

    fn undo_promise(&self) -> Undo {
        match self {
            Self::TakeInventory { .. } => Undo::Nothing,
            Self::PutInService { before, .. } => {
                Undo::TakesBack(format!("The policy is set back to {}.", before.word()))
            }
        }
    }

    fn clearing(&self) -> Option<Clearing> {
        match self {
            Self::PutInService { .. } => Some(Clearing::by("node.begin_maintenance")),
            Self::TakeInventory { .. } => None,
        }
    }

    fn repeat(&self) -> Repeat {
        match self {
            Self::TakeInventory { .. } => Repeat::Pure,
            Self::PutInService { .. } => Repeat::Idempotent,
        }
    }

    fn deadline(&self) -> Duration {
        match self {
            Self::TakeInventory { .. } => inventory::PATIENCE,
            Self::PutInService { .. } => Duration::from_mins(1),
        }
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        match self {
            Self::TakeInventory { node } => inventory::ask_anew(world, attempt, node).await,
            Self::PutInService { node, .. } => {
                policy::set(world, attempt, node, NodePolicy::InService, None).await
            }
        }
    }

    async fn observe(&self, world: &World, attempt: &Attempt) -> Observation {
        match self {
            Self::TakeInventory { node } => inventory::seen_anew(world, attempt, node).await,
            Self::PutInService { node, .. } => policy::seen(world, node, NodePolicy::InService).await,
        }
    }

    async fn undo(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        match self {
            Self::TakeInventory { .. } => Ok(Performed::Acknowledged("There is nothing to undo.".to_owned())),
            Self::PutInService { node, before, hold } => {
                policy::set(world, attempt, node, *before, hold.as_ref()).await
            }
        }
    }

    async fn observe_undone(&self, world: &World, _: &Attempt) -> Observation {
        match self {
            Self::TakeInventory { .. } => Observation::seen("There was nothing to undo.", json!(null)),
            Self::PutInService { node, before, .. } => policy::seen(world, node, *before).await,
        }
    }
}
