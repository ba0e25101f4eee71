//! What needs a second person waits for one, who approves exactly the plan that was looked at.

use std::time::Duration;

use operations::OperationState;
use read_models::error::{ConsoleError, ErrorKind};
use read_models::ids::{OperationId, WorkloadId};
use read_models::operation::{Decision, OperationView};
use read_models::operations::OperationsConsole as _;
use serde_json::json;

use super::support::{Kind, Scene, Site, nothing};
use crate::authz::{Principal, Role, Via};
use crate::clock::Clock as _;
use crate::store::db::Db;
use crate::store::testing::on_both;
use read_models::time::Timestamp;

/// A workload whose release was asked for by an administrator and waits for a second person.
async fn waiting(db: Db) -> (Site, WorkloadId, OperationId) {
    let mut site = Site::on(db).await;
    let workload = site.runs_a_workload().await;
    site.needs_approval("platform").await;
    let id = site.asks(&site.admin(), &release(&workload)).await;
    site.run_until_it_rests().await;
    (site, workload, id)
}

fn release(workload: &WorkloadId) -> Scene {
    Scene::on_workload("workload.release", workload, json!({ "grace_s": 10 }))
}

fn second(site: &Site) -> Principal {
    site.person(Role::Member, Some(&site.project))
}

async fn decides(
    site: &Site,
    who: &Principal,
    id: &OperationId,
    (choice, reason, plan_hash): (&str, &str, Option<String>),
) -> Result<OperationView, ConsoleError> {
    let (choice, reason) = (choice.to_owned(), reason.to_owned());
    site.console(who)
        .decide(id.clone(), Decision { choice, reason, questions: None, plan_hash, confirmation: None })
        .await
}

#[tokio::test]
async fn it_does_nothing_until_somebody_else_approves_it_and_the_audit_and_bundle_say_who() {
    on_both(async |db| {
        let (mut site, _, id) = waiting(db).await;
        let stored = site.operation(&id).await;
        assert_eq!(stored.record.state, OperationState::Queued);
        assert!(stored.record.attention.is_some() && site.agent.count(Kind::Term) == 0);
        let mine = site.console(&site.admin()).operation(id.clone()).await.unwrap();
        assert!(mine.choices.is_empty(), "it is not mine to approve");
        assert!(mine.approval.unwrap().is_own);
        let theirs = site.console(&second(&site)).operation(id.clone()).await.unwrap();
        assert_eq!(
            theirs.choices.iter().map(|choice| choice.id.as_str()).collect::<Vec<_>>(),
            ["approve", "decline"]
        );
        assert!(!site.work_once().await, "it does not poll");

        decides(&site, &second(&site), &id, ("approve", "agreed", Some(stored.plan_hash.clone())))
            .await
            .unwrap();
        let record = site.settles(&id).await.record;
        assert_eq!(record.state, OperationState::Succeeded, "{record:#?}");
        let given = record.approval.unwrap().given.unwrap();
        assert_eq!((given.by.as_str(), given.reason.as_str()), (second(&site).email.as_str(), "agreed"));
        let own = site.whole_chain().await.iter().filter(|event| event.operation.as_ref() == Some(&id));
        let decision = own.clone().find(|event| event.kind == "audit.decision").unwrap();
        assert!(decision.body.contains(&stored.plan_hash), "{}", decision.body);
        site.keeps_its_promises(&id, "approved").await;
        let bundle = site.console(&site.admin()).bundle(&id).await.unwrap();
        assert!(bundle.approvals.given[0].contains(&stored.plan_hash), "{:?}", bundle.approvals);
    })
    .await;
}

#[tokio::test]
async fn ones_own_approval_another_hash_none_and_an_old_sign_in_are_refused() {
    on_both(async |db| {
        let (site, _, id) = waiting(db).await;
        let hash = site.operation(&id).await.plan_hash;
        let refused = async |who: &Principal, choice, reason, hash: Option<String>| {
            let error = decides(&site, who, &id, (choice, reason, hash)).await.unwrap_err();
            (error.kind, error.code)
        };
        let code = |kind, code: &str| (kind, code.to_owned());
        let (own, other) = (site.admin(), second(&site));
        assert_eq!(
            refused(&own, "approve", "", Some(hash.clone())).await,
            code(ErrorKind::Denied, "own_approval")
        );
        assert_eq!(refused(&own, "decline", "no", None).await, code(ErrorKind::Denied, "own_approval"));
        assert_eq!(refused(&other, "approve", "", None).await, code(ErrorKind::Invalid, "plan_hash_needed"));
        let wrong = Some("f00d".to_owned());
        assert_eq!(refused(&other, "approve", "", wrong).await, code(ErrorKind::Conflict, "another_plan"));
        assert_eq!(refused(&other, "decline", " ", None).await, code(ErrorKind::Invalid, "reason_needed"));
        let mut stale = other.clone();
        if let Via::Session { stepped_up_at, .. } = &mut stale.via {
            *stepped_up_at = Timestamp::from_micros(0);
        }
        assert_eq!(
            refused(&stale, "approve", "", Some(hash.clone())).await,
            code(ErrorKind::Denied, "fresh_factor_needed")
        );
        let viewer = site.person(Role::Viewer, Some(&site.project));
        assert_eq!(refused(&viewer, "approve", "", Some(hash)).await, code(ErrorKind::Denied, "denied"));
        assert_eq!(site.operation(&id).await.record.state, OperationState::Queued, "nothing of it counted");
    })
    .await;
}

