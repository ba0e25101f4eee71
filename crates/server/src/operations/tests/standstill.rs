//! While the platform is frozen nothing begins, what runs finishes its step, and what protects people goes on.

use operations::{HoldKind, OperationState, StepState};
use read_models::error::ErrorKind;
use read_models::ids::OperationId;
use read_models::operations::OperationsConsole as _;
use serde_json::json;

use super::super::register;
use super::support::{Scene, Site, Trip, nothing, scene};
use crate::authz::Role;
use crate::store::testing::on_both;

/// What nothing holds back. Whoever adds to this says in the declaration why it must not wait.
const NEVER_HELD_BACK: [&str; 17] = [
    "enrolment_token.revoke",
    "node.probe",
    "node.refresh_inventory",
    "operation.hand_over",
    "operation.take_back",
    "passkey.add",
    "passkey.remove",
    "password.change",
    "platform.freeze",
    "platform.unfreeze",
    "recovery_code.issue",
    "session.end",
    "ssh_key.remove",
    "token.revoke",
    "totp.add",
    "totp.remove",
    "user.revoke_invitation",
];

async fn unfreezes(site: &mut Site) {
    let unfreeze = Scene::on_platform("platform.unfreeze", nothing());
    let id = site.asks(&site.admin(), &unfreeze).await;
    site.run_until_it_rests().await;
    assert_eq!(site.operation(&id).await.record.state, OperationState::Succeeded);
}

async fn freezes(site: &mut Site) {
    let freeze = Scene::on_platform("platform.freeze", json!({ "reason": "Smoke in hall 2" }));
    let id = site.asks(&site.admin(), &freeze).await;
    while !site.operation(&id).await.record.state.is_over() {
        assert!(site.work_once().await);
    }
}

async fn is_held(site: &Site, id: &OperationId) -> bool {
    let waiting = site.operation(id).await.record.waiting;
    waiting.is_some_and(|waiting| {
        waiting.hold == Some(HoldKind::Standstill)
            && waiting.next_check.is_none()
            && waiting.on == "the platform to be unfrozen; it is frozen because: Smoke in hall 2"
    })
}

#[test]
fn the_list_of_what_nothing_holds_back_is_known() {
    let mut found: Vec<_> = register()
        .all()
        .iter()
        .filter(|operation| operation.never_held_back().is_some())
        .map(|operation| operation.declaration().id)
        .collect();
    found.sort_unstable();
    assert_eq!(found, NEVER_HELD_BACK);
}

#[tokio::test]
async fn planning_works_and_says_so_and_starting_is_refused_until_it_is_unfrozen() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        freezes(&mut site).await;
        let launch = site.launch();
        let plan = site.plans(&site.admin(), &launch).await.unwrap();
        let blocker = &plan.blockers[0];
        assert_eq!(blocker.sentence, "The platform is frozen, so nothing begins: Smoke in hall 2.");
        assert_eq!(blocker.unblocked_by.as_deref(), Some("/platform/ops"));
        let refused = site.starts(&site.admin(), &plan, "k1").await.unwrap_err();
        assert_eq!((refused.kind, refused.code.as_str()), (ErrorKind::Conflict, "platform_frozen"));
        assert!(refused.sentence.ends_with("Smoke in hall 2. Nothing was started."), "{refused:?}");
        let member = site.person(Role::Member, Some(&site.project));
        let plan_of_tenant = site.plans(&member, &launch).await.unwrap();
        assert_eq!(plan_of_tenant.blockers[0].unblocked_by, None, "it is not theirs to lift");
        unfreezes(&mut site).await;
        assert!(site.starts(&site.admin(), &plan, "k2").await.is_ok(), "the plan is the same as before");
    })
    .await;
}

#[tokio::test]
async fn what_was_accepted_waits_without_polling_and_goes_on_by_itself() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let launch = site.launch();
        let id = site.asks(&site.admin(), &launch).await;
        site.is_frozen().await;
        site.run_until_it_rests().await;
        assert!(is_held(&site, &id).await, "{:#?}", site.operation(&id).await.record);
        assert_eq!(site.operation(&id).await.record.state, OperationState::Queued);
        assert!(!site.work_once().await, "it is not looked at again and again");
        unfreezes(&mut site).await;
        assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded);
        site.keeps_its_promises(&id, "frozen before it began").await;
    })
    .await;
}

