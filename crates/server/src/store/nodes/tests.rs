//! Nodes on both databases: who may write for them, and when they are silent.

use std::time::Duration;

use super::*;
use crate::authz::system::for_worker;
use crate::ids::{Ids, SystemIds};
use crate::store::placement;
use crate::store::testing::on_both;

const NOW: Timestamp = Timestamp::from_micros(1_000_000);

/// A node that has just enrolled.
pub(crate) async fn enrolled(tx: &mut Tx, name: &str) -> NodeId {
    let id = NodeId::from_uuid(&SystemIds.uuid());
    let certificate = NodeCertificate {
        serial: format!("{name}-1"),
        not_before: NOW,
        not_after: NOW.plus(Duration::from_mins(1)),
    };
    let new = NewNode {
        id: &id,
        name,
        role: NodeRole::SliceHost,
        identity_fingerprint: "f",
        certificate: &certificate,
        agent_version: "0.1.0",
        hostname: name,
        boot_id: "b",
        clock_skew_us: 0,
        simulated: false,
    };
    enrol(tx, &for_worker("test"), &new, NOW).await.unwrap();
    id
}

fn gpu(model: &str) -> node_protocol::Gpu {
    node_protocol::Gpu { model: model.into(), memory_bytes: None }
}

fn beat(slots: u32) -> Heartbeat {
    Heartbeat {
        at_us: 0,
        clock_skew_us: None,
        boot_id: "b2".into(),
        agent_version: "0.2.0".into(),
        uptime_s: None,
        inventory: node_protocol::Inventory {
            cpus: Some(8),
            gpus: Some(["H100", "H200", "H200", "H200"].map(gpu).to_vec()),
            ..node_protocol::Inventory::default()
        },
        capabilities: vec![],
        slots: (0..slots).map(|index| node_protocol::SlotReport { index, workload: None }).collect(),
        usage: node_protocol::Usage::default(),
        workloads: vec![],
        measurements: vec![],
    }
}

fn session(node: &NodeId, name: &str) -> NodeSession {
    NodeSession { node: node.clone(), certificate_serial: "n1-1".into(), name: name.into() }
}