#[tokio::test]
async fn declined_withdrawn_or_left_too_long_it_ends_with_nothing_done() {
    on_both(async |db| {
        let (mut site, workload, declined) = waiting(db).await;
        decides(&site, &second(&site), &declined, ("decline", "not today", None)).await.unwrap();
        let withdrawn = site.asks(&site.admin(), &release(&workload)).await;
        site.run_until_it_rests().await;
        site.console(&site.admin()).cancel(withdrawn.clone(), "changed my mind".to_owned()).await.unwrap();
        let late = site.asks(&site.admin(), &release(&workload)).await;
        site.run_until_it_rests().await;
        site.clock.advance(Duration::from_hours(24));
        for (id, outcome) in [
            (declined, "member@example.org declined it: not today. Nothing was done."),
            (withdrawn, "Cancelled before it began."),
            (late, "Nobody approved it in time. Nothing was done."),
        ] {
            while !site.operation(&id).await.record.state.is_over() {
                assert!(site.work_once().await);
            }
            let record = site.operation(&id).await.record;
            assert_eq!((record.state, record.outcome.as_deref()), (OperationState::Cancelled, Some(outcome)));
            assert!(record.steps.iter().all(|step| step.attempts == 0));
            site.keeps_its_promises(&id, outcome).await;
        }
    })
    .await;
}

#[tokio::test]
async fn what_has_changed_by_the_time_of_approval_is_not_started() {
    on_both(async |db| {
        let (mut site, workload, id) = waiting(db).await;
        let hash = site.operation(&id).await.plan_hash;
        site.agent.sees_end(&site.state, &workload, 0).await;
        let error = decides(&site, &second(&site), &id, ("approve", "", Some(hash))).await.unwrap_err();
        assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Conflict, "plan_changed"));
        let record = site.settles(&id).await.record;
        assert_eq!(record.state, OperationState::Cancelled);
        let outcome = record.outcome.unwrap();
        assert!(outcome.starts_with("What the plan was made from has changed:"), "{outcome}");
        assert!(outcome.ends_with("Nothing was done."), "{outcome}");
        site.keeps_its_promises(&id, "changed before approval").await;
    })
    .await;
}

#[tokio::test]
async fn what_has_changed_between_approval_and_beginning_is_not_started_either() {
    on_both(async |db| {
        let (mut site, workload, id) = waiting(db).await;
        let hash = site.operation(&id).await.plan_hash;
        site.is_frozen().await;
        decides(&site, &second(&site), &id, ("approve", "", Some(hash))).await.unwrap();
        site.run_until_it_rests().await;
        assert!(!site.operation(&id).await.record.state.is_over(), "it is approved, and frozen");
        site.agent.sees_end(&site.state, &workload, 0).await;
        let unfreeze = Scene::on_platform("platform.unfreeze", nothing());
        site.asks(&site.admin(), &unfreeze).await;
        let record = site.settles(&id).await.record;
        assert_eq!(record.state, OperationState::Cancelled);
        assert!(record.outcome.unwrap().starts_with("What the plan was made from has changed:"));
        assert!(record.steps.iter().all(|step| step.attempts == 0));
        site.keeps_its_promises(&id, "changed after approval").await;
    })
    .await;
}

#[tokio::test]
async fn a_project_asks_for_itself_and_what_destroys_nothing_needs_nobody() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let workload = site.runs_a_workload().await;
        let stop = Scene::on_workload("workload.stop", &workload, nothing());
        let other = site.other_project.as_str().to_owned();
        site.needs_approval(&other).await;
        assert_eq!(site.plans(&site.admin(), &release(&workload)).await.unwrap().approval, None);
        let own = site.project.as_str().to_owned();
        site.needs_approval(&own).await;
        assert_eq!(site.plans(&site.admin(), &stop).await.unwrap().approval, None);
        let needed = site.plans(&site.admin(), &release(&workload)).await.unwrap().approval.unwrap();
        assert!(needed.by.is_empty() && needed.alone.is_some(), "nobody else has a role there: {needed:?}");
        let member = site.plans(&second(&site), &release(&workload)).await.unwrap().approval.unwrap();
        assert_eq!((member.by, member.alone), (vec!["an administrator of the platform".to_owned()], None));
        let id = site.asks(&second(&site), &release(&workload)).await;
        site.run_until_it_rests().await;
        assert_eq!(site.operation(&id).await.record.state, OperationState::Queued);
        assert!(site.clock.now() > Timestamp::from_micros(0));
    })
    .await;
}
