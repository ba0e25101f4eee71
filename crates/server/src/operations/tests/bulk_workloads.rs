//! `bulk.run_in_project`: workloads of one project, by who may act on them and by nobody else; released only when the name
//! of each was typed, by somebody who signed in just now, and approved where that is wanted.

use operations::OperationState;
use read_models::error::ErrorKind;
use read_models::ids::{OperationId, ProjectId, WorkloadId};
use read_models::operation::{Confirmation, Danger, Decision, PlanView, StartRequest};
use read_models::operations::OperationsConsole as _;
use read_models::paging::PageRequest;
use read_models::time::Timestamp;
use read_models::workloads::WorkloadState;
use serde_json::{Value, json};

use super::bulk::letters;
use super::support::account::user_of;
use super::support::{Scene, Site, accepted, launched_by, proof};
use crate::args;
use crate::authz::testing::with_token;
use crate::authz::{Grant, Principal, Role, Scope, TokenScope, Via};
use crate::clock::Clock as _;
use crate::store::db::Db;
use crate::store::testing::on_both;
use crate::store::users;

/// Two workloads of the project, whose member may act on them.
async fn two(db: Db) -> (Site, [WorkloadId; 2]) {
    let mut site = Site::on(db).await;
    let mut tx = site.state.db.begin().await.unwrap();
    let grant = Grant { role: Role::Member, scope: Scope::Project(site.project.clone()) };
    users::grant_role(&mut tx, &proof(), &user_of(Role::Member), &grant, site.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    let workloads = [site.runs_a_workload().await, site.runs_a_workload().await];
    (site, workloads)
}

fn member(site: &Site) -> Principal {
    site.person(Role::Member, Some(&site.project))
}

fn on(project: &ProjectId, operation: &str, targets: &Value) -> Scene {
    let input = json!({ "operation": operation, "targets": targets, "parallelism": 2 });
    Scene::on_project("bulk.run_in_project", project, input)
}

async fn names(site: &Site, workloads: &[WorkloadId]) -> Vec<String> {
    let mut names = Vec::new();
    for workload in workloads {
        names.push(site.workload(workload).await.name);
    }
    names
}

/// How many bulks were accepted so far.
async fn bulks(site: &Site) -> i64 {
    const ALL: &str = "SELECT COUNT(*) AS found FROM bulk";
    site.state.db.row(ALL, args![]).await.unwrap().unwrap().int("found").unwrap()
}

async fn state_of(site: &Site, id: &WorkloadId) -> WorkloadState {
    site.workload(id).await.state
}

#[tokio::test]
async fn a_tenant_stops_many_of_their_own_and_their_project_sees_it() {
    on_both(async |db| {
        let (mut site, workloads) = two(db).await;
        let who = member(&site);
        let plan = site.plans(&who, &on(&site.project, "workload.stop", &json!(workloads))).await.unwrap();
        assert_eq!((plan.title.as_str(), &*plan.target_view.name), ("Stop workload", "on 2 workloads"));
        assert_eq!((plan.danger, plan.confirmation.clone()), (Danger::Disruptive, Confirmation::PlanSeen));
        let id = accepted(site.starts(&who, &plan, "k").await.unwrap());
        site.run_until_it_rests().await;
        assert_eq!(letters(&site, &id).await, "ss");
        for workload in &workloads {
            assert_eq!(state_of(&site, workload).await, WorkloadState::Stopped);
        }
        let stored = site.operation(&id).await;
        assert_eq!(
            (stored.record.state, stored.project),
            (OperationState::Succeeded, Some(site.project.clone()))
        );
        site.keeps_its_promises(&id, "of a tenant").await;
        // Its page is its project's: what became of each is there for all of them, and for nobody else.
        let viewer = site.console(&site.person(Role::Viewer, Some(&site.project)));
        assert_eq!(viewer.operation(id.clone()).await.unwrap().bulk.unwrap().succeeded, 2);
        let events = viewer.events(id.clone(), PageRequest::default()).await.unwrap();
        assert_eq!(events.items.iter().filter(|event| event.kind == "bulk.started").count(), 2);
        let other = site.person(Role::ProjectAdmin, Some(&site.other_project));
        assert_eq!(site.console(&other).operation(id).await.unwrap_err().kind, ErrorKind::NotFound);
    })
    .await;
}

#[tokio::test]
async fn what_is_of_another_project_is_not_there() {
    on_both(async |db| {
        let (mut site, [one, _]) = two(db).await;
        site.has_more_nodes(1).await;
        let launch = site.launch();
        let launch = Scene::on_project("workload.launch", &site.other_project, launch.input);
        let foreign = launched_by(&site.asks(&site.admin(), &launch).await);
        site.run_until_it_rests().await;
        let name = site.workload(&foreign).await.name;
        let mixed = json!([one, foreign, site.node, "wl_nowhere"]);
        for who in [member(&site), site.admin()] {
            // It could be released, and it cannot be started: neither is told.
            for (operation, wanted) in [("workload.release", (1, 3)), ("workload.start", (0, 4))] {
                let plan = site.plans(&who, &on(&site.project, operation, &mixed)).await.unwrap();
                let told = plan.bulk.clone().unwrap();
                assert_eq!((told.included.len(), told.left_out.len()), wanted);
                for left in told.left_out.iter().filter(|left| left.target.id != one.as_str()) {
                    assert_eq!(left.why, "There is no such workload in this project.");
                    assert_eq!(left.name, left.target.id, "no name is told");
                }
                assert!(!serde_json::to_string(&plan).unwrap().contains(&format!("\"{name}\"")));
            }
        }
        // Neither do nodes and workloads mix, nor is a workload the platform's.
        for (scene, pointer) in [
            (on(&site.project, "node.probe", &json!([site.node])), "/operation"),
            (Scene::on_platform("bulk.run", on(&site.project, "workload.stop", &mixed).input), "/operation"),
        ] {
            let refused = site.plans(&site.admin(), &scene).await.unwrap_err();
            assert_eq!(refused.fields[0].pointer, pointer, "{refused:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn nothing_is_released_before_the_name_of_each_is_typed_by_who_signed_in_just_now() {
    on_both(async |db| {
        let (mut site, workloads) = two(db).await;
        let (who, names) = (member(&site), names(&site, &workloads).await);
        let scene = on(&site.project, "workload.release", &json!(workloads));
        let narrow = with_token(who.clone(), TokenScope::Operate);
        assert_eq!(site.plans(&narrow, &scene).await.unwrap_err().kind, ErrorKind::Denied);
        let plan = site.plans(&who, &scene).await.unwrap();
        assert_eq!(plan.danger, Danger::Destructive);
        assert_eq!(plan.confirmation, Confirmation::TypeNames { names: names.clone() });
        let start = async |who: &Principal, plan: &PlanView, typed: Option<String>| {
            let plan_hash = plan.hash.clone();
            let request = StartRequest { plan_hash, confirmation: typed, undo_window: false };
            site.console(who).start(request, "k".to_owned()).await
        };
        let both = names.join("\n");
        for typed in [
            "confirmed",
            &names[0],
            &names.join(","),
            &format!("{both} {}", names[0]),
            "",
            &both.to_uppercase(),
        ] {
            let refused = start(&who, &plan, Some(typed.to_owned())).await.unwrap_err();
            assert_eq!(
                (refused.kind, refused.code.as_str()),
                (ErrorKind::Invalid, "not_confirmed"),
                "{typed}"
            );
            assert_eq!(refused.fields[0].pointer, "/confirmation");
        }
        let refused = start(&who, &plan, Some(names[0].clone())).await.unwrap_err();
        assert!(refused.sentence.contains(&format!("missing: {}.", names[1])), "{refused:?}");
        assert_eq!(start(&who, &plan, None).await.unwrap_err().code, "not_confirmed");
        let mut stale = who.clone();
        if let Via::Session { stepped_up_at, .. } = &mut stale.via {
            *stepped_up_at = Timestamp::from_micros(0);
        }
        let refused = start(&stale, &plan, Some(both.clone())).await.unwrap_err();
        assert_eq!((refused.kind, refused.code.as_str()), (ErrorKind::Denied, "fresh_factor_needed"));
        assert_eq!(bulks(&site).await, 0, "nothing was started");
        let id = accepted(start(&who, &plan, Some(both)).await.unwrap());
        site.run_until_it_rests().await;
        assert_eq!(letters(&site, &id).await, "ss");
        for workload in &workloads {
            assert_eq!(state_of(&site, workload).await, WorkloadState::Released);
        }
        let view = site.console(&who).operation(id.clone()).await.unwrap();
        assert_eq!(view.danger, Danger::Destructive, "its page says what it can cost");
        site.keeps_its_promises(&id, "released").await;
    })
    .await;
}

#[tokio::test]
async fn a_second_person_approves_it_whole_and_no_child_is_asked_about_again() {
    on_both(async |db| {
        let (mut site, workloads) = two(db).await;
        site.needs_approval(site.project.as_str()).await;
        let plan = site
            .plans(&member(&site), &on(&site.project, "workload.release", &json!(workloads)))
            .await
            .unwrap();
        assert!(plan.approval.is_some());
        let id = accepted(site.starts(&member(&site), &plan, "k").await.unwrap());
        site.run_until_it_rests().await;
        assert_eq!(letters(&site, &id).await, "ww");
        let decides = async |who: &Principal, site: &Site| {
            let (choice, reason) = ("approve".to_owned(), "agreed".to_owned());
            let decision = Decision {
                choice,
                reason,
                questions: None,
                plan_hash: Some(plan.hash.clone()),
                confirmation: None,
            };
            site.console(who).decide(id.clone(), decision).await
        };
        assert_eq!(decides(&member(&site), &site).await.unwrap_err().code, "own_approval");
        let narrow = with_token(site.admin(), TokenScope::Operate);
        assert_eq!(decides(&narrow, &site).await.unwrap_err().kind, ErrorKind::Denied);
        decides(&site.admin(), &site).await.unwrap();
        site.run_until_it_rests().await;
        assert_eq!(letters(&site, &id).await, "ss");
        for workload in &workloads {
            assert_eq!(state_of(&site, workload).await, WorkloadState::Released);
        }
        site.keeps_its_promises(&id, "approved").await;
    })
    .await;
}

/// A release of two that stopped at its canary, because that one ended by itself before its turn.
async fn stopped_at_its_canary(db: Db) -> (Site, [WorkloadId; 2], OperationId) {
    let (mut site, workloads) = two(db).await;
    let scene = on(&site.project, "workload.release", &json!(workloads));
    let id = site.asks(&member(&site), &scene).await;
    site.agent.sees_end(&site.state, &workloads[0], 3).await;
    site.run_until_it_rests().await;
    (site, workloads, id)
}

#[tokio::test]
async fn to_go_on_destroying_needs_what_destroying_needs() {
    on_both(async |db| {
        let (mut site, workloads, id) = stopped_at_its_canary(db).await;
        assert_eq!(letters(&site, &id).await, "nw", "its plan is another by now");
        let question = site.console(&member(&site)).question(id.clone()).await.unwrap();
        let danger =
            |choice: &str| question.choices.iter().find(|one| one.id == choice).map(|one| one.danger);
        assert_eq!(danger("go_on"), Some(Danger::Destructive));
        assert_eq!(danger("stop_here"), Some(Danger::Safe));
        let narrow = with_token(member(&site), TokenScope::Operate);
        assert_eq!(site.decides(&narrow, &id, "go_on").await.unwrap_err().kind, ErrorKind::Denied);
        let mut stale = member(&site);
        if let Via::Session { stepped_up_at, .. } = &mut stale.via {
            *stepped_up_at = Timestamp::from_micros(0);
        }
        assert_eq!(site.decides(&stale, &id, "go_on").await.unwrap_err().code, "fresh_factor_needed");
        assert_eq!(state_of(&site, &workloads[1]).await, WorkloadState::Running);
        site.decides(&member(&site), &id, "go_on").await.unwrap();
        site.run_until_it_rests().await;
        assert_eq!(state_of(&site, &workloads[1]).await, WorkloadState::Released);
    })
    .await;
}
