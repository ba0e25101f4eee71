//! The facts of a node.

use crate::operations::World;
use crate::store::db::StoreError;
use crate::store::nodes::{self, NodeRecord};
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

    /// The policy that undoing goes back to. Draining is what an operation that is under way has set; when this one is
    /// undone that one is over, and nobody would ever set it on.
    pub fn settled_policy(&self) -> NodePolicy {
        match self.node.policy {
            NodePolicy::Draining => NodePolicy::Cordoned,
            settled @ (NodePolicy::InService
            | NodePolicy::Cordoned
            | NodePolicy::Maintenance
            | NodePolicy::Retired) => settled,
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
