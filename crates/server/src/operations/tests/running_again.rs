//! `workload.start`, `workload.restart` and `workload.retry`: which run it is in, in which slot, and what an earlier run may
//! still say.

use node_protocol::Exit;
use node_protocol::workload::WorkloadState as Seen;
use operations::OperationState;
use read_models::ids::WorkloadId;
use read_models::nodes::NodePolicy;
use read_models::workloads::WorkloadState;
use serde_json::json;

use super::support::{Kind, Manner, Scene, Site, launched_by};
use crate::store::testing::on_both;

fn on(operation: &str, id: &WorkloadId) -> Scene {
    Scene::on_workload(operation, id, json!({}))
}

async fn place(site: &Site, id: &WorkloadId) -> (Option<i64>, u32) {
    let found = site.workload(id).await;
    (found.slot, found.run)
}

#[tokio::test]
async fn started_again_it_is_in_its_next_run_and_in_its_own_slot() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        // Its slot is not the first that is free.
        let first = site.runs_a_workload().await;
        let workload = site.has_stopped().await;
        let release = Scene::on_workload("workload.release", &first, json!({}));
        let id = site.asks(&site.admin(), &release).await;
        site.settles(&id).await;
        for run in 2..4 {
            let id = site.asks(&site.admin(), &on("workload.start", &workload)).await;
            assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded);
            assert_eq!(place(&site, &workload).await, (Some(1), run));
            let found = site.workload(&workload).await;
            assert_eq!(
                (found.state, found.exit_signal, found.keeps_slot),
                (WorkloadState::Running, None, false)
            );
            let stop = on("workload.stop", &workload);
            let id = site.asks(&site.admin(), &stop).await;
            assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded);
        }
        assert!(site.agent.starts.values().all(|times| *times == 1), "{:?}", site.agent.starts);
    })
    .await;
}

#[tokio::test]
async fn what_an_earlier_run_says_changes_nothing() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let workload = site.has_stopped().await;
        let start = on("workload.start", &workload);
        let id = site.asks(&site.admin(), &start).await;
        site.agent.is_away = true;
        site.work_once().await;
        site.agent.is_away = false;
        // The run has begun, and its agent has not been told yet: all it knows is how the one before ended.
        assert_eq!(site.workload(&workload).await.state, WorkloadState::Provisioning);
        site.clock.advance(std::time::Duration::from_secs(6));
        site.agent.beats(&site.state).await;
        let found = site.workload(&workload).await;
        assert_eq!((found.state, found.report), (WorkloadState::Provisioning, None));
        assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded);
        let late = Exit { code: Some(9), signal: None, at_us: 1, sentence: None };
        site.agent.says(&workload, 1, Seen::Exited, Some(late)).await;
        let found = site.workload(&workload).await;
        assert_eq!((found.state, found.exit_code), (WorkloadState::Running, None));
        assert_eq!(found.report.unwrap().run, 2);
        site.keeps_its_promises(&id, "with a late report").await;
    })
    .await;
}

#[tokio::test]
async fn a_start_that_is_refused_leaves_it_stopped_with_its_slot_and_can_be_asked_again() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let workload = site.has_stopped().await;
        site.agent.answers(Kind::Start, Manner::Refuses);
        let id = site.asks(&site.admin(), &on("workload.start", &workload)).await;
        assert_eq!(site.settles(&id).await.record.state, OperationState::Failed);
        site.slots_are_reclaimed().await;
        let found = site.workload(&workload).await;
        assert_eq!((found.state, site.holds_slot(&workload).await), (WorkloadState::Stopped, true));
        site.agent.manners.clear();
        let id = site.asks(&site.admin(), &on("workload.start", &workload)).await;
        assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded);
        assert_eq!(site.workload(&workload).await.run, 3);
    })
    .await;
}

#[tokio::test]
async fn restarted_it_ends_and_runs_anew_in_one_operation() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let workload = site.runs_a_workload().await;
        let id = site.asks(&site.admin(), &on("workload.restart", &workload)).await;
        assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded);
        assert_eq!((site.agent.count(Kind::Term), site.agent.count(Kind::Start)), (1, 2));
        assert_eq!(site.workload(&workload).await.state, WorkloadState::Running);
        site.keeps_its_promises(&id, "restarted").await;
        // Ended by itself it gives its slot back, however often it was run again.
        site.agent.sees_end(&site.state, &workload, 0).await;
        site.slots_are_reclaimed().await;
        assert!(!site.holds_slot(&workload).await);
    })
    .await;
}

#[tokio::test]
async fn a_failed_launch_is_retried_with_a_slot_of_its_own() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        site.agent.answers(Kind::Start, Manner::Fails);
        let launch = site.launch();
        let id = site.asks(&site.admin(), &launch).await;
        assert_eq!(site.settles(&id).await.record.state, OperationState::Failed);
        let workload = launched_by(&id);
        let start = site.plans(&site.admin(), &on("workload.start", &workload)).await.unwrap();
        assert_eq!(start.blockers[0].unblocked_by.as_deref(), Some("workload.retry"));
        let retry = on("workload.retry", &workload);
        let id = site.asks(&site.admin(), &retry).await;
        let record = site.settles(&id).await.record;
        assert_eq!(record.state, OperationState::Failed, "it fails the same way again");
        assert!(
            site.workload(&workload).await.actionable_until.is_some() && !site.holds_slot(&workload).await
        );
        site.keeps_its_promises(&id, "failed again").await;
        site.agent.manners.clear();
        let id = site.asks(&site.admin(), &retry).await;
        assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded);
        let found = site.workload(&workload).await;
        assert_eq!((found.state, found.run, found.failure), (WorkloadState::Running, 3, None));
    })
    .await;
}

#[tokio::test]
async fn what_is_in_the_way_is_said_with_the_way_out() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let (stopped, running) = (site.has_stopped().await, site.runs_a_workload().await);
        for (operation, id, code, way_out) in [
            ("workload.start", &running, "is_over", None),
            ("workload.restart", &stopped, "runs", None),
            ("workload.retry", &stopped, "needs_a_retry", Some("workload.start")),
        ] {
            let plan = site.plans(&site.admin(), &on(operation, id)).await.unwrap();
            let found = (plan.blockers[0].code.as_str(), plan.blockers[0].unblocked_by.as_deref());
            assert_eq!(found, (code, way_out), "{operation}");
        }
        site.has_policy(NodePolicy::Maintenance).await;
        for (operation, id) in [("workload.start", &stopped), ("workload.restart", &running)] {
            let plan = site.plans(&site.admin(), &on(operation, id)).await.unwrap();
            assert_eq!(plan.blockers[0].code, "node_takes_it", "{operation}");
            assert!(!plan.blockers[0].sentence.contains("node"), "tenants learn nothing of nodes");
        }
    })
    .await;
}

#[tokio::test]
async fn two_who_retry_for_one_slot_get_one() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let (one, other) = (site.has_failed().await, site.has_failed().await);
        site.runs_a_workload().await;
        let mut ids = Vec::new();
        for workload in [&one, &other] {
            ids.push(site.asks(&site.admin(), &on("workload.retry", workload)).await);
        }
        site.run_until_it_rests().await;
        let mut states = [site.settles(&ids[0]).await.record.state, site.settles(&ids[1]).await.record.state];
        states.sort_by_key(|state| *state != OperationState::Succeeded);
        assert_eq!(states, [OperationState::Succeeded, OperationState::Failed]);
    })
    .await;
}
