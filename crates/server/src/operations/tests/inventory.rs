//! `node.refresh_inventory`: only an inventory that was taken after the question counts.

use std::time::Duration;

use operations::OperationState;
use read_models::nodes::NodesConsole as _;

use super::support::{Kind, Manner, Scene, Site, nothing};
use crate::clock::Clock as _;
use crate::store::testing::on_both;

#[tokio::test]
async fn an_inventory_from_before_the_question_is_not_the_answer() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        site.clock.advance(Duration::from_mins(3));
        site.agent.beats(&site.state).await;
        let taken = site.node().await.inventory_taken_at().unwrap();
        // It says that it is done, heartbeats arrive, and yet what they tell was found out before.
        site.agent.answers(Kind::Inventory, Manner::Lies);
        let refresh = Scene::on_node("node.refresh_inventory", &site.node, nothing());
        let id = site.asks(&site.admin(), &refresh).await;
        let operation = site.settles(&id).await;
        assert_eq!(operation.record.state, OperationState::Failed);
        assert!(site.node().await.last_heartbeat_at.unwrap() > taken);
        assert_eq!(site.node().await.inventory_taken_at(), Some(taken));

        site.agent.manners.clear();
        let again = site.asks(&site.admin(), &refresh).await;
        assert_eq!(site.settles(&again).await.record.state, OperationState::Succeeded);
        assert!(site.node().await.inventory_taken_at().unwrap() > taken);
        site.keeps_its_promises(&again, "refreshed").await;
    })
    .await;
}

#[tokio::test]
async fn a_probe_does_not_take_the_inventory_anew_and_a_refresh_does() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        for operation in ["node.probe", "node.refresh_inventory"] {
            site.clock.advance(Duration::from_mins(1));
            let asked_at = site.clock.now();
            let scene = Scene::on_node(operation, &site.node, nothing());
            let id = site.asks(&site.admin(), &scene).await;
            assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded);
            let node = site.node().await;
            assert!(node.last_heartbeat_at.unwrap() >= asked_at);
            let is_anew = node.inventory_taken_at().unwrap() >= asked_at;
            assert_eq!(is_anew, operation == "node.refresh_inventory");
        }
        let view = site.console(&site.admin()).node(site.node.clone(), None).await.unwrap();
        let found_out = view.inventory.iter().find(|fact| fact.name == "Found out").unwrap();
        assert!(found_out.value.ends_with(" s ago"), "{}", found_out.value);
    })
    .await;
}

#[tokio::test]
async fn an_agent_of_an_older_version_refuses_it_and_the_operation_says_so() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        site.agent.answers(Kind::Inventory, Manner::Refuses);
        let refresh = Scene::on_node("node.refresh_inventory", &site.node, nothing());
        let id = site.asks(&site.admin(), &refresh).await;
        let operation = site.settles(&id).await;
        assert_eq!(operation.record.state, OperationState::Failed);
        let why = operation.record.steps[0].last_observation.clone().unwrap();
        assert!(why.contains("The agent refused"), "{why}");
    })
    .await;
}
