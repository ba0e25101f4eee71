//! The facts of a node.

use crate::operations::World;
use crate::store::db::StoreError;
use crate::store::nodes::{self, NodeRecord, PolicyHold};
use crate::store::workloads::{self, WorkloadRecord};
use operations::Blocker;
use read_models::ids::NodeId;
use read_models::nodes::{NodePolicy, NodeState};
use read_models::time::{Timestamp, spoken};

/// A node, what holds its slots, and now.
#[derive(Debug, Clone)]
pub struct NodeFacts {
    pub node: NodeRecord,
    pub workloads: Vec<WorkloadRecord>,
    pub now: Timestamp,
}

/// The way back into service: each hold has one, and no two ways lead back from the same hold (decision 0008).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WayBack {
    /// From a drain.
    Resume,
    /// From scheduling that was disabled.
    EnableScheduling,
    /// From maintenance.
    EndMaintenance,
}

impl WayBack {
    /// The way back of a node that is out of service and not retired.
    pub fn of(node: &NodeRecord) -> Option<Self> {
        match node.policy {
            NodePolicy::InService | NodePolicy::Retired => None,
            NodePolicy::Draining => Some(Self::Resume),
            NodePolicy::Maintenance => Some(Self::EndMaintenance),
            NodePolicy::Cordoned => {
                let is_disabled = node.policy_hold.as_ref().is_some_and(|hold| hold.asked == DISABLE);
                // Before holds were written down, only a drain cordoned a node.
                Some(if is_disabled { Self::EnableScheduling } else { Self::Resume })
            }
        }
    }

    /// The operation that goes it.
    pub const fn operation(self) -> &'static str {
        match self {
            Self::Resume => "node.resume",
            Self::EnableScheduling => "node.enable_scheduling",
            Self::EndMaintenance => "node.end_maintenance",
        }
    }

    /// What it leads back from, as a sentence.
    const fn hold(self) -> &'static str {
        match self {
            Self::Resume => "A drain holds it.",
            Self::EnableScheduling => "Scheduling was disabled on it; what runs there was left alone.",
            Self::EndMaintenance => "It is in maintenance.",
        }
    }
}

/// The operation whose cordon leaves alone what runs.
const DISABLE: &str = "node.disable_scheduling";

impl NodeFacts {
    /// Reads them.
    pub async fn load(world: &World, target: &str) -> Result<Self, StoreError> {
        let id = NodeId::parse(target).map_err(|_| StoreError::NotFound)?;
        let node = nodes::find(&mut &world.db, &world.proof, &id).await?;
        let workloads = workloads::of_node(&mut &world.db, &world.proof, &id).await?;
        Ok(Self { node, workloads, now: world.now() })
    }

    /// The lock of everything that decides what runs on it.
    pub fn placement_lock(target: &str) -> String {
        format!("node/{target}/placement")
    }

    /// The lock of its agent as such: shared by whoever only asks it something.
    pub fn agent_lock(target: &str) -> String {
        format!("node/{target}/agent")
    }

    /// The policy that undoing goes back to, and who wants it. Draining is what an operation that is under way has set;
    /// when this one is undone that one is over, and nobody would ever set it on.
    pub fn settled_policy(&self) -> (NodePolicy, Option<PolicyHold>) {
        let policy = match self.node.policy {
            NodePolicy::Draining => NodePolicy::Cordoned,
            settled @ (NodePolicy::InService
            | NodePolicy::Cordoned
            | NodePolicy::Maintenance
            | NodePolicy::Retired) => settled,
        };
        (policy, self.node.policy_hold.clone())
    }

    /// Rule: this is the way back from what holds it; otherwise the blocker names the one that is.
    pub fn way_back_is(&self, wanted: WayBack) -> Result<(), Blocker> {
        match WayBack::of(&self.node) {
            Some(way) if way == wanted => Ok(()),
            Some(way) => Err(Blocker::new(way.hold()).unblocked_by(way.operation())),
            None if self.node.policy == NodePolicy::InService => {
                Err(Blocker::new("It is in service already."))
            }
            // Another rule says what a retired node means.
            None => Ok(()),
        }
    }

    /// Rule: it takes new workloads now.
    pub fn is_in_service(&self) -> Result<(), Blocker> {
        match WayBack::of(&self.node) {
            None => Ok(()),
            Some(way) => {
                let sentence = format!("It takes no new workloads already. {}", way.hold());
                Err(Blocker::new(sentence).unblocked_by(way.operation()))
            }
        }
    }

    /// Rule: nobody works on the machine.
    pub fn is_not_in_maintenance(&self) -> Result<(), Blocker> {
        match self.node.policy {
            NodePolicy::Maintenance => {
                let way = WayBack::EndMaintenance;
                Err(Blocker::new("It is in maintenance, and nothing runs on it.")
                    .unblocked_by(way.operation()))
            }
            NodePolicy::InService | NodePolicy::Cordoned | NodePolicy::Draining | NodePolicy::Retired => {
                Ok(())
            }
        }
    }

    /// Rule: somebody has to report what still runs.
    pub fn agent_is_online(&self) -> Result<(), Blocker> {
        let blocker = match (self.node.state, self.node.last_heartbeat_at) {
            (NodeState::Ready, _) => return Ok(()),
            (_, Some(at)) => Blocker::new(format!("No heartbeat for {}.", spoken(self.now.since(at)))),
            (_, None) => Blocker::new("Its agent has never reported."),
        };
        Err(blocker.unblocked_by("slipway-node run"))
    }

    /// Rule: what is out stays out.
    pub fn node_is_not_retired(&self) -> Result<(), Blocker> {
        match self.node.policy {
            NodePolicy::Retired => Err(Blocker::new("The node is retired.")),
            NodePolicy::InService | NodePolicy::Cordoned | NodePolicy::Draining | NodePolicy::Maintenance => {
                Ok(())
            }
        }
    }
}
