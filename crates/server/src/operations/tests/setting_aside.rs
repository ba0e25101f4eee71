//! `workload.acknowledge` and `workload.archive`: what leaves Needs action, until when, and what brings it back.

use std::time::Duration;

use operations::OperationState;
use read_models::error::ErrorKind;
use read_models::ids::WorkloadId;
use read_models::paging::PageRequest;
use read_models::workloads::{WorkbenchView, WorkloadsConsole as _, WorkloadsFilter};
use serde_json::{Value, json};

use super::support::{Scene, Site};
use crate::authz::Role;
use crate::clock::Clock as _;
use crate::store::testing::on_both;

fn acknowledge(id: &WorkloadId, input: Value) -> Scene {
    Scene::on_workload("workload.acknowledge", id, input)
}

async fn workbench(site: &Site) -> WorkbenchView {
    let member = site.person(Role::Member, Some(&site.project));
    let console = site.console(&member);
    console
        .workbench(Some(site.project.clone()), WorkloadsFilter::History, PageRequest::default(), None)
        .await
        .unwrap()
}

#[tokio::test]
async fn acknowledged_it_leaves_needs_action_until_that_expires() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let workload = site.has_failed().await;
        assert_eq!(workbench(&site).await.needs_action.len(), 1);
        // Longer than its window: it comes back all the same.
        let scene =
            acknowledge(&workload, json!({ "reason": "Known, mended in the next version", "hours": 48 }));
        let id = site.asks(&site.admin(), &scene).await;
        assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded);
        site.keeps_its_promises(&id, "acknowledged").await;
        let view = workbench(&site).await;
        assert_eq!((view.needs_action.len(), view.safe_to_ignore.acknowledged.counted), (0, 1));
        let said = view.rows[0].acknowledged.clone().unwrap();
        assert_eq!(said.reason, "Known, mended in the next version");
        let again = site.plans(&site.admin(), &scene).await.unwrap();
        assert!(again.blockers[0].sentence.contains("already"), "{:?}", again.blockers);
        let just_before = said.until.minus(Duration::from_micros(1));
        site.clock.advance(just_before.since(site.clock.now()));
        assert_eq!(workbench(&site).await.needs_action.len(), 0);
        site.clock.advance(Duration::from_micros(1));
        let view = workbench(&site).await;
        assert_eq!((view.needs_action.len(), view.safe_to_ignore.acknowledged.counted), (1, 0));
        site.clock.advance(Duration::from_hours(24));
        assert_eq!(workbench(&site).await.needs_action.len(), 0, "its window is closed");
    })
    .await;
}

#[tokio::test]
async fn the_audit_says_who_took_note_of_it_and_the_feed_says_why() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let workload = site.has_failed().await;
        let scene = acknowledge(&workload, json!({ "reason": "Known." }));
        let id = site.asks(&site.admin(), &scene).await;
        site.settles(&id).await;
        let all = site.whole_chain().await;
        let of = |kind: &str| {
            all.iter().find(|event| event.operation.as_ref() == Some(&id) && event.kind == kind).unwrap()
        };
        assert!(of("audit.intent").sentence.contains("asked to acknowledge"));
        assert!(of("workload.state").sentence.ends_with("is left alone for 24 h: Known."));
    })
    .await;
}

#[tokio::test]
async fn without_a_reason_or_for_ever_it_is_refused_field_by_field() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let workload = site.has_failed().await;
        for (input, places) in [
            (json!({ "reason": "  ", "hours": 0 }), vec!["/reason", "/hours"]),
            (json!({ "reason": "a\nb" }), vec!["/reason"]),
            (json!({ "reason": "x".repeat(201) }), vec!["/reason"]),
            (json!({ "reason": "x", "hours": 721 }), vec!["/hours"]),
            (json!({}), vec![""]),
        ] {
            let refused = site.plans(&site.admin(), &acknowledge(&workload, input)).await.unwrap_err();
            assert_eq!(refused.kind, ErrorKind::Invalid);
            let said: Vec<_> = refused.fields.iter().map(|field| field.pointer.as_str()).collect();
            assert_eq!(said, places, "{refused:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn archived_it_is_history_and_what_is_not_over_is_not_archived() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let (failed, running) = (site.has_failed().await, site.runs_a_workload().await);
        let archive = |id| Scene::on_workload("workload.archive", id, json!({}));
        let plan = site.plans(&site.admin(), &archive(&running)).await.unwrap();
        assert_eq!(plan.blockers[0].code, "is_over");
        let id = site.asks(&site.admin(), &archive(&failed)).await;
        assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded);
        let view = workbench(&site).await;
        assert!(view.needs_action.is_empty() && view.rows.iter().any(|row| row.archived_at.is_some()));
        let plan = site.plans(&site.admin(), &archive(&failed)).await.unwrap();
        assert_eq!(plan.blockers[0].sentence, "It is in History already.");
        let plan = site.plans(&site.admin(), &acknowledge(&failed, json!({ "reason": "x" }))).await.unwrap();
        assert_eq!(plan.blockers[0].sentence, "It does not need action now.");
    })
    .await;
}
