//! One operation at a time decides what runs on a node; the others wait in line and say for whom.

use operations::OperationState;
use read_models::ids::OperationId;
use read_models::nodes::NodePolicy;
use read_models::operations::OperationsConsole as _;
use serde_json::json;

use super::support::{Scene, Site, nothing};
use crate::args;
use crate::store::db::{Db, StoreError};
use crate::store::operations::{lease_due, take_locks};
use crate::store::testing::on_both;

const HELD: &str = "SELECT COUNT(*) AS held FROM operation_lock";

/// A drain that asks a person, and a drain and a resume in line behind it.
async fn in_line(db: Db) -> (Site, [OperationId; 3]) {
    let mut site = Site::on(db).await;
    site.runs_a_workload().await;
    site.agent.ignores_term = true;
    let drain = Scene::on_node("node.drain", &site.node, json!({ "grace_s": 10 }));
    let resume = Scene::on_node("node.resume", &site.node, nothing());
    let first = site.asks(&site.admin(), &drain).await;
    site.run_until_it_rests().await;
    let second = site.asks(&site.admin(), &drain).await;
    let third = site.asks(&site.admin(), &resume).await;
    site.run_until_it_rests().await;
    (site, [first, second, third])
}

#[tokio::test]
async fn who_waits_for_a_lock_is_parked_and_says_for_whom() {
    on_both(async |db| {
        let (mut site, [first, second, third]) = in_line(db).await;
        let waits = site.console(&site.admin()).operation(second.clone()).await.unwrap().waiting.unwrap();
        assert_eq!((waits.operation, waits.next_check), (Some(first.clone()), None));
        assert!(waits.on.contains("/placement"), "{}", waits.on);
        let behind = site.console(&site.admin()).operation(third.clone()).await.unwrap().waiting.unwrap();
        assert!(behind.operation == Some(first.clone()) || behind.operation == Some(second.clone()));
        assert!(!site.work_once().await, "it does not poll");
        site.decides(&site.admin(), &first, "evict").await.unwrap();
        site.run_until_it_rests().await;
        for id in [&first, &second, &third] {
            assert_eq!(site.operation(id).await.record.state, OperationState::Succeeded);
        }
        assert_eq!(site.node().await.policy, NodePolicy::InService, "the resume came last");
        let starts = [&first, &second, &third].map(|id| site.operation(id));
        let [a, b, c] = starts;
        let (a, b, c) = (a.await.record, b.await.record, c.await.record);
        assert!(a.finished_at <= b.started_at && b.finished_at <= c.started_at, "one after the other");
    })
    .await;
}

#[tokio::test]
async fn who_waits_for_a_lock_can_be_cancelled_and_leaves_the_line() {
    on_both(async |db| {
        let (mut site, [first, second, third]) = in_line(db).await;
        site.console(&site.admin()).cancel(second.clone(), "no need".to_owned()).await.unwrap();
        site.run_until_it_rests().await;
        let second = site.operation(&second).await.record;
        assert_eq!((second.state, second.started_at), (OperationState::Cancelled, None));
        site.decides(&site.admin(), &first, "undo").await.unwrap();
        site.run_until_it_rests().await;
        assert_eq!(site.operation(&third).await.record.state, OperationState::Succeeded);
        site.keeps_its_promises(&first, "undone with others in line").await;
    })
    .await;
}

#[tokio::test]
async fn what_was_planned_during_a_drain_is_never_undone_into_draining() {
    on_both(async |db| {
        let (mut site, [first, second, third]) = in_line(db).await;
        site.console(&site.admin()).cancel(third, "no need".to_owned()).await.unwrap();
        site.decides(&site.admin(), &first, "evict").await.unwrap();
        site.trips.at = super::support::Trip::DiesAfter(30);
        site.run_until_it_rests().await;
        let resume = Scene::on_node("node.resume", &site.node, nothing());
        let id = site.asks(&site.admin(), &resume).await;
        site.settles(&second).await;
        site.settles(&id).await;
        assert_ne!(site.node().await.policy, NodePolicy::Draining);
    })
    .await;
}

#[tokio::test]
async fn a_probe_locks_nothing_and_goes_on_beside_a_drain() {
    on_both(async |db| {
        let (mut site, _) = in_line(db).await;
        let probe = Scene::on_node("node.probe", &site.node, nothing());
        let id = site.asks(&site.admin(), &probe).await;
        site.run_until_it_rests().await;
        assert_eq!(site.operation(&id).await.record.state, OperationState::Succeeded);
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_slept_through_the_end_takes_no_locks() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let drain = Scene::on_node("node.drain", &site.node, nothing());
        let id = site.asks(&site.admin(), &drain).await;
        let lease = std::time::Duration::ZERO;
        let due = lease_due(&site.state.db, &super::support::proof(), "slow", lease, &*site.clock, 8)
            .await
            .unwrap();
        let (_, slow) = due.into_iter().next().unwrap();
        site.clock.advance(std::time::Duration::from_millis(1));
        assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded);
        let proof = super::support::proof();
        let late = take_locks(&site.state.db, &proof, &id, slow.fencing_token, &slow.locks, None).await;
        assert!(matches!(late, Err(StoreError::LeaseLost)), "{late:?}");
        assert_eq!(site.state.db.row(HELD, args![]).await.unwrap().unwrap().int("held").unwrap(), 0);
    })
    .await;
}
