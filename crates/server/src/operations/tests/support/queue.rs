//! The queue of operators in tests: an item that needs action, and what must hold whenever an operation on one is over.

use std::time::Duration;

use operations::OperationState;
use read_models::nodes::NodeState;
use serde_json::json;

use super::{Scene, Site, proof};
use crate::facts::ActionItems;
use crate::store::incidents::{self, NewIncident};
use crate::store::nodes;
use crate::store::operations::StoredOperation;

impl Site {
    /// Somebody was refused at the door.
    pub(crate) async fn somebody_knocks(&mut self) -> String {
        let (sentence, kind) = ("Its clock is off.", self.fresh("knock-"));
        let new = NewIncident { kind: &kind, sentence, address: None, enrolment_token: None, node: None };
        let mut tx = self.state.db.begin().await.unwrap();
        incidents::record(&mut tx, &proof(), &new, self.state.clock.now(), &*self.state.ids).await.unwrap();
        tx.commit().await.unwrap();
        let newest = incidents::newest(&self.state.db, &proof(), 50).await.unwrap();
        let id = newest.into_iter().find(|incident| incident.kind == kind).unwrap().id;
        format!("incident:{id}:refused")
    }

    /// The node is heard again.
    pub(crate) async fn is_heard_again(&mut self) {
        self.clock.advance(Duration::from_secs(1));
        let mut tx = self.state.db.begin().await.unwrap();
        let heard = (NodeState::Unreachable, NodeState::Ready);
        assert!(
            nodes::set_state(&mut tx, &proof(), &self.node, heard, self.state.clock.now()).await.unwrap()
        );
        tx.commit().await.unwrap();
    }

    /// Each operation on what needs action.
    pub(crate) async fn queue_scene(&mut self, operation: &str) -> Scene {
        let item = self.somebody_knocks().await;
        let acknowledge = Scene::on_platform(
            "action_item.acknowledge",
            json!({ "item": item, "reason": "Known.", "hours": 700 }),
        );
        if operation == "action_item.acknowledge" {
            return acknowledge;
        }
        let before = self.asks(&self.admin(), &acknowledge).await;
        assert_eq!(self.settles(&before).await.state, read_models::operation::OperationState::Succeeded);
        Scene::on_platform(operation, json!({ "item": item }))
    }

    /// An item is left alone exactly when the operation says so.
    pub(super) async fn leaves_alone_what_it_says(&self, operation: &StoredOperation, context: &str) {
        let items = ActionItems::load(&crate::operations::World::of(&self.state)).await.unwrap();
        let all = items.all();
        let item = all.iter().find(|item| operation.input["item"] == item.key.to_string());
        let is_left_alone = item.is_some_and(|item| item.acknowledged.is_some());
        let succeeded = operation.record.state == OperationState::Succeeded;
        if operation.record.state != OperationState::Stuck {
            assert_eq!(
                is_left_alone,
                succeeded == (operation.operation == "action_item.acknowledge"),
                "{context}"
            );
        }
    }
}
