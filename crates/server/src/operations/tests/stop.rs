//! `workload.stop`: what keeps its slot, and for how long.

use operations::{OperationState, StepState};
use read_models::ids::WorkloadId;
use read_models::workloads::WorkloadState;
use serde_json::json;

use super::support::{Kind, Scene, Site};
use crate::store::testing::on_both;
use crate::store::workloads;
use crate::{args, store::db::Db};

const HELD: &str = "SELECT COUNT(*) AS count FROM allocation";

fn stop(id: &WorkloadId) -> Scene {
    Scene::on_workload("workload.stop", id, json!({ "grace_s": 10 }))
}

async fn stopped(db: Db) -> (Site, WorkloadId) {
    let mut site = Site::on(db).await;
    let workload = site.runs_a_workload().await;
    let id = site.asks(&site.admin(), &stop(&workload)).await;
    assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded);
    site.keeps_its_promises(&id, "stopped").await;
    (site, workload)
}

#[tokio::test]
async fn what_is_stopped_keeps_its_slot_and_stays_in_sight() {
    on_both(async |db| {
        let (mut site, workload) = stopped(db).await;
        site.slots_are_reclaimed().await;
        let found = site.workload(&workload).await;
        assert_eq!((found.state, found.archived_at), (WorkloadState::Stopped, None));
        assert!(
            site.holds_slot(&workload).await && site.agent.holds(&workload) && !site.agent.runs(&workload)
        );
        let again = site.plans(&site.admin(), &stop(&workload)).await.unwrap();
        assert_eq!(again.blockers[0].sentence, "It has stopped already.");
        let archive = Scene::on_workload("workload.archive", &workload, json!({}));
        let plan = site.plans(&site.admin(), &archive).await.unwrap();
        assert_eq!(plan.blockers[0].code, "holds_no_slot", "nobody pays for what nobody sees");
    })
    .await;
}

#[tokio::test]
async fn what_will_not_stop_is_killed_and_keeps_its_slot_too() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let workload = site.runs_a_workload().await;
        site.agent.ignores_term = true;
        let id = site.asks(&site.admin(), &stop(&workload)).await;
        let record = site.settles(&id).await.record;
        assert_eq!((record.state, record.steps[0].state), (OperationState::Succeeded, StepState::Skipped));
        assert_eq!((site.agent.count(Kind::Term), site.agent.count(Kind::Kill)), (1, 1));
        site.keeps_its_promises(&id, "killed").await;
    })
    .await;
}

#[tokio::test]
async fn released_or_drained_it_gives_its_slot_back_and_is_history() {
    on_both(async |db| {
        let (mut site, workload) = stopped(db.clone()).await;
        let release = Scene::on_workload("workload.release", &workload, json!({}));
        let id = site.asks(&site.admin(), &release).await;
        assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded);
        site.keeps_its_promises(&id, "released").await;
        let workload = site.runs_a_workload().await;
        let id = site.asks(&site.admin(), &stop(&workload)).await;
        site.settles(&id).await;
        let drain = Scene::on_node("node.drain", &site.node, json!({}));
        let id = site.asks(&site.admin(), &drain).await;
        assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded);
        let found = site.workload(&workload).await;
        assert!(!site.holds_slot(&workload).await && !found.keeps_slot && found.archived_at.is_some());
    })
    .await;
}

#[tokio::test]
async fn whoever_changes_their_mind_in_time_has_it_run_on_and_end_like_any_other() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let workload = site.runs_a_workload().await;
        site.agent.is_away = true;
        let id = site.asks(&site.admin(), &stop(&workload)).await;
        site.run_until_it_rests().await;
        site.decides(&site.admin(), &id, "undo").await.unwrap();
        assert_eq!(site.settles(&id).await.record.state, OperationState::Failed);
        site.agent.comes_back(&site.state).await;
        site.agent.turn(&site.state).await;
        assert!(site.agent.runs(&workload) && !site.workload(&workload).await.keeps_slot);
        site.agent.sees_end(&site.state, &workload, 0).await;
        site.slots_are_reclaimed().await;
        assert!(!site.holds_slot(&workload).await, "it ended by itself");
        assert_eq!(site.state.db.row(HELD, args![]).await.unwrap().unwrap().int("count").unwrap(), 0);
        assert!(
            workloads::ended_with_slot(&mut &site.state.db, &super::support::proof(), 9)
                .await
                .unwrap()
                .is_empty()
        );
    })
    .await;
}
