//! Leases and locks on both databases.

use super::*;
use crate::authz::system::for_worker;
use crate::authz::testing::person;
use crate::authz::{Role, Scope};
use crate::clock::{Clock as _, TestClock};
use crate::store::db::Db;
use crate::store::testing::on_both;
use operations::{Direction, LockAnswer, OperationState};
use read_models::operation::TargetKind;
use std::time::Duration;

const LONG: Duration = Duration::from_mins(10);

/// An operation that was just accepted.
async fn asked(db: &Db, n: u8, locks: &[Lock], clock: &TestClock) -> OperationId {
    let (id, by) =
        (OperationId::from_uuid(&format!("{n:032x}")), person(Role::PlatformAdmin, Scope::Platform));
    let record = OperationRecord {
        id: id.to_string(),
        operation: "node.drain".to_owned(),
        version: 1,
        target: "node:n".to_owned(),
        state: OperationState::Queued,
        direction: Direction::Forward,
        steps: vec![],
        cancel: None,
        attention: None,
        waiting: None,
        outcome: None,
        begins_at: None,
        approval: None,
        debris: vec![],
        started_at: None,
        finished_at: None,
    };
    let new = NewOperation {
        id: id.clone(),
        target: Target { kind: TargetKind::Node, id: "n".to_owned() },
        project: None,
        input: Value::Null,
        plan_hash: "h".to_owned(),
        by: &by,
        idempotency_key: format!("k{n}"),
        request_hash: "r".to_owned(),
        locks: locks.to_vec(),
        record,
        now: clock.now(),
    };
    let mut tx = db.begin().await.unwrap();
    accept(&mut tx, &MayStart::checked(&by, Ok(())).unwrap(), &new).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn lease(
    db: &Db,
    owner: &str,
    length: Duration,
    clock: &TestClock,
    limit: i64,
) -> Vec<(OperationId, Leased)> {
    lease_due(db, &for_worker("test"), owner, length, clock, limit).await.unwrap()
}

async fn rests(
    db: &Db,
    id: &OperationId,
    leased: &Leased,
    rested: Rested,
    clock: &TestClock,
) -> Result<(), StoreError> {
    let mut tx = db.begin().await?;
    commit(&mut tx, id, &leased.record, leased.fencing_token, rested, clock).await?;
    tx.commit().await
}

#[tokio::test]
async fn an_operation_has_one_worker_and_the_one_before_writes_nothing() {
    on_both(async |db| {
        let clock = TestClock::default();
        let id = asked(&db, 1, &[], &clock).await;
        let (_, first) = lease(&db, "w1", Duration::ZERO, &clock, 8).await.pop().unwrap();
        clock.advance(Duration::from_millis(1));
        let (_, second) = lease(&db, "w2", LONG, &clock, 8).await.pop().unwrap();
        assert!(second.fencing_token > first.fencing_token);
        assert!(lease(&db, "w3", LONG, &clock, 8).await.is_empty());
        let goes_on = Rested::GoesOn { lease: LONG };
        assert!(matches!(rests(&db, &id, &first, goes_on, &clock).await, Err(StoreError::LeaseLost)));
        let mut tx = db.begin().await.unwrap();
        let fenced = fence(&mut tx, &for_worker("test"), id.as_str(), first.fencing_token).await;
        assert!(matches!(fenced, Err(StoreError::LeaseLost)));
        drop(tx);
        rests(&db, &id, &second, goes_on, &clock).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_others_work_on_does_not_hide_what_is_due_behind_it() {
    on_both(async |db| {
        let clock = TestClock::default();
        for n in 1..=3 {
            asked(&db, n, &[], &clock).await;
        }
        clock.advance(Duration::from_millis(1));
        let waits = asked(&db, 4, &[], &clock).await;
        assert_eq!(lease(&db, "w1", LONG, &clock, 3).await.len(), 3);
        let found: Vec<_> = lease(&db, "w2", LONG, &clock, 1).await.into_iter().map(|(id, _)| id).collect();
        assert_eq!(found, [waits]);
    })
    .await;
}

#[tokio::test]
async fn news_that_arrives_before_it_parks_is_not_slept_over() {
    on_both(async |db| {
        let clock = TestClock::default();
        let id = asked(&db, 1, &[], &clock).await;
        let (_, leased) = lease(&db, "w", LONG, &clock, 8).await.pop().unwrap();
        let mut tx = db.begin().await.unwrap();
        wake(&mut tx, &for_worker("test"), &id, clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        assert!(lease(&db, "w2", LONG, &clock, 8).await.is_empty(), "woken, and worked on");
        rests(&db, &id, &leased, Rested::Parked { until: None }, &clock).await.unwrap();
        let (_, again) = lease(&db, "w", LONG, &clock, 8).await.pop().expect("it looks again at once");
        rests(&db, &id, &again, Rested::Parked { until: None }, &clock).await.unwrap();
        assert!(lease(&db, "w", LONG, &clock, 8).await.is_empty(), "and then it sleeps");
    })
    .await;
}

#[tokio::test]
async fn a_server_that_stops_hands_its_leases_back_and_nobody_elses() {
    on_both(async |db| {
        let clock = TestClock::default();
        let mine = asked(&db, 1, &[], &clock).await;
        lease(&db, "w1", LONG, &clock, 8).await;
        asked(&db, 2, &[], &clock).await;
        lease(&db, "w2", LONG, &clock, 8).await;
        assert_eq!(hand_back(&db, &for_worker("test"), "w1", clock.now()).await.unwrap(), 1);
        let found: Vec<_> = lease(&db, "w3", LONG, &clock, 8).await.into_iter().map(|(id, _)| id).collect();
        assert_eq!(found, [mine]);
    })
    .await;
}

#[tokio::test]
async fn locks_are_taken_all_or_none_in_order_of_asking_and_their_release_wakes() {
    on_both(async |db| {
        let (clock, proof) = (TestClock::default(), for_worker("test"));
        let (both, one) = ([Lock::exclusive("a"), Lock::shared("b")], [Lock::exclusive("b")]);
        let (first, second) = (asked(&db, 1, &both, &clock).await, asked(&db, 2, &one, &clock).await);
        let mut leased = lease(&db, "w", LONG, &clock, 8).await.into_iter();
        let ((_, of_first), (_, of_second)) = (leased.next().unwrap(), leased.next().unwrap());
        let taken = take_locks(&db, &proof, &first, of_first.fencing_token, &both, None).await.unwrap();
        assert_eq!(taken, LockAnswer::Taken);
        let busy = take_locks(&db, &proof, &second, of_second.fencing_token, &one, None).await.unwrap();
        assert!(
            matches!(&busy, LockAnswer::Busy { operation: Some(by), .. } if *by == first.to_string()),
            "{busy:?}"
        );
        rests(&db, &second, &of_second, Rested::Parked { until: None }, &clock).await.unwrap();
        assert!(lease(&db, "w", LONG, &clock, 8).await.is_empty());
        let over = Leased {
            record: OperationRecord {
                finished_at: Some(1),
                state: OperationState::Succeeded,
                ..of_first.record.clone()
            },
            ..of_first
        };
        rests(&db, &first, &over, Rested::Over, &clock).await.unwrap();
        let (woken, of_second) = lease(&db, "w", LONG, &clock, 8).await.pop().expect("the release wakes it");
        assert_eq!(woken, second);
        let taken = take_locks(&db, &proof, &second, of_second.fencing_token, &one, None).await.unwrap();
        assert_eq!(taken, LockAnswer::Taken);
    })
    .await;
}
