//! `node.begin_maintenance` and `node.end_maintenance`: only an empty machine is worked on, and it comes back looked at.

use std::time::Duration;

use operations::OperationState;
use read_models::nodes::{NodePolicy, NodesConsole as _};
use read_models::paging::PageRequest;
use serde_json::json;

use super::support::{Kind, Manner, Scene, Site, launched_by, nothing};
use crate::args;
use crate::nodes::silent;
use crate::store::testing::on_both;

const LATER: &str = "UPDATE operation SET wake_at = wake_at + 500 WHERE id = $1";

fn begin(site: &Site) -> Scene {
    Scene::on_node("node.begin_maintenance", &site.node, json!({ "reason": "new fans", "expected_hours": 2 }))
}

impl Site {
    /// Its agent is gone for long enough to be missed.
    pub(super) async fn falls_silent(&mut self) {
        self.agent.is_away = true;
        self.clock.advance(Duration::from_mins(10));
        silent::mark_unreachable(&self.state).await.unwrap();
    }

    async fn is_in_maintenance(&mut self) {
        let scene = begin(self);
        let id = self.asks(&self.admin(), &scene).await;
        assert_eq!(self.settles(&id).await.record.state, OperationState::Succeeded);
        self.keeps_its_promises(&id, "begun").await;
    }

    async fn needs_action(&self) -> Vec<(String, Option<String>)> {
        let view = self.console(&self.admin()).nodes_view(PageRequest::default(), None).await.unwrap();
        view.needs_action.into_iter().map(|item| (item.reason, item.next_operation)).collect()
    }
}

#[tokio::test]
async fn what_runs_is_in_the_way_and_the_drain_is_the_way_out() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        site.runs_a_workload().await;
        let plan = site.plans(&site.admin(), &begin(&site)).await.unwrap();
        let blocker = &plan.blockers[0];
        assert_eq!(blocker.code, "nothing_runs_here");
        assert_eq!(blocker.unblocked_by.as_deref(), Some("node.drain"));
        assert!(blocker.sentence.ends_with("runs here: drain the node first."), "{}", blocker.sentence);

        let drain = Scene::on_node("node.drain", &site.node, json!({ "grace_s": 10 }));
        let id = site.asks(&site.admin(), &drain).await;
        assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded);
        site.is_in_maintenance().await;
        let drain = site.plans(&site.admin(), &drain).await.unwrap();
        assert_eq!(drain.blockers[0].unblocked_by.as_deref(), Some("node.end_maintenance"));
    })
    .await;
}

#[tokio::test]
async fn what_is_placed_after_the_plan_was_made_is_not_pulled_away() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let (launch, begin) = (site.launch(), begin(&site));
        let id = site.asks(&site.admin(), &begin).await;
        let late = site.asks(&site.admin(), &launch).await;
        // Its slot is reserved before the maintenance takes its first step.
        site.state.db.execute(LATER, args![&id]).await.unwrap();
        site.work_once().await;
        assert!(site.holds_slot(&launched_by(&late)).await);
        assert_eq!(site.settles(&id).await.record.state, OperationState::Failed);
        site.settles(&late).await;
        assert_eq!(site.node().await.policy, NodePolicy::InService);
        assert!(site.agent.runs(&launched_by(&late)));
        site.keeps_its_promises(&id, "a late one").await;
    })
    .await;
}

#[tokio::test]
async fn a_silent_machine_can_be_worked_on_and_its_silence_is_no_alarm_until_its_time_is_over() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        site.falls_silent().await;
        assert!(site.needs_action().await[0].0.starts_with("No heartbeat"));
        let plan = site.plans(&site.admin(), &begin(&site)).await.unwrap();
        assert!(plan.steps[1].observed_by.as_ref().unwrap().contains("silent"));
        site.is_in_maintenance().await;
        assert_eq!(site.needs_action().await, []);
        let page = site.console(&site.admin()).node(site.node.clone(), None).await.unwrap();
        assert!(page.safe_to_ignore.unwrap().contains("somebody works on the machine"));
        assert!(page.row.held.unwrap().sentence.contains("new fans"));

        // Two hours were expected.
        site.clock.advance(Duration::from_hours(3));
        let needs = site.needs_action().await;
        assert_eq!(needs.len(), 1, "{needs:?}");
        assert_eq!(needs[0].1.as_deref(), Some("node.end_maintenance"));
        let end = Scene::on_node("node.end_maintenance", &site.node, nothing());
        let plan = site.plans(&site.admin(), &end).await.unwrap();
        assert_eq!(plan.blockers[0].code, "agent_is_online");
    })
    .await;
}

#[tokio::test]
async fn it_comes_back_only_with_an_inventory_from_after_the_work() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        site.is_in_maintenance().await;
        let hold = site.node().await.policy_hold;
        site.agent.answers(Kind::Inventory, Manner::Lies);
        let end = Scene::on_node("node.end_maintenance", &site.node, nothing());
        let id = site.asks(&site.admin(), &end).await;
        assert_eq!(site.settles(&id).await.record.state, OperationState::Failed);
        assert_eq!(
            (site.node().await.policy, site.node().await.policy_hold),
            (NodePolicy::Maintenance, hold)
        );
        site.agent.manners.clear();
        let before = site.node().await.inventory_taken_at();
        let id = site.asks(&site.admin(), &end).await;
        assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded);
        assert!(site.node().await.inventory_taken_at() > before);
        assert_eq!((site.node().await.policy, site.node().await.policy_hold), (NodePolicy::InService, None));
        site.keeps_its_promises(&id, "ended").await;
    })
    .await;
}

#[tokio::test]
async fn how_long_it_may_last_is_within_bounds() {
    on_both(async |db| {
        let site = Site::on(db).await;
        for hours in [0, 2161] {
            let input = json!({ "reason": "new fans", "expected_hours": hours });
            let scene = Scene::on_node("node.begin_maintenance", &site.node, input);
            let refused = site.plans(&site.admin(), &scene).await.unwrap_err();
            assert_eq!(refused.fields[0].pointer, "/expected_hours");
        }
    })
    .await;
}
