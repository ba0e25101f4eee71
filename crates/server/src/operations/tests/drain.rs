//! `node.drain` with a workload that ignores SIGTERM: each way out, to its end.

use std::time::Duration;

use operations::{OperationState, StepState};
use read_models::error::ErrorKind;
use read_models::ids::{OperationId, WorkloadId};
use read_models::nodes::NodePolicy;
use read_models::operations::OperationsConsole as _;
use read_models::workloads::WorkloadState;
use serde_json::json;

use super::support::{Kind, Manner, Scene, Site, launched_by};
use crate::args;
use crate::authz::testing::with_token;
use crate::authz::{Role, TokenScope};
use crate::store::db::Db;
use crate::store::testing::on_both;

const LATER: &str = "UPDATE operation SET wake_at = wake_at + 500 WHERE id = $1";

/// A drain that asks a person, because a workload goes on.
async fn asked(db: Db) -> (Site, OperationId, WorkloadId) {
    let mut site = Site::on(db).await;
    let workload = site.runs_a_workload().await;
    site.agent.ignores_term = true;
    let drain = Scene::on_node("node.drain", &site.node, json!({ "grace_s": 10 }));
    let id = site.asks(&site.admin(), &drain).await;
    site.run_until_it_rests().await;
    let operation = site.operation(&id).await;
    let attention = operation.record.attention.expect("somebody is asked");
    let choices: Vec<_> = attention.choices.iter().map(|choice| choice.id.as_str()).collect();
    assert_eq!(choices, ["wait", "evict", "undo"]);
    assert_eq!(site.node().await.policy, NodePolicy::Draining);
    assert_eq!(site.workload(&workload).await.state, WorkloadState::Stopping);
    (site, id, workload)
}

#[tokio::test]
async fn who_waits_is_asked_again_until_it_stops_by_itself() {
    on_both(async |db| {
        let (mut site, id, workload) = asked(db).await;
        site.decides(&site.admin(), &id, "wait").await.unwrap();
        site.run_until_it_rests().await;
        assert!(
            site.operation(&id).await.record.attention.is_some(),
            "the grace again, and then again the question"
        );
        site.decides(&site.admin(), &id, "wait").await.unwrap();
        site.work_once().await;
        site.agent.sees_end(&site.state, &workload, 0).await;
        assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded);
        assert_eq!(site.workload(&workload).await.state, WorkloadState::Stopped);
        assert_eq!(site.agent.count(Kind::Kill), 0);
        site.keeps_its_promises(&id, "waited").await;
    })
    .await;
}

#[tokio::test]
async fn a_workload_that_stops_while_somebody_is_asked_needs_no_decision() {
    on_both(async |db| {
        let (mut site, id, workload) = asked(db).await;
        site.agent.sees_end(&site.state, &workload, 0).await;
        assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded);
        assert_eq!(site.workload(&workload).await.state, WorkloadState::Stopped);
        let late = site.decides(&site.admin(), &id, "evict").await.unwrap_err();
        assert_eq!((late.kind, late.code.as_str()), (ErrorKind::Invalid, "not_offered"));
        assert_eq!(site.agent.count(Kind::Kill), 0);
        site.keeps_its_promises(&id, "settled").await;
    })
    .await;
}

#[tokio::test]
async fn who_evicts_has_it_killed_once_and_the_node_empty() {
    on_both(async |db| {
        let (mut site, id, workload) = asked(db).await;
        site.decides(&site.admin(), &id, "evict").await.unwrap();
        let operation = site.settles(&id).await;
        assert_eq!(operation.record.state, OperationState::Succeeded);
        let states: Vec<_> = operation.record.steps.iter().map(|step| step.state).collect();
        assert_eq!(
            states,
            [StepState::Observed; 5],
            "the eviction stands in front of what it was put before"
        );
        assert_eq!((site.agent.count(Kind::Term), site.agent.count(Kind::Kill)), (1, 1));
        assert!(!site.agent.holds(&workload));
        site.keeps_its_promises(&id, "evicted").await;
    })
    .await;
}

#[tokio::test]
async fn who_undoes_has_the_node_in_service_and_the_workload_going_on() {
    on_both(async |db| {
        let (mut site, id, workload) = asked(db).await;
        site.decides(&site.admin(), &id, "undo").await.unwrap();
        let operation = site.settles(&id).await;
        assert_eq!(operation.record.state, OperationState::Failed);
        assert!(operation.record.debris.is_empty());
        assert_eq!(site.workload(&workload).await.state, WorkloadState::Running);
        assert!(site.agent.runs(&workload));
        site.keeps_its_promises(&id, "undone").await;
    })
    .await;
}

