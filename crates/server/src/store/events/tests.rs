//! One chain without gaps, whoever writes and however many want to number.

use super::*;
use crate::authz::system::for_worker;
use crate::clock::TestClock;
use crate::ids::TestIds;
use crate::store::testing::on_both;
use evidence::{Link, OwnedEvent, verify};
use std::sync::Arc;

const LEASE: Duration = Duration::from_mins(10);

fn event(n: i64, actor: &str) -> NewEvent {
    NewEvent {
        at: Timestamp::from_micros(n),
        kind: "test.event",
        actor: actor.to_owned(),
        sentence: format!("{actor} wrote its {n}."),
        operation: None,
        step: None,
        project: None,
        resource: None,
        body: serde_json::json!({ "n": n }),
    }
}

/// Writes some events, each in a transaction of its own.
async fn writes(db: Db, ids: Arc<TestIds>, actor: &'static str, count: i64) {
    for n in 0..count {
        let mut tx = db.begin().await.unwrap();
        append(&mut tx, &*ids, event(n, actor)).await.unwrap();
        tx.commit().await.unwrap();
    }
}

/// Numbers until there is nothing left, a few at a time.
async fn numbers(db: Db, owner: &'static str, lease: Duration, clock: Arc<TestClock>) -> usize {
    let (mut done, mut idle) = (0, 0);
    while idle < 50 {
        match sequence(&db, &for_worker("test"), owner, lease, &*clock, 3).await {
            Ok(0) => idle += 1,
            Ok(count) => (done, idle) = (done + count, 0),
            // Somebody else has taken over between two statements: nothing was written.
            Err(StoreError::LeaseLost | StoreError::Unavailable(_)) => {}
            Err(error) => panic!("{error}"),
        }
        clock.advance(Duration::from_millis(1));
        tokio::task::yield_now().await;
    }
    done
}

async fn chain_of(db: &Db) -> Vec<StoredEvent> {
    let all = after(db, &for_worker("test"), 0, i64::MAX).await.unwrap();
    let pairs = all.iter().map(|event| {
        let link = Link { seq: event.seq, hash: event.hash.clone(), previous: event.prev_hash.clone() };
        let owned = OwnedEvent {
            seq: event.seq,
            at: event.at.as_micros(),
            kind: event.kind.clone(),
            actor: event.actor.clone(),
            sentence: event.sentence.clone(),
            operation: None,
            step: event.step,
            project: None,
            resource: event.resource.clone(),
            body: event.body.clone(),
            id: event.id.clone(),
        };
        (owned, link)
    });
    verify(pairs).unwrap();
    all
}

#[tokio::test]
async fn many_writers_and_two_sequencers_make_one_chain_without_gaps() {
    on_both(async |db| {
        let (ids, clock) = (Arc::new(TestIds::default()), Arc::new(TestClock::default()));
        let writers =
            ["a", "b", "c"].map(|actor| tokio::spawn(writes(db.clone(), Arc::clone(&ids), actor, 20)));
        // Leases that are over at once: the two take turns, and meet.
        let both = ["s1", "s2"]
            .map(|owner| tokio::spawn(numbers(db.clone(), owner, Duration::ZERO, Arc::clone(&clock))));
        for writer in writers {
            writer.await.unwrap();
        }
        let mut numbered = 0;
        for sequencer in both {
            numbered += sequencer.await.unwrap();
        }
        numbered += numbers(db.clone(), "s3", Duration::ZERO, clock).await;
        let all = chain_of(&db).await;
        assert_eq!((all.len(), numbered, last(&db).await.unwrap()), (60, 60, 60));
        assert_eq!(lag(&db).await.unwrap(), 0);
        for actor in ["a", "b", "c"] {
            let own: Vec<_> = all.iter().filter(|event| event.actor == actor).collect();
            assert_eq!(own.len(), 20, "none lost, none twice");
        }
    })
    .await;
}

#[tokio::test]
async fn only_who_has_the_lease_numbers_and_another_waits_for_its_end() {
    on_both(async |db| {
        let (ids, clock) = (Arc::new(TestIds::default()), TestClock::default());
        let (proof, is_sqlite) = (for_worker("test"), db.is_sqlite());
        writes(db.clone(), Arc::clone(&ids), "a", 1).await;
        assert_eq!(sequence(&db, &proof, "s1", LEASE, &clock, 10).await.unwrap(), 1);
        writes(db.clone(), ids, "a", 1).await;
        assert_eq!(sequence(&db, &proof, "s2", LEASE, &clock, 10).await.unwrap(), 0);
        assert_eq!(lag(&db).await.unwrap(), 1);
        if is_sqlite {
            // Only there do leases run by a clock that a test can move.
            clock.advance(LEASE + Duration::from_secs(1));
            assert_eq!(sequence(&db, &proof, "s2", LEASE, &clock, 10).await.unwrap(), 1);
            assert_eq!(sequence(&db, &proof, "s1", LEASE, &clock, 10).await.unwrap(), 0);
        }
        chain_of(&db).await;
    })
    .await;
}

#[tokio::test]
async fn what_is_not_committed_has_no_number_and_no_trace() {
    on_both(async |db| {
        let (ids, clock) = (TestIds::default(), TestClock::default());
        let mut tx = db.begin().await.unwrap();
        append(&mut tx, &ids, event(1, "a")).await.unwrap();
        drop(tx);
        assert_eq!(sequence(&db, &for_worker("test"), "s1", LEASE, &clock, 10).await.unwrap(), 0);
        assert!(chain_of(&db).await.is_empty());
    })
    .await;
}
