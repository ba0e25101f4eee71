//! Where a workload could be placed now.

use crate::authz::SystemProof;
use crate::store::db::{Reader, StoreError};
use crate::store::{nodes, workloads};
use read_models::ids::NodeId;

/// The nodes that take workloads now, and how many of their slots are free.
#[derive(Debug, Clone, Default)]
pub struct PlacementFacts {
    /// Ready and in service: node, its slots, how many are held.
    pub nodes: Vec<(NodeId, i64, i64)>,
}

impl PlacementFacts {
    /// Slots of nodes that take workloads.
    pub fn total(&self) -> i64 {
        self.nodes.iter().map(|(_, total, _)| total).sum()
    }

    /// Slots that are free on them.
    pub fn free(&self) -> i64 {
        self.nodes.iter().map(|(_, total, held)| (total - held).max(0)).sum()
    }
}

/// Looks at every node that takes workloads.
pub async fn free_slots(from: &mut impl Reader, by: &SystemProof) -> Result<PlacementFacts, StoreError> {
    let held = workloads::slots_taken(from, by).await?;
    let candidates = nodes::candidates(from, by).await?;
    let held_on = |node: &NodeId| held.iter().find(|(other, _)| other == node).map_or(0, |(_, count)| *count);
    let nodes = candidates.into_iter().map(|node| {
        let held = held_on(&node.id);
        (node.id, node.slots_total, held)
    });
    Ok(PlacementFacts { nodes: nodes.collect() })
}