#[tokio::test]
async fn a_node_is_placeable_once_it_is_ready_and_as_long_as_it_is_in_service() {
    on_both(async |db| {
        let (proof, mut tx) = (for_worker("test"), db.begin().await.unwrap());
        let id = enrolled(&mut tx, "n1").await;
        record_heartbeat(&mut tx, &proof, &id, &beat(4), 12, NOW).await.unwrap();
        let change = (NodeState::Enrolling, NodeState::Ready);
        assert!(set_state(&mut tx, &proof, &id, change, NOW).await.unwrap());
        assert!(!set_state(&mut tx, &proof, &id, change, NOW).await.unwrap());
        let room = placement::rooms(&mut tx, &proof).await.unwrap().remove(0);
        assert_eq!((room.slots_total, room.cpus, room.gpu_count, room.held), (Some(4), Some(8), Some(3), 0));
        assert_eq!(room.gpu_model.as_deref(), Some("H200"), "the model there is most of");
        set_policy(&mut tx, &proof, &id, (NodePolicy::Cordoned, None), NOW).await.unwrap();
        set_policy(&mut tx, &proof, &id, (NodePolicy::Cordoned, None), NOW.plus(Duration::from_secs(1)))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let stored = find(&mut &db, &proof, &id).await.unwrap();
        assert_eq!((stored.policy_since, stored.clock_skew_us), (NOW, Some(12)));
        assert_eq!(stored.heartbeat, Some(beat(4)));
        let counts = counts(&db, &proof).await.unwrap();
        assert_eq!((counts.all, counts.in_service, counts.held), (1, 0, 1));
        assert_eq!(list(&db, &proof, Some("n0"), 10).await.unwrap().len(), 1);
        assert!(list(&db, &proof, Some("n1"), 10).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn only_the_newest_session_speaks_for_a_node_and_none_for_a_retired_one() {
    on_both(async |db| {
        let (proof, mut tx) = (for_worker("test"), db.begin().await.unwrap());
        let id = enrolled(&mut tx, "n1").await;
        let (old, new) = (session(&id, "s1"), session(&id, "s2"));
        begin_session(&mut tx, &proof, &old, NOW).await.unwrap();
        hold_session(&mut tx, &proof, &old).await.unwrap();
        begin_session(&mut tx, &proof, &new, NOW).await.unwrap();
        assert!(matches!(hold_session(&mut tx, &proof, &old).await, Err(StoreError::LeaseLost)));
        assert!(!end_session(&mut tx, &proof, &old).await.unwrap());
        hold_session(&mut tx, &proof, &new).await.unwrap();
        let other = NodeSession { certificate_serial: "n1-0".into(), ..new.clone() };
        assert!(matches!(begin_session(&mut tx, &proof, &other, NOW).await, Err(StoreError::NotFound)));
        set_policy(&mut tx, &proof, &id, (NodePolicy::Retired, None), NOW).await.unwrap();
        assert!(matches!(hold_session(&mut tx, &proof, &new).await, Err(StoreError::LeaseLost)));
        assert!(matches!(begin_session(&mut tx, &proof, &new, NOW).await, Err(StoreError::NotFound)));
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_quiet_heartbeat_is_written_only_for_who_speaks_while_the_node_is_ready_and_nothing_newer_is() {
    on_both(async |db| {
        let (proof, mut tx) = (for_worker("test"), db.begin().await.unwrap());
        let id = enrolled(&mut tx, "n1").await;
        let (old, new) = (session(&id, "s1"), session(&id, "s2"));
        begin_session(&mut tx, &proof, &new, NOW).await.unwrap();
        let later = NOW.plus(Duration::from_secs(1));
        let quiet = |at| QuietBeat { beat: beat(4), clock_skew_us: 3, at };
        assert!(!record_quietly(&mut tx, &proof, &new, &quiet(later)).await.unwrap(), "it enrols");
        set_state(&mut tx, &proof, &id, (NodeState::Enrolling, NodeState::Ready), NOW).await.unwrap();
        assert!(!record_quietly(&mut tx, &proof, &old, &quiet(later)).await.unwrap());
        assert!(record_quietly(&mut tx, &proof, &new, &quiet(later)).await.unwrap());
        assert!(!record_quietly(&mut tx, &proof, &new, &quiet(NOW)).await.unwrap(), "it is older");
        let stored = find(&mut tx, &proof, &id).await.unwrap();
        assert_eq!(stored.heartbeat, Some(beat(4)));
        assert_eq!((stored.last_heartbeat_at, stored.clock_skew_us), (Some(later), Some(3)));
        tx.commit().await.unwrap();
        assert_eq!(speaking(&db, &proof).await.unwrap().get(&id), Some(&new));
        let mut tx = db.begin().await.unwrap();
        set_policy(&mut tx, &proof, &id, (NodePolicy::Retired, None), NOW).await.unwrap();
        assert!(!record_quietly(&mut tx, &proof, &new, &quiet(later)).await.unwrap(), "it is retired");
        tx.commit().await.unwrap();
        assert!(speaking(&db, &proof).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_ready_node_falls_silent_unless_it_spoke() {
    on_both(async |db| {
        let (proof, mut tx) = (for_worker("test"), db.begin().await.unwrap());
        let id = enrolled(&mut tx, "n1").await;
        record_heartbeat(&mut tx, &proof, &id, &beat(1), 0, NOW).await.unwrap();
        set_state(&mut tx, &proof, &id, (NodeState::Enrolling, NodeState::Ready), NOW).await.unwrap();
        tx.commit().await.unwrap();
        assert!(silent_since(&db, &proof, NOW).await.unwrap().is_empty());
        let later = NOW.plus(Duration::from_secs(1));
        assert_eq!(silent_since(&db, &proof, later).await.unwrap()[0].id, id);
        let mut tx = db.begin().await.unwrap();
        assert!(!fall_silent(&mut tx, &proof, &id, NOW, later).await.unwrap());
        assert!(fall_silent(&mut tx, &proof, &id, later, later).await.unwrap());
        assert_eq!(find(&mut tx, &proof, &id).await.unwrap().state, NodeState::Unreachable);
    })
    .await;
}
