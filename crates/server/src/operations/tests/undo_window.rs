//! After it was started from a browser, what somebody notices can be undone for a while with nothing done.

use std::time::Duration;

use operations::{HoldKind, OperationState};
use read_models::ids::OperationId;
use read_models::operation::{Confirmation, StartRequest};
use read_models::operations::OperationsConsole as _;
use serde_json::json;

use super::support::{Kind, Scene, Site, accepted, nothing};
use crate::authz::{Principal, TokenScope, Via};
use crate::clock::Clock as _;
use crate::store::db::Db;
use crate::store::testing::on_both;
use read_models::ids::TokenId;

const WINDOW: Duration = Duration::from_secs(10);

async fn with_a_window(db: Db) -> Site {
    let mut site = Site::on(db).await;
    site.runs_a_workload().await;
    site.state.timing.undo_window = WINDOW;
    site
}

fn drain(site: &Site) -> Scene {
    Scene::on_node("node.drain", &site.node, json!({ "grace_s": 10 }))
}

fn with_a_token(site: &Site) -> Principal {
    let id = TokenId::from_uuid(&"7".repeat(32));
    Principal { via: Via::Token { id, scope: TokenScope::Destructive }, ..site.admin() }
}

async fn is_held(site: &Site, id: &OperationId) -> bool {
    let record = site.operation(id).await.record;
    let waiting = record.waiting.filter(|waiting| waiting.hold == Some(HoldKind::UndoWindow));
    record.state == OperationState::Queued
        && waiting.is_some_and(|waiting| waiting.next_check == record.begins_at)
}

#[tokio::test]
async fn nothing_is_carried_out_before_its_time_and_then_it_begins_by_itself() {
    on_both(async |db| {
        let mut site = with_a_window(db).await;
        let asked_at = site.clock.now();
        let drain = drain(&site);
        let id = site.asks(&site.admin(), &drain).await;
        assert!(site.work_once().await);
        assert!(is_held(&site, &id).await);
        let view = site.console(&site.admin()).operation(id.clone()).await.unwrap();
        assert_eq!(view.begins_at, Some(asked_at.plus(WINDOW)));
        assert!(view.cancel.possible, "{:?}", view.cancel);
        site.clock.advance(WINDOW.saturating_sub(Duration::from_millis(10)));
        assert!(!site.work_once().await, "it is not looked at before");
        // A server that starts anew reads the same.
        let other = site.another_server().await;
        let _first = std::mem::replace(&mut site.state, other);
        site.clock.advance(Duration::from_millis(20));
        assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded);
        assert!(site.operation(&id).await.record.started_at >= Some(asked_at.plus(WINDOW).as_micros()));
        let view = site.console(&site.admin()).operation(id.clone()).await.unwrap();
        assert_eq!(view.begins_at, None);
        site.keeps_its_promises(&id, "after its window").await;
    })
    .await;
}

#[tokio::test]
async fn undone_in_time_nothing_was_done() {
    on_both(async |db| {
        let mut site = with_a_window(db).await;
        let drain = drain(&site);
        let id = site.asks(&site.admin(), &drain).await;
        site.work_once().await;
        let told = site.agent.count(Kind::Term);
        site.console(&site.admin()).cancel(id.clone(), "Undone before it began.".to_owned()).await.unwrap();
        let record = site.settles(&id).await.record;
        assert_eq!((record.state, record.started_at), (OperationState::Cancelled, None));
        assert_eq!(record.outcome.as_deref(), Some("Cancelled before it began."));
        assert!(record.steps.iter().all(|step| step.attempts == 0));
        assert_eq!(site.agent.count(Kind::Term), told);
        site.keeps_its_promises(&id, "undone in time").await;
    })
    .await;
}

#[tokio::test]
async fn what_nobody_notices_what_protects_people_and_what_scripts_start_begins_at_once() {
    on_both(async |db| {
        let mut site = with_a_window(db).await;
        let token = with_a_token(&site);
        let probe = Scene::on_node("node.probe", &site.node, nothing());
        let freeze = Scene::on_platform("platform.freeze", json!({ "reason": "Smoke" }));
        let drain = drain(&site);
        for (who, scene) in [(site.admin(), probe), (token.clone(), drain.clone()), (site.admin(), freeze)] {
            let plan = site.plans(&who, &scene).await.unwrap();
            assert_eq!(plan.undo_window_s > 0, scene.operation == "node.drain", "{}", scene.operation);
            let id = site.asks(&who, &scene).await;
            assert_eq!(site.operation(&id).await.record.begins_at, None, "{}", scene.operation);
            assert!(site.settles(&id).await.record.state.is_over(), "{}", scene.operation);
        }
    })
    .await;
}

#[tokio::test]
async fn a_script_that_asks_for_it_gets_it_too() {
    on_both(async |db| {
        let mut site = with_a_window(db).await;
        let (token, drain) = (with_a_token(&site), drain(&site));
        let plan = site.plans(&token, &drain).await.unwrap();
        assert_eq!(plan.confirmation, Confirmation::PlanSeen);
        let confirmation = Some("confirmed".to_owned());
        let request = StartRequest { plan_hash: plan.hash, confirmation, undo_window: true };
        let id = accepted(site.console(&token).start(request.clone(), "k".to_owned()).await.unwrap());
        site.work_once().await;
        assert!(is_held(&site, &id).await);
        let other = StartRequest { undo_window: false, ..request };
        let refused = site.console(&token).start(other, "k".to_owned()).await.unwrap_err();
        assert_eq!(refused.code, "idempotency_key_reused", "it is another request");
    })
    .await;
}

#[tokio::test]
async fn frozen_meanwhile_it_waits_for_that_as_well() {
    on_both(async |db| {
        let mut site = with_a_window(db).await;
        let drain = drain(&site);
        let id = site.asks(&site.admin(), &drain).await;
        site.is_frozen().await;
        site.run_until_it_rests().await;
        let waiting = site.operation(&id).await.record.waiting.unwrap();
        assert_eq!(waiting.hold, Some(HoldKind::Standstill));
        let unfreeze = Scene::on_platform("platform.unfreeze", nothing());
        site.asks(&site.admin(), &unfreeze).await;
        assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded);
    })
    .await;
}
