//! How a bulk starts its children: once for each try, only under the parent's lease, only what the person who asked may do
//! at that moment; and what is told of it.

use operations::OperationState;
use read_models::error::ErrorKind;
use read_models::ids::OperationId;
use read_models::operation::{BulkOutcome, PlanView};
use read_models::operations::OperationsConsole as _;
use read_models::paging::PageRequest;
use serde_json::json;

use super::super::World;
use super::super::bulk::{Child, ChildStart, selection_of};
use super::bulk::{bulk, letters, many, on_all};
use super::support::account::user_of;
use super::support::{Site, accepted, proof};
use crate::args;
use crate::authz::testing::with_token;
use crate::authz::{Role, TokenScope};
use crate::store::bulks;
use crate::store::db::Db;
use crate::store::testing::on_both;

/// The child whose turn comes first.
async fn first_child(site: &Site, parent: &OperationId) -> Child {
    let stored = site.operation(parent).await;
    let selection = selection_of(&stored.record.steps).unwrap();
    let one = &selection.included[0];
    Child {
        parent: parent.clone(),
        fencing_token: token(site, parent).await,
        position: 0,
        attempt: 1,
        operation: selection.operation.clone(),
        target: one.target.clone(),
        input: json!({}),
        plan_hash: one.plan_hash.clone(),
        looked: one.looked.clone(),
    }
}

async fn token(site: &Site, id: &OperationId) -> i64 {
    const TOKEN: &str = "SELECT fencing_token FROM operation WHERE id = $1";
    site.state.db.row(TOKEN, args![id]).await.unwrap().unwrap().int("fencing_token").unwrap()
}

async fn children(site: &Site) -> i64 {
    const ALL: &str = "SELECT COUNT(*) AS found FROM bulk_child";
    site.state.db.row(ALL, args![]).await.unwrap().unwrap().int("found").unwrap()
}

/// A bulk whose selection is written down and that has started nobody.
async fn selected(db: Db) -> (Site, OperationId, Child) {
    let mut site = many(db, 2).await;
    let scene = on_all(&site, "node.probe", &json!({}));
    let operator = site.person(Role::Operator, None);
    let id = site.asks(&operator, &scene).await;
    let child = first_child(&site, &id).await;
    (site, id, child)
}

#[tokio::test]
async fn however_often_a_try_is_repeated_there_is_one_child() {
    on_both(async |db| {
        let (site, _, child) = selected(db).await;
        let world = World::of(&site.state);
        let (one, other) = tokio::join!(world.children.start(&child), world.children.start(&child));
        assert_eq!((one, other), (ChildStart::Accepted, ChildStart::Accepted));
        // The worker died before it knew; the next one asks again.
        assert_eq!(world.children.start(&child).await, ChildStart::Accepted);
        assert_eq!(children(&site).await, 1);
        let next_try = Child { attempt: 2, ..child };
        assert_eq!(world.children.start(&next_try).await, ChildStart::Accepted);
        assert_eq!(children(&site).await, 2);
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_lost_the_lease_of_the_parent_starts_nothing() {
    on_both(async |db| {
        let (site, _, child) = selected(db).await;
        let stale = Child { fencing_token: child.fencing_token + 7, ..child };
        let world = World::of(&site.state);
        assert!(matches!(world.children.start(&stale).await, ChildStart::NotNow(_)));
        assert_eq!(children(&site).await, 0);
    })
    .await;
}

#[tokio::test]
async fn what_the_person_who_asked_may_not_do_any_more_is_not_started() {
    const NO_GRANTS: &str = "DELETE FROM role_grant WHERE user_id = $1";
    on_both(async |db| {
        let (mut site, id, _) = selected(db).await;
        site.state.db.execute(NO_GRANTS, args![&user_of(Role::Operator)]).await.unwrap();
        site.run_until_it_rests().await;
        let first = bulk(&site, &id).await.targets[0].clone();
        assert_eq!(first.outcome, BulkOutcome::NotStarted, "{first:?}");
        assert_eq!(children(&site).await, 0);
        assert_eq!(site.settles(&id).await.record.state, OperationState::Failed);
    })
    .await;
}

#[tokio::test]
async fn a_token_that_is_not_good_any_more_starts_nothing_and_one_that_may_only_read_plans_nothing() {
    on_both(async |db| {
        let mut site = many(db, 2).await;
        let scene = on_all(&site, "node.probe", &json!({}));
        let reads = with_token(site.admin(), TokenScope::Read);
        assert_eq!(site.plans(&reads, &scene).await.unwrap_err().kind, ErrorKind::Denied);
        // Nobody ever issued this one.
        let token = with_token(site.admin(), TokenScope::Operate);
        let plan: PlanView = site.plans(&token, &scene).await.unwrap();
        let id = accepted(site.starts(&token, &plan, "k").await.unwrap());
        site.run_until_it_rests().await;
        assert_eq!(letters(&site, &id).await.chars().next(), Some('n'));
        assert_eq!(children(&site).await, 0);
        let bulk = bulks::find(&mut &site.state.db, &proof(), &id).await.unwrap();
        assert!(bulk.token.is_some() && bulk.session.is_none());
    })
    .await;
}

#[tokio::test]
async fn the_audit_and_the_evidence_of_the_parent_name_its_children() {
    on_both(async |db| {
        let mut site = many(db, 2).await;
        let scene = on_all(&site, "node.probe", &json!({}));
        let id = site.asks(&site.admin(), &scene).await;
        site.settles(&id).await;
        site.keeps_its_promises(&id, "audit").await;
        let events = site.console(&site.admin()).events(id.clone(), PageRequest::default()).await.unwrap();
        let started: Vec<_> = events.items.iter().filter(|event| event.kind == "bulk.started").collect();
        assert_eq!(started.len(), 2);
        for target in bulk(&site, &id).await.targets {
            let child = target.operation.unwrap();
            assert!(started.iter().any(|event| event.sentence.contains(child.as_str())), "{started:?}");
            site.keeps_its_promises(&child, "a child").await;
        }
    })
    .await;
}
