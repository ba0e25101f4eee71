//! Who looks after an operation in tests: one that got stuck, and what must hold whenever handing it over is over.

use operations::OperationState;
use read_models::ids::OperationId;
use read_models::operation::TargetKind;
use serde_json::json;

use super::{Scene, Site, nothing, proof, target};
use crate::args;
use crate::authz::Role;
use crate::authz::testing::person;
use crate::store::hand_overs;
use crate::store::operations::StoredOperation;

/// As if taking it back had not worked.
const GOT_STUCK: &str = "UPDATE operation SET state = 'stuck',
    record = replace(replace(record, '\"state\":\"succeeded\"', '\"state\":\"stuck\"'),
    '\"debris\":[]', '\"debris\":[\"Something is left.\"]') WHERE id = $1";

impl Site {
    /// An operation on the node that is stuck.
    pub(crate) async fn has_got_stuck(&mut self) -> OperationId {
        let probe = Scene::on_node("node.probe", &self.node.clone(), nothing());
        let id = self.asks(&self.admin(), &probe).await;
        self.settles(&id).await;
        self.state.db.execute(GOT_STUCK, args![&id]).await.unwrap();
        assert_eq!(self.operation(&id).await.record.state, OperationState::Stuck);
        id
    }

    /// Handing an operation over to somebody who has such a role.
    pub(crate) fn hands(about: &OperationId, to: Role) -> Scene {
        let to = person(to, crate::authz::Scope::Platform).email;
        let input = json!({ "to": to, "note": "Its disk was swapped." });
        let target = target(TargetKind::Operation, about.as_str());
        Scene { operation: "operation.hand_over".to_owned(), target, input }
    }

    /// Taking it back.
    pub(crate) fn takes_back(about: &OperationId) -> Scene {
        let target = target(TargetKind::Operation, about.as_str());
        Scene { operation: "operation.take_back".to_owned(), target, input: nothing() }
    }

    /// Each operation on who looks after one.
    pub(super) async fn care_scene(&mut self, operation: &str) -> Scene {
        let about = self.has_got_stuck().await;
        let hand_over = Self::hands(&about, Role::Operator);
        if operation == "operation.hand_over" {
            return hand_over;
        }
        let before = self.asks(&self.admin(), &hand_over).await;
        assert_eq!(self.settles(&before).await.record.state, OperationState::Succeeded);
        Self::takes_back(&about)
    }

    /// It is with whom the operation says it is.
    pub(super) async fn is_with_whom_it_says(&self, operation: &StoredOperation, context: &str) {
        let about = OperationId::parse(&operation.target.id).unwrap();
        let now = hand_overs::find(&mut &self.state.db, &proof(), &about).await.unwrap();
        let succeeded = operation.record.state == OperationState::Succeeded;
        if operation.record.state == OperationState::Stuck {
            return;
        }
        match operation.operation.as_str() {
            "operation.hand_over" => {
                assert_eq!(now.is_some_and(|now| now.operation == operation.id), succeeded, "{context}");
            }
            "operation.take_back" => assert_eq!(now.is_none(), succeeded, "{context}"),
            unknown => panic!("say what {unknown} promises"),
        }
    }
}
