//! `workload.release`: in every state of the workload and of its node.

use std::time::Duration;

use operations::{OperationState, StepState};
use read_models::error::ErrorKind;
use read_models::operations::Started;
use read_models::workloads::WorkloadState;
use serde_json::json;

use super::support::{Kind, Scene, Site, launched_by};
use crate::store::testing::on_both;

fn release(id: &read_models::ids::WorkloadId) -> Scene {
    Scene::on_workload("workload.release", id, json!({ "grace_s": 10 }))
}

#[tokio::test]
async fn while_its_launch_is_under_way_it_is_blocked_with_the_launch_as_the_way_out() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let launch = site.launch();
        let id = site.asks(&site.admin(), &launch).await;
        site.work_once().await;
        let workload = launched_by(&id);
        let plan = site.plans(&site.admin(), &release(&workload)).await.unwrap();
        assert_eq!(plan.blockers.len(), 1, "{:?}", plan.blockers);
        assert_eq!(plan.blockers[0].code, "launch_is_over");
        assert_eq!(plan.blockers[0].unblocked_by, Some(format!("/operations/{id}")));
        let refused = site.starts(&site.admin(), &plan, "k").await.unwrap_err();
        assert_eq!(refused.code, "blocked");
        site.settles(&id).await;
        let started = site.starts(&site.admin(), &plan, "k").await.unwrap();
        assert!(matches!(started, Started::Changed { .. }), "what was in the way is gone: another plan");
    })
    .await;
}

#[tokio::test]
async fn what_ignores_being_asked_is_killed_after_its_grace() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let workload = site.runs_a_workload().await;
        site.agent.ignores_term = true;
        let id = site.asks(&site.admin(), &release(&workload)).await;
        let record = site.settles(&id).await.record;
        assert_eq!(record.state, OperationState::Succeeded);
        assert_eq!(record.steps[0].state, StepState::Skipped);
        assert!(record.outcome.unwrap().contains("Left as it was"), "what was not seen is not said to be");
        assert_eq!((site.agent.count(Kind::Term), site.agent.count(Kind::Kill)), (1, 1));
        site.keeps_its_promises(&id, "ignored").await;
    })
    .await;
}

#[tokio::test]
async fn what_has_finished_is_released_without_asking_its_node() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let workload = site.runs_a_workload().await;
        site.agent.sees_end(&site.state, &workload, 0).await;
        site.slots_are_reclaimed().await;
        site.agent.beats(&site.state).await;
        let told = site.agent.told.len();
        site.agent.is_away = true;
        let id = site.asks(&site.admin(), &release(&workload)).await;
        let record = site.settles(&id).await.record;
        assert_eq!((record.state, record.steps.len()), (OperationState::Succeeded, 1));
        assert_eq!(site.agent.told.len(), told);
        site.keeps_its_promises(&id, "finished").await;
    })
    .await;
}

#[tokio::test]
async fn an_unreachable_node_is_waited_for_and_then_somebody_is_asked() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let workload = site.runs_a_workload().await;
        site.agent.is_away = true;
        let id = site.asks(&site.admin(), &release(&workload)).await;
        site.work_once().await;
        let waits = site.operation(&id).await.record.waiting.expect("it waits");
        assert_eq!(waits.on, "the node's agent to answer");
        site.run_until_it_rests().await;
        let asks = site.operation(&id).await.record.attention.expect("somebody is asked");
        assert_eq!(
            asks.choices.iter().map(|choice| choice.id.as_str()).collect::<Vec<_>>(),
            ["wait", "undo"]
        );
        site.clock.advance(Duration::from_mins(10));
        site.decides(&site.admin(), &id, "wait").await.unwrap();
        site.work_once().await;
        site.agent.comes_back(&site.state).await;
        assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded);
        assert_eq!(site.workload(&workload).await.state, WorkloadState::Released);
        site.keeps_its_promises(&id, "unreachable").await;
    })
    .await;
}

#[tokio::test]
async fn undone_while_its_node_is_away_it_goes_on_and_keeps_its_slot() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let workload = site.runs_a_workload().await;
        site.agent.is_away = true;
        let id = site.asks(&site.admin(), &release(&workload)).await;
        site.run_until_it_rests().await;
        site.decides(&site.admin(), &id, "undo").await.unwrap();
        assert_eq!(site.settles(&id).await.record.state, OperationState::Failed);
        site.agent.comes_back(&site.state).await;
        site.agent.turn(&site.state).await;
        assert!(site.agent.runs(&workload) && site.holds_slot(&workload).await);
        assert_eq!(site.workload(&workload).await.state, WorkloadState::Running);
        site.keeps_its_promises(&id, "undone").await;
    })
    .await;
}

#[tokio::test]
async fn what_is_released_is_not_released_again() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let workload = site.runs_a_workload().await;
        let first = site.plans(&site.admin(), &release(&workload)).await.unwrap();
        let ids = [
            super::support::accepted(site.starts(&site.admin(), &first, "a").await.unwrap()),
            super::support::accepted(site.starts(&site.admin(), &first, "b").await.unwrap()),
        ];
        for id in &ids {
            assert_eq!(site.settles(id).await.record.state, OperationState::Succeeded);
            site.keeps_its_promises(id, "released twice").await;
        }
        assert_eq!((site.agent.count(Kind::Term), site.agent.count(Kind::Remove)), (1, 1));
        let plan = site.plans(&site.admin(), &release(&workload)).await.unwrap();
        assert_eq!(plan.blockers[0].sentence, "It is released already.");
        let refused = site.starts(&site.admin(), &plan, "c").await.unwrap_err();
        assert_eq!(refused.kind, ErrorKind::Conflict);
    })
    .await;
}