#[tokio::test]
async fn what_runs_finishes_its_step_and_rests_wherever_it_is() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let mut rested = 0;
        for n in 1.. {
            site.begins_anew().await;
            let launch = site.launch();
            site.trips.at = Trip::DiesAfter(n);
            let id = site.asks(&site.admin(), &launch).await;
            site.run_until_it_trips().await;
            let fired = std::mem::take(&mut site.trips.fired);
            site.trips.at = Trip::Never;
            site.is_frozen().await;
            site.run_until_it_rests().await;
            let record = site.operation(&id).await.record;
            if !record.state.is_over() {
                rested += 1;
                assert!(is_held(&site, &id).await, "after {n} commits: {record:#?}");
                let whole = |state| matches!(state, StepState::Observed | StepState::Pending);
                assert!(record.steps.iter().all(|step| whole(step.state)), "after {n} commits: {record:#?}");
            }
            unfreezes(&mut site).await;
            assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded, "after {n}");
            site.keeps_its_promises(&id, &format!("frozen after {n} commits")).await;
            if !fired {
                break;
            }
        }
        assert!(rested > 3, "it was held back {rested} times");
    })
    .await;
}

#[tokio::test]
async fn going_back_rests_between_steps_too() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let mut rested = 0;
        for n in 3..14 {
            site.begins_anew().await;
            let launch = site.launch();
            site.trips.at = Trip::DiesAfter(n);
            let id = site.asks(&site.admin(), &launch).await;
            site.run_until_it_trips().await;
            site.trips.at = Trip::Never;
            site.is_frozen().await;
            let cancelled = site.console(&site.admin()).cancel(id.clone(), "enough".to_owned()).await.is_ok();
            site.run_until_it_rests().await;
            let record = site.operation(&id).await.record;
            let undone = record.steps.iter().any(|step| step.state == StepState::Undone);
            assert!(!undone, "nothing is taken back while frozen: {record:#?}");
            rested += usize::from(!record.state.is_over());
            unfreezes(&mut site).await;
            let wanted = if cancelled { OperationState::Cancelled } else { OperationState::Succeeded };
            assert_eq!(site.settles(&id).await.record.state, wanted);
            site.keeps_its_promises(&id, &format!("cancelled while frozen, after {n} commits")).await;
        }
        assert!(rested > 1, "it was held back {rested} times");
    })
    .await;
}

#[tokio::test]
async fn what_protects_people_and_what_only_looks_goes_on() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        for operation in NEVER_HELD_BACK {
            site.begins_anew().await;
            let scene = scene(&mut site, operation).await;
            if !operation.starts_with("platform.") {
                site.is_frozen().await;
            }
            let id = site.asks(&site.admin(), &scene).await;
            assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded, "{operation}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_waits_frozen_keeps_nobody_from_a_lock_who_may_go_on() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let issue = scene(&mut site, "token.issue").await;
        let revoke = scene(&mut site, "token.revoke").await;
        let waits = site.asks(&site.admin(), &issue).await;
        site.is_frozen().await;
        site.run_until_it_rests().await;
        assert!(is_held(&site, &waits).await);
        let protects = site.asks(&site.admin(), &revoke).await;
        assert_eq!(site.settles(&protects).await.record.state, OperationState::Succeeded);
        site.console(&site.admin()).cancel(waits.clone(), "no need".to_owned()).await.unwrap();
        assert_eq!(site.settles(&waits).await.record.state, OperationState::Cancelled, "also while frozen");
    })
    .await;
}

#[tokio::test]
async fn another_server_on_the_same_database_sees_it_at_once() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let before = site.launch();
        let id = site.asks(&site.admin(), &before).await;
        let other = site.another_server().await;
        site.is_frozen().await;
        let launch = site.launch();
        let plan = site.plans(&site.admin(), &launch).await.unwrap();
        let _first = std::mem::replace(&mut site.state, other);
        assert_eq!(
            site.starts(&site.admin(), &plan, "k").await.unwrap_err().code,
            "platform_frozen",
            "nothing is remembered"
        );
        site.run_until_it_rests().await;
        assert!(is_held(&site, &id).await);
    })
    .await;
}

#[tokio::test]
async fn what_an_agent_says_is_still_taken_in() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let workload = site.runs_a_workload().await;
        site.is_frozen().await;
        site.agent.sees_end(&site.state, &workload, 3).await;
        assert_eq!(site.workload(&workload).await.exit_code, Some(3));
    })
    .await;
}
