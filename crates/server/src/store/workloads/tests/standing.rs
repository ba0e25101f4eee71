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
        let project = find_system(&mut tx, &proof, &id).await.unwrap().project;
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
            assert_eq!(shown(&db, &project).await, judged.is_actionable, "{stored:?}");
            let needing = needing_action(&db, &proof, &project, NOW).await.unwrap();
            assert_eq!(needing.counted == 1, judged.needs_action, "{stored:?}");
            let counted = ignored(&db, &proof, &project, NOW).await.unwrap();
            let over = counted.released.and(counted.ended).and(counted.past_window);
            assert_eq!(counted.acknowledged.counted == 1, judged.acknowledged_until.is_some(), "{stored:?}");
            assert_eq!(
                over.counted,
                u32::from(!judged.is_actionable && counted.acknowledged.is_none()),
                "{stored:?}"
            );
            let history = of_project(&db, &proof, WorkloadsFilter::History, bounds).await.unwrap();
            assert_eq!(history.len() == 1, !judged.is_actionable, "{stored:?}");
        }
        let bounds = Bounds { below: None, limit: 10, now: NOW };
        assert_eq!(of_project(&db, &proof, WorkloadsFilter::All, bounds).await.unwrap().len(), 1);
    })
    .await;
}

async fn shown(db: &Db, project: &ProjectId) -> bool {
    !actionable(db, &for_worker("test"), project, NOW, 10).await.unwrap().is_empty()
}
