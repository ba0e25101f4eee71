//! The filter in SQL and the projection say the same of every state at every edge of every time.

use super::super::*;
use crate::authz::system::for_worker;
use crate::projections::workload_standing::tests::{NOW, every_case};
use crate::projections::workload_standing::{Stored, is_active, standing};
use crate::store::db::Db;
use crate::store::testing::on_both;
use crate::store::workload_reports::tests::placed;
use read_models::workloads::{WorkloadState, WorkloadsFilter};

const SET: &str = "UPDATE workload SET state = $2, state_since = $3, keeps_slot = $4, actionable_until = $5,
    archived_at = $6, acknowledged_at = $7, acknowledged_until = $8 WHERE id = $1";

async fn is(db: &Db, id: &WorkloadId, stored: &Stored) {
    let (at, until) = stored.acknowledged.unzip();
    let values = args![
        id,
        stored.state.key(),
        stored.since,
        i64::from(stored.keeps_slot),
        stored.actionable_until,
        stored.archived_at,
        at,
        until,
    ];
    db.execute(SET, values).await.unwrap();
}

#[tokio::test]
async fn lists_and_counts_hold_what_the_projection_says() {
    on_both(async |db| {
        let proof = for_worker("test");
        let mut tx = db.begin().await.unwrap();
        let (id, _) = placed(&mut tx).await;
        tx.commit().await.unwrap();
        // One of the states that are never over stands for the others: the filters name them together.
        let told_apart = |stored: &Stored| !is_active(stored.state) || stored.state == WorkloadState::Running;
        for stored in every_case().into_iter().filter(told_apart) {
            is(&db, &id, &stored).await;
            let record = find_system(&mut &db, &proof, &id).await.unwrap();
            assert_eq!(Stored::of(&record), stored);
            let judged = standing(stored, NOW);
            let bounds = Bounds { below: None, limit: 10, now: NOW };
            let listed = of_project(&db, &proof, WorkloadsFilter::Active, bounds).await.unwrap();
            assert_eq!(listed.len() == 1, judged.is_actionable, "{stored:?}");
            let counted = counts(&db, &proof, NOW).await.unwrap();
            assert_eq!((counted.len(), counted[0].total), (1, 1));
            assert_eq!(counted[0].shown == 1, judged.is_actionable, "{stored:?}");
            assert_eq!(counted[0].needs_action == 1, judged.needs_action, "{stored:?}");
            assert!(judged.acknowledged_until.is_none() || counted[0].acknowledged == 1, "{stored:?}");
        }
        // The other lists are made of the same words.
        let bounds = Bounds { below: None, limit: 10, now: NOW };
        for filter in [WorkloadsFilter::All, WorkloadsFilter::History] {
            assert_eq!(of_project(&db, &proof, filter, bounds).await.unwrap().len(), 1, "{filter:?}");
        }
        assert!(actionable(&db, &proof, NOW, 10).await.unwrap().is_empty(), "the last case is long over");
    })
    .await;
}
