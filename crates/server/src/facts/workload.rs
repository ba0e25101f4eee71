//! The facts of a workload.

use super::PlacementFacts;
use crate::operations::World;
use crate::projections::workload_standing::{Standing, Stored, standing};
use crate::store::db::StoreError;
use crate::store::workloads::{self, WorkloadRecord};
use crate::store::{nodes, operations as stored, skus};
use operations::Blocker;
use read_models::ids::WorkloadId;
use read_models::nodes::{NodePolicy, NodeState};
use read_models::time::Timestamp;
use read_models::workloads::WorkloadState;

/// A workload, whether it holds a slot, its node, its launch, and now.
#[derive(Debug, Clone)]
pub struct WorkloadFacts {
    pub workload: WorkloadRecord,
    pub holds_slot: bool,
    /// What its node is like, when it was placed.
    pub node: Option<(NodeState, NodePolicy)>,
    pub launch_under_way: bool,
    /// Whether some node has room for it.
    pub a_slot_is_free: bool,
    /// Another workload of the project that is active under its name.
    pub name_taken_by: Option<WorkloadId>,
    pub now: Timestamp,
}

impl WorkloadFacts {
    /// Reads them.
    pub async fn load(world: &World, target: &str) -> Result<Self, StoreError> {
        let (mut from, proof) = (&world.db, &world.proof);
        let id = WorkloadId::parse(target).map_err(|_| StoreError::NotFound)?;
        let workload = workloads::find_system(&mut from, proof, &id).await?;
        let launch = stored::find_system(&mut from, proof, &workload.launch_operation).await;
        let launch_under_way = match launch {
            Ok(launch) => !launch.state.is_over(),
            Err(StoreError::NotFound) => false,
            Err(error) => return Err(error),
        };
        let node = match &workload.node {
            None => None,
            Some(node) => {
                let found = nodes::find(&mut from, proof, node).await?;
                Some((found.state, found.policy))
            }
        };
        let holds_slot = workloads::holds_slot(&mut from, proof, &id).await?;
        let sku = skus::find(&mut from, proof, &workload.sku).await?;
        let a_slot_is_free = PlacementFacts::load(&mut from, proof).await?.choose(&sku).is_some();
        let named = workloads::active_named(&mut from, proof, &workload.project, &workload.name).await?;
        Ok(Self {
            name_taken_by: named.filter(|other| *other != workload.id),
            workload,
            holds_slot,
            node,
            launch_under_way,
            a_slot_is_free,
            now: world.now(),
        })
    }

    /// The lock of everything that is done with it.
    pub fn lock(target: &str) -> String {
        format!("workload/{target}")
    }

    /// What it asks of people now.
    pub fn standing(&self) -> Standing {
        standing(Stored::of(&self.workload), self.now)
    }

    /// Rule: what is given back is gone.
    pub fn is_not_released(&self) -> Result<(), Blocker> {
        if self.workload.state == WorkloadState::Released {
            return Err(Blocker::new("It is released already."));
        }
        Ok(())
    }

    /// Rule: one operation at a time decides what becomes of it.
    pub fn launch_is_over(&self) -> Result<(), Blocker> {
        if !self.launch_under_way {
            return Ok(());
        }
        let way_out = format!("/operations/{}", self.workload.launch_operation);
        Err(Blocker::new("Its launch is still under way: wait for it, or cancel it.").unblocked_by(&way_out))
    }

    /// Rule: nothing of the run before it may still be there.
    pub fn is_over(&self) -> Result<(), Blocker> {
        match self.workload.state {
            WorkloadState::Failed if self.workload.ended_at.is_none() && self.workload.node.is_some() => {
                Err(Blocker::new("Something of it may still run: release it first.")
                    .unblocked_by("workload.release"))
            }
            WorkloadState::Stopped | WorkloadState::Finished | WorkloadState::Failed => Ok(()),
            WorkloadState::Released => Err(Blocker::new("It is released: launch it anew.")),
            WorkloadState::Requested
            | WorkloadState::Provisioning
            | WorkloadState::Running
            | WorkloadState::Paused
            | WorkloadState::Stopping => Err(Blocker::new("It runs already.")),
        }
    }

    /// Rule: it can run where it was.
    pub fn holds_its_slot(&self) -> Result<(), Blocker> {
        if self.holds_slot {
            return Ok(());
        }
        Err(Blocker::new("Its slot was given back: retry it, and it gets another.")
            .unblocked_by("workload.retry"))
    }

    /// Rule: its node can be asked, and is not being emptied. Whoever reads this learns nothing of the node.
    pub fn node_takes_it(&self) -> Result<(), Blocker> {
        match self.node {
            Some((NodeState::Ready, NodePolicy::InService | NodePolicy::Cordoned)) => Ok(()),
            Some((
                NodeState::Ready,
                NodePolicy::Draining | NodePolicy::Maintenance | NodePolicy::Retired,
            )) => Err(Blocker::new("Operators are taking where it runs out of service.")),
            Some(_) => Err(Blocker::new("Where it runs does not answer now; operators can see that.")),
            None => Err(Blocker::new("It was never placed.").unblocked_by("workload.retry")),
        }
    }

    /// Rule: there is a slot to run in.
    pub fn has_or_gets_a_slot(&self) -> Result<(), Blocker> {
        if self.holds_slot || self.a_slot_is_free {
            return Ok(());
        }
        Err(Blocker::new("No node has room for it now.").unblocked_by("workload.release"))
    }

    /// Rule: two workloads of one name would be mistaken for each other.
    pub fn name_is_free(&self) -> Result<(), Blocker> {
        match &self.name_taken_by {
            None => Ok(()),
            Some(id) => {
                let sentence =
                    format!("Another workload named {} is active: release that one.", self.workload.name);
                Err(Blocker::new(sentence).unblocked_by(&format!("/workloads/{id}")))
            }
        }
    }

    /// Rule: there is something to end.
    pub fn runs(&self) -> Result<(), Blocker> {
        match self.workload.state {
            WorkloadState::Requested
            | WorkloadState::Provisioning
            | WorkloadState::Running
            | WorkloadState::Paused
            | WorkloadState::Stopping => Ok(()),
            WorkloadState::Stopped => Err(Blocker::new("It has stopped already.")),
            WorkloadState::Finished | WorkloadState::Failed => Err(Blocker::new("It has ended already.")),
            WorkloadState::Released => Err(Blocker::new("It is released.")),
        }
    }
}