#[tokio::test]
async fn an_eviction_that_leads_nowhere_is_undone_and_says_what_it_left() {
    on_both(async |db| {
        let (mut site, id, workload) = asked(db).await;
        site.agent.answers(Kind::Kill, Manner::Lies);
        site.decides(&site.admin(), &id, "evict").await.unwrap();
        let operation = site.settles(&id).await;
        assert_eq!(operation.record.state, OperationState::Failed);
        assert_eq!(operation.record.debris.len(), 1, "{:?}", operation.record.debris);
        assert!(site.agent.runs(&workload));
    })
    .await;
}

#[tokio::test]
async fn evicting_needs_the_permission_to_destroy() {
    on_both(async |db| {
        let (mut site, id, _) = asked(db).await;
        let script = with_token(site.person(Role::Operator, None), TokenScope::Operate);
        let refused = site.decides(&script, &id, "evict").await.unwrap_err();
        assert_eq!(refused.kind, ErrorKind::Denied);
        assert!(site.operation(&id).await.record.attention.is_some(), "nothing was decided");
        site.decides(&with_token(script, TokenScope::Destructive), &id, "evict").await.unwrap();
        assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded);
    })
    .await;
}

#[tokio::test]
async fn what_is_not_offered_cannot_be_chosen_and_a_decision_counts_once() {
    on_both(async |db| {
        let (mut site, id, _) = asked(db).await;
        let refused = site.decides(&site.admin(), &id, "explode").await.unwrap_err();
        assert_eq!((refused.kind, refused.code.as_str()), (ErrorKind::Invalid, "not_offered"));
        let admin = site.admin();
        let (first, second) =
            tokio::join!(site.decides(&admin, &id, "wait"), site.decides(&admin, &id, "undo"));
        assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
        let all = site.whole_chain().await;
        assert_eq!(all.iter().filter(|event| event.kind == "audit.decision").count(), 1);
        site.settles(&id).await;
        site.keeps_its_promises(&id, "decided twice").await;
    })
    .await;
}

#[tokio::test]
async fn an_empty_node_is_drained_without_asking_anybody() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let drain = Scene::on_node("node.drain", &site.node, json!({}));
        let plan = site.plans(&site.admin(), &drain).await.unwrap();
        assert_eq!(plan.blast_radius, ["Nobody: nothing runs here."]);
        let id = site.asks(&site.admin(), &drain).await;
        assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded);
        site.keeps_its_promises(&id, "empty").await;
    })
    .await;
}

#[tokio::test]
async fn a_workload_that_came_after_the_plan_is_stopped_as_well() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let launch = site.launch();
        let drain = Scene::on_node("node.drain", &site.node, json!({}));
        let id = site.asks(&site.admin(), &drain).await;
        let late = site.asks(&site.admin(), &launch).await;
        // Its slot is reserved before the drain takes its first step.
        site.state.db.execute(LATER, args![&id]).await.unwrap();
        site.work_once().await;
        assert!(site.holds_slot(&launched_by(&late)).await);
        site.settles(&id).await;
        site.settles(&late).await;
        assert_eq!(site.operation(&id).await.record.state, OperationState::Succeeded);
        let workload = launched_by(&late);
        assert!(!site.holds_slot(&workload).await && !site.agent.runs(&workload));
        site.keeps_its_promises(&id, "a late one").await;
    })
    .await;
}

#[tokio::test]
async fn a_node_that_falls_silent_is_asked_about_and_goes_on_when_it_is_back() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let workload = site.runs_a_workload().await;
        let drain = Scene::on_node("node.drain", &site.node, json!({ "grace_s": 10 }));
        let id = site.asks(&site.admin(), &drain).await;
        site.agent.is_away = true;
        site.run_until_it_rests().await;
        assert!(site.operation(&id).await.record.attention.is_some());
        site.clock.advance(Duration::from_hours(1));
        site.agent.comes_back(&site.state).await;
        // It learns of a command whose time has passed, and refuses it; waiting on asks it anew.
        site.agent.turn(&site.state).await;
        site.decides(&site.admin(), &id, "wait").await.unwrap();
        assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded);
        assert_eq!(site.workload(&workload).await.state, WorkloadState::Stopped);
        site.keeps_its_promises(&id, "silent for an hour").await;
    })
    .await;
}

#[tokio::test]
async fn what_was_undone_is_not_done_by_an_agent_that_comes_back_late() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let workload = site.runs_a_workload().await;
        let drain = Scene::on_node("node.drain", &site.node, json!({ "grace_s": 3600 }));
        let id = site.asks(&site.admin(), &drain).await;
        site.agent.is_away = true;
        for _ in 0..3 {
            site.work_once().await;
        }
        site.console(&site.admin()).cancel(id.clone(), "not now".to_owned()).await.unwrap();
        assert_eq!(site.settles(&id).await.record.state, OperationState::Cancelled);
        site.agent.comes_back(&site.state).await;
        site.agent.turn(&site.state).await;
        assert!(site.agent.runs(&workload), "nobody wants it to stop any more");
        site.keeps_its_promises(&id, "cancelled while away").await;
    })
    .await;
}
