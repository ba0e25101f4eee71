//! What is measured is written once, by whom it is to be measured, and becomes buckets once.

use super::*;
use crate::authz::system::for_worker;
use crate::store::db::Db;
use crate::store::testing::on_both;
use crate::store::workload_reports::tests::placed;

/// The beginning of a bucket.
const START: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

fn after(seconds: u64) -> Timestamp {
    START.plus(Duration::from_secs(seconds))
}

pub(crate) fn arrived(workload: &WorkloadId, seconds: u64, cpu: Option<i64>, memory: i64) -> Arrived {
    let at = after(seconds);
    Arrived {
        workload: workload.clone(),
        run: 1,
        measured_at_us: at.as_micros() + 7,
        at,
        over: Duration::from_secs(if cpu.is_some() { 15 } else { 0 }),
        values: [cpu, Some(memory), Some(2), None, None, None, None],
    }
}

async fn buckets(db: &Db) -> i64 {
    let row = db.row("SELECT COUNT(*) AS many FROM workload_measurement_bucket", &[]).await.unwrap();
    row.unwrap().int("many").unwrap()
}

#[tokio::test]
async fn what_comes_again_changes_nothing_and_neither_does_what_is_not_the_nodes_to_measure() {
    on_both(async |db| {
        let (proof, mut tx) = (for_worker("test"), db.begin().await.unwrap());
        let (id, node) = placed(&mut tx).await;
        let stranger = WorkloadId::from_uuid(&format!("{:032x}", 77));
        let other_run = Arrived { run: 2, ..arrived(&id, 30, Some(1), 5) };
        let all: Vec<Arrived> = (0..11)
            .map(|n| arrived(&id, n * 15, (n > 0).then_some(1000), 5))
            .chain([arrived(&stranger, 15, Some(1), 5), other_run])
            .collect();
        assert_eq!(insert(&mut tx, &proof, &node, &all).await.unwrap(), 11);
        let again = [&all[..2], &all[..2]].concat();
        assert_eq!(insert(&mut tx, &proof, &node, &again).await.unwrap(), 0);
        let elsewhere = NodeId::from_uuid(&format!("{:032x}", 78));
        let fresh = [arrived(&id, 600, Some(1), 5)];
        assert_eq!(insert(&mut tx, &proof, &elsewhere, &fresh).await.unwrap(), 0);
        assert_eq!(insert(&mut tx, &proof, &node, &[]).await.unwrap(), 0);
        let kept = each_since(&mut tx, &proof, &id, after(15)).await.unwrap();
        assert_eq!(kept.len(), 10);
        assert_eq!((kept[0].from, kept[0].until, kept[0].samples), (after(0), after(15), 1));
        assert_eq!(kept[0].figures[0], Some(Figures { avg: 1000, min: 1000, max: 1000 }));
        assert_eq!(kept[0].figures[3], None, "what was not said is not zero");
        assert_eq!(newest(&mut tx, &proof, &id).await.unwrap().unwrap().measured_at, Some(after(150)));
        assert_eq!(newest(&mut tx, &proof, &stranger).await.unwrap(), None);
        let last = last_since(&mut tx, &proof, &id, after(100)).await.unwrap().unwrap();
        assert_eq!((last.at, last.cpu_millis, last.memory_bytes), (after(150), Some(1000), Some(5)));
        assert_eq!(last_since(&mut tx, &proof, &id, after(151)).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn five_minutes_become_a_bucket_once_and_only_when_nothing_can_come_late_any_more() {
    on_both(async |db| {
        let (proof, mut tx) = (for_worker("test"), db.begin().await.unwrap());
        let (id, node) = placed(&mut tx).await;
        let all = [
            arrived(&id, 10, None, 100),
            arrived(&id, 25, Some(1000), 300),
            arrived(&id, 40, Some(4000), 800),
            arrived(&id, 310, Some(7000), 1),
        ];
        insert(&mut tx, &proof, &node, &all).await.unwrap();
        tx.commit().await.unwrap();
        let turn = async |now: u64| {
            let mut tx = db.begin().await.unwrap();
            let filled = fill_next(&mut tx, &proof, after(now)).await.unwrap();
            forget_old(&mut tx, &proof, after(now)).await.unwrap();
            tx.commit().await.unwrap();
            filled
        };
        assert!(!turn(300 + 659).await, "something may still come late");
        assert!(turn(300 + 660).await);
        assert!(!turn(300 + 660).await, "once");
        let all = in_buckets_since(&mut &db, &proof, &id, after(0)).await.unwrap();
        assert_eq!(all.len(), 2, "a bucket, and after it each by itself");
        let bucket = &all[0];
        assert_eq!((bucket.from, bucket.until, bucket.samples), (after(0), after(300), 3));
        assert_eq!(bucket.covered, Duration::from_secs(30));
        assert_eq!(bucket.figures[0], Some(Figures { avg: 2500, min: 1000, max: 4000 }));
        assert_eq!(bucket.figures[1], Some(Figures { avg: 400, min: 100, max: 800 }));
        assert_eq!(bucket.figures[5], None);
        assert_eq!(all[1].figures[0].unwrap().avg, 7000);
        // Much later: what is in a bucket goes first, then the bucket.
        assert!(turn(9000).await);
        assert!(!turn(9001).await);
        assert_eq!(each_since(&mut &db, &proof, &id, after(0)).await.unwrap(), []);
        assert_eq!(newest(&mut &db, &proof, &id).await.unwrap().unwrap().measured_at, Some(after(600)));
        assert_eq!(buckets(&db).await, 2);
        turn(15 * 86_400).await;
        assert_eq!(buckets(&db).await, 0);
    })
    .await;
}

#[tokio::test]
async fn figures_too_large_for_a_product_do_not_stop_the_buckets() {
    on_both(async |db| {
        let (proof, mut tx) = (for_worker("test"), db.begin().await.unwrap());
        let (id, node) = placed(&mut tx).await;
        let huge = |seconds| Arrived {
            values: [Some(i64::MAX / 4), Some(i64::MAX / 4), None, None, None, None, None],
            ..arrived(&id, seconds, Some(1), 1)
        };
        insert(&mut tx, &proof, &node, &[huge(15), huge(30), huge(45)]).await.unwrap();
        assert!(fill_next(&mut tx, &proof, after(2000)).await.unwrap());
    })
    .await;
}
