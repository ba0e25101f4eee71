//! Every operation, every role, in one's own project and in a foreign one: what the policy says is what happens.

use read_models::error::{ConsoleError, ErrorKind};
use read_models::ids::{OperationId, ProjectId};
use read_models::operation::{Decision, StartRequest};
use read_models::operations::OperationsConsole as _;

use super::super::register;
use super::support::account::user_of;
use super::support::{Scene, Site, is_of_evidence, scene};
use crate::authz::{Action, Principal, Resource, Role, Scope, allows, decide};
use crate::store::operations::MayStart;
use crate::store::testing::on_both;
use read_models::operation::TargetKind;

/// Everyone there is: platform roles once, tenant roles in this project and in the other one.
fn everyone(site: &Site) -> Vec<(Principal, String)> {
    let mut all = Vec::new();
    for role in Role::ALL {
        let scopes: Vec<Option<&ProjectId>> = if role.is_of_project() {
            vec![Some(&site.project), Some(&site.other_project)]
        } else {
            vec![None]
        };
        for project in scopes {
            let whose = match project {
                None => "the platform's",
                Some(id) if *id == site.project => "their own",
                Some(_) => "a foreign",
            };
            all.push((site.person(role, project), format!("{} of {whose}", role.key())));
        }
    }
    all
}

/// What the table says about carrying the operation out.
fn policy_allows(site: &Site, who: &Principal, operation: &str, kind: TargetKind) -> bool {
    let danger = register().find(operation).unwrap().declaration().danger;
    let mut action = MayStart::action_for(danger);
    let (resource, scope) = match kind {
        TargetKind::User => {
            action = Action::Administer;
            (Resource::Account, Scope::Person(user_of(Role::PlatformAdmin)))
        }
        TargetKind::People => {
            action = Action::Administer;
            (Resource::Invitations, Scope::Platform)
        }
        // About one on a node: who may act on that one may say who looks after it.
        TargetKind::Node | TargetKind::Operation => (Resource::Nodes, Scope::Platform),
        TargetKind::Sku => (Resource::Skus, Scope::Platform),
        TargetKind::Platform if operation.starts_with("sku.") => (Resource::Skus, Scope::Platform),
        TargetKind::Platform if operation.starts_with("bulk.") => (Resource::Nodes, Scope::Platform),
        TargetKind::Platform if is_of_evidence(operation) => (Resource::Evidence, Scope::Platform),
        TargetKind::EnrolmentToken | TargetKind::Onboarding | TargetKind::Platform => {
            (Resource::EnrolmentTokens, Scope::Platform)
        }
        TargetKind::Workload | TargetKind::Project => {
            (Resource::Workloads, Scope::Project(site.project.clone()))
        }
    };
    decide(who, action, resource, &scope).is_ok()
}

#[tokio::test]
async fn plans_are_made_for_whom_the_policy_allows_and_for_nobody_else() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        for operation in register().all() {
            let id = operation.declaration().id;
            site.begins_anew().await;
            let scene = scene(&mut site, id).await;
            let mut allowed = 0;
            for (who, name) in everyone(&site) {
                let may = policy_allows(&site, &who, id, scene.target.kind);
                let planned = site.plans(&who, &scene).await;
                assert_eq!(planned.is_ok(), may, "{id} by {name}: {planned:?}");
                allowed += u32::from(may);
                if let Err(refused) = planned {
                    is_refused(&refused, &format!("{id} by {name}"));
                }
            }
            assert!(allowed > 0, "{id}: nobody may");
        }
    })
    .await;
}

#[tokio::test]
async fn nobody_starts_cancels_or_decides_what_they_may_not_do() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        for operation in register().all() {
            let operation = operation.declaration().id;
            site.begins_anew().await;
            let scene = scene(&mut site, operation).await;
            let plan = site.plans(&site.admin(), &scene).await.unwrap();
            let id = site.asks(&site.admin(), &scene).await;
            for (who, name) in everyone(&site) {
                if policy_allows(&site, &who, operation, scene.target.kind) {
                    continue;
                }
                let context = format!("{operation} by {name}");
                is_refused(&start(&site, &who, &plan.hash).await, &context);
                is_refused(
                    &site.console(&who).cancel(id.clone(), String::new()).await.unwrap_err(),
                    &context,
                );
                let decision = Decision {
                    choice: "undo".to_owned(),
                    reason: String::new(),
                    questions: None,
                    plan_hash: None,
                    confirmation: None,
                };
                is_refused(&site.console(&who).decide(id.clone(), decision).await.unwrap_err(), &context);
            }
            assert!(site.operation(&id).await.record.cancel.is_none());
            site.settles(&id).await;
        }
    })
    .await;
}

async fn start(site: &Site, who: &Principal, hash: &str) -> ConsoleError {
    let request = StartRequest {
        plan_hash: hash.to_owned(),
        confirmation: Some("confirmed".to_owned()),
        undo_window: false,
    };
    site.console(who).start(request, "key".to_owned()).await.unwrap_err()
}

fn is_refused(error: &ConsoleError, context: &str) {
    assert!(matches!(error.kind, ErrorKind::Denied | ErrorKind::NotFound), "{context}: {error:?}");
    assert!(error.next_step.is_some(), "{context}: {error:?}");
}

#[tokio::test]
async fn an_operation_is_read_by_whom_the_policy_allows_and_is_not_there_for_others() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        for operation in ["node.probe", "workload.launch", "session.end"] {
            let scene: Scene = scene(&mut site, operation).await;
            let id: OperationId = site.asks(&site.admin(), &scene).await;
            site.settles(&id).await;
            let (project, target) = (site.operation(&id).await.project, scene.target);
            for (who, name) in everyone(&site) {
                let scope = Scope::of_target(&target, project.as_ref());
                let may = decide(&who, Action::Read, Resource::OperationRecords, &scope).is_ok();
                let (one, events) = (
                    site.console(&who).operation(id.clone()).await,
                    site.console(&who).events(id.clone(), page()).await,
                );
                assert_eq!((one.is_ok(), events.is_ok()), (may, may), "{operation} by {name}");
                if let Err(refused) = one.map(drop).and(events.map(drop)) {
                    let hidden = refused.kind == ErrorKind::NotFound;
                    assert!(
                        hidden || who.is_platform(),
                        "{operation} by {name}: a tenant learns that it exists"
                    );
                }
            }
        }
        assert!(allows(Role::Auditor, Action::Read, Resource::OperationRecords));
    })
    .await;
}

fn page() -> read_models::paging::PageRequest {
    read_models::paging::PageRequest::default()
}
