//! Between the ids that travel to agents and the stricter ones of the store, and texts an agent may say about itself.

use read_models::ids;

/// The store's id of a node an agent or certificate names; none when it is no id of ours.
pub(super) fn node(id: &node_protocol::NodeId) -> Option<ids::NodeId> {
    ids::NodeId::parse(id.as_str()).ok()
}

/// The id of a node as it travels.
#[expect(clippy::expect_used, reason = "the store's ids are a subset of the ids that travel; a test says so")]
pub(super) fn to_node(id: &ids::NodeId) -> node_protocol::NodeId {
    id.as_str().parse().expect("an id of the store can travel")
}

/// The store's id of a workload an agent names.
pub(super) fn workload(id: &node_protocol::WorkloadId) -> Option<ids::WorkloadId> {
    ids::WorkloadId::parse(id.as_str()).ok()
}

/// The store's id of a command an agent names.
pub(super) fn command(id: &node_protocol::CommandId) -> Option<ids::CommandId> {
    ids::CommandId::parse(id.as_str()).ok()
}

/// A short word an agent says about its machine (a host name, a version, a boot id): one line, not endless.
pub(super) fn is_plain(text: &str) -> bool {
    text.len() <= 256 && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{Ids as _, SystemIds};

    #[test]
    fn every_id_of_the_store_can_travel_and_comes_back() {
        let id = ids::NodeId::from_uuid(&SystemIds.uuid());
        assert_eq!(node(&to_node(&id)), Some(id));
    }
}
