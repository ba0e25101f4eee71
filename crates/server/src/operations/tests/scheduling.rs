//! Taking a node out of service and back: each hold has one way back, and its page offers that one (decision 0008).

use operations::OperationState;
use read_models::nodes::{NodeDetail, NodePolicy, NodesConsole as _};
use read_models::operation::OperationCard;
use read_models::operations::OperationsConsole as _;
use read_models::workloads::WorkloadState;
use serde_json::json;

use super::support::{Scene, Site, Trip, Trips, nothing};
use crate::store::testing::on_both;

/// Every operation that puts a node back into service.
const WAYS_BACK: [&str; 3] = ["node.resume", "node.enable_scheduling", "node.end_maintenance"];

impl Site {
    async fn page(&self) -> NodeDetail {
        self.console(&self.admin()).node(self.node.clone(), None).await.unwrap()
    }

    async fn does(&mut self, operation: &str, input: serde_json::Value) {
        let scene = Scene::on_node(operation, &self.node, input);
        let id = self.asks(&self.admin(), &scene).await;
        let state = self.settles(&id).await.record.state;
        assert_eq!(state, OperationState::Succeeded, "{operation}");
        self.keeps_its_promises(&id, "").await;
    }

    /// Only this way back is open; each other card names it. And it is what the page says to run next.
    async fn leads_back_by(&self, wanted: Option<&str>) {
        let page = self.page().await;
        for way in WAYS_BACK {
            let card = card(&page, way);
            assert_eq!(card.button.enabled, Some(way) == wanted, "{way}: {:?}", card.button);
            let blocker = card.preconditions.iter().find(|rule| !rule.holds);
            if let (Some(blocker), Some(wanted)) = (blocker, wanted) {
                assert_eq!(blocker.unblocked_by.as_deref(), Some(wanted), "{way}");
            }
        }
        assert_eq!(page.run_next.unwrap().operation, wanted.unwrap_or("node.probe"));
    }
}

fn card<'a>(page: &'a NodeDetail, operation: &str) -> &'a OperationCard {
    let mut cards = page.operations.iter().flat_map(|group| &group.cards);
    cards.find(|card| card.operation == operation).unwrap()
}

#[tokio::test]
async fn each_hold_has_one_way_back_and_the_other_cards_name_it() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        site.leads_back_by(None).await;

        site.does("node.disable_scheduling", json!({ "reason": "noisy fans" })).await;
        site.leads_back_by(Some("node.enable_scheduling")).await;
        site.does("node.enable_scheduling", nothing()).await;
        site.leads_back_by(None).await;

        site.does("node.drain", json!({})).await;
        site.leads_back_by(Some("node.resume")).await;
        site.does("node.resume", nothing()).await;

        // What was set before holds were written down was set by a drain.
        site.has_policy(NodePolicy::Cordoned).await;
        site.leads_back_by(Some("node.resume")).await;

        let why = json!({ "reason": "new fans", "ticket": "OPS-7", "expected_hours": 2 });
        site.does("node.begin_maintenance", why).await;
        site.leads_back_by(Some("node.end_maintenance")).await;
        site.does("node.end_maintenance", nothing()).await;
        assert_eq!(site.node().await.policy, NodePolicy::InService);
    })
    .await;
}

#[tokio::test]
async fn what_runs_goes_on_and_nothing_new_is_placed() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let workload = site.runs_a_workload().await;
        site.does("node.disable_scheduling", json!({ "reason": "noisy fans" })).await;
        assert_eq!(site.workload(&workload).await.state, WorkloadState::Running);
        let launch = site.launch();
        let plan = site.plans(&site.admin(), &launch).await.unwrap();
        assert_eq!(plan.blockers[0].code, "a_slot_is_free");
        let held = site.page().await.row.held.unwrap();
        assert!(held.sentence.ends_with(": noisy fans."), "{}", held.sentence);
        site.does("node.enable_scheduling", nothing()).await;
        assert!(site.plans(&site.admin(), &launch).await.unwrap().blockers.is_empty());
        assert_eq!(site.page().await.row.held, None);
    })
    .await;
}

#[tokio::test]
async fn a_drain_takes_a_cordon_over_and_gives_it_back_when_it_is_undone() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        site.does("node.disable_scheduling", json!({ "reason": "noisy fans" })).await;
        let before = site.node().await.policy_hold;
        let drain = Scene::on_node("node.drain", &site.node, json!({}));
        let id = site.asks(&site.admin(), &drain).await;
        site.trips = Trips::default();
        site.trips.at = Trip::DiesAfter(4);
        site.run_until_it_trips().await;
        site.console(&site.admin()).cancel(id.clone(), "not now".to_owned()).await.unwrap();
        assert_eq!(site.settles(&id).await.record.state, OperationState::Cancelled);
        assert_eq!((site.node().await.policy, site.node().await.policy_hold), (NodePolicy::Cordoned, before));
        site.leads_back_by(Some("node.enable_scheduling")).await;
        site.trips = Trips::default();
        site.does("node.drain", json!({})).await;
        site.leads_back_by(Some("node.resume")).await;
    })
    .await;
}

#[tokio::test]
async fn a_reason_is_one_line_that_says_something() {
    on_both(async |db| {
        let site = Site::on(db).await;
        let long = "x".repeat(201);
        for reason in [" ", "two\nlines", long.as_str()] {
            for operation in ["node.disable_scheduling", "node.begin_maintenance"] {
                let scene = Scene::on_node(operation, &site.node, json!({ "reason": reason }));
                let refused = site.plans(&site.admin(), &scene).await.unwrap_err();
                assert_eq!(refused.fields[0].pointer, "/reason", "{operation} {reason:?}");
            }
        }
        // It may be left out where nothing has to be explained to whoever owns the machine.
        let disable = Scene::on_node("node.disable_scheduling", &site.node, nothing());
        assert!(site.plans(&site.admin(), &disable).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn enabling_needs_no_agent_and_places_nothing_before_it_reports() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        site.does("node.disable_scheduling", nothing()).await;
        site.falls_silent().await;
        site.does("node.enable_scheduling", nothing()).await;
        let launch = site.launch();
        let plan = site.plans(&site.admin(), &launch).await.unwrap();
        assert_eq!(plan.blockers[0].code, "a_slot_is_free");
    })
    .await;
}
