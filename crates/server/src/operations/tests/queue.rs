//! What needs an operator: left alone as far as somebody said, and back when that expires or when it changes.

use std::time::Duration;

use read_models::nodes::ActionItem;
use read_models::operation::OperationState;
use read_models::ops::{OpsConsole as _, OpsView};
use serde_json::json;

use super::support::{Scene, Site};
use crate::authz::Role;
use crate::store::testing::on_both;

async fn queue(site: &Site) -> OpsView {
    site.console(&site.admin()).ops(None, None).await.unwrap()
}

fn keys(items: &[ActionItem]) -> Vec<String> {
    items.iter().filter_map(|item| item.key.clone()).collect()
}

fn acknowledges(item: &str, scope: &str) -> Scene {
    let input = json!({ "item": item, "scope": scope, "reason": "Its switch is replaced.", "hours": 2 });
    Scene::on_platform("action_item.acknowledge", input)
}

async fn runs(site: &mut Site, scene: &Scene) {
    let id = site.asks(&site.admin(), scene).await;
    assert_eq!(site.settles(&id).await.state, OperationState::Succeeded);
}

#[tokio::test]
async fn one_item_is_left_alone_and_comes_back_when_that_expires() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let (first, second) = (site.somebody_knocks().await, site.somebody_knocks().await);
        assert_eq!(keys(&queue(&site).await.needs_action).len(), 2);
        runs(&mut site, &acknowledges(&first, "only_this")).await;
        let view = queue(&site).await;
        assert_eq!((keys(&view.needs_action), keys(&view.acknowledged)), (vec![second], vec![first.clone()]));
        let said = view.acknowledged[0].acknowledged.clone().unwrap();
        assert_eq!(said.reason, "Its switch is replaced.");
        assert!(view.safe_to_ignore.starts_with("1 item is acknowledged"), "{}", view.safe_to_ignore);
        // Not twice, and the way out is named.
        let again = site.plans(&site.admin(), &acknowledges(&first, "only_this")).await.unwrap();
        assert_eq!(again.blockers[0].unblocked_by.as_deref(), Some("action_item.reopen"));
        site.clock.advance(Duration::from_hours(2));
        let view = queue(&site).await;
        assert!(keys(&view.needs_action).contains(&first) && view.acknowledged.is_empty());
    })
    .await;
}

#[tokio::test]
async fn everything_of_a_kind_is_what_is_there_now_and_not_what_begins_later() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let (first, _) = (site.somebody_knocks().await, site.somebody_knocks().await);
        let plan = site.plans(&site.admin(), &acknowledges(&first, "everything_of_this_kind")).await.unwrap();
        assert_eq!(plan.steps[0].title.matches("refused at the door").count(), 2, "{}", plan.steps[0].title);
        runs(&mut site, &acknowledges(&first, "everything_of_this_kind")).await;
        assert!(queue(&site).await.needs_action.is_empty());
        let later = site.somebody_knocks().await;
        assert_eq!(keys(&queue(&site).await.needs_action), [later]);
    })
    .await;
}

#[tokio::test]
async fn the_same_trouble_that_begins_again_is_another_item() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        site.falls_silent().await;
        let silent = keys(&queue(&site).await.needs_action).remove(0);
        assert_eq!(silent, format!("node:{}:silent", site.node));
        runs(&mut site, &acknowledges(&silent, "everything_about_it")).await;
        assert!(queue(&site).await.needs_action.is_empty());
        site.is_heard_again().await;
        let view = queue(&site).await;
        assert!(view.needs_action.is_empty() && view.acknowledged.is_empty());
        site.falls_silent().await;
        assert_eq!(keys(&queue(&site).await.needs_action), [silent]);
    })
    .await;
}

#[tokio::test]
async fn nobody_without_the_right_acknowledges_and_a_wrong_item_is_told() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let item = site.somebody_knocks().await;
        let auditor = site.person(Role::Auditor, None);
        let refused = site.plans(&auditor, &acknowledges(&item, "only_this")).await.unwrap_err();
        assert_eq!(refused.code, "denied");
        for wrong in ["", "moon:1:2", "node:x", "incident:x:refused:y"] {
            let refused = site.plans(&site.admin(), &acknowledges(wrong, "only_this")).await.unwrap_err();
            assert_eq!(refused.fields[0].pointer, "/item", "{wrong}");
        }
        let gone = site.plans(&site.admin(), &acknowledges("incident:inc_gone:refused", "only_this")).await;
        assert_eq!(gone.unwrap().blockers[0].sentence, "It does not need action any more.");
        assert_eq!(keys(&queue(&site).await.needs_action), [item]);
    })
    .await;
}
