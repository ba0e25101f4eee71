//! The platform frozen in tests, and what must hold whenever an operation on that is over.

use operations::OperationState;
use read_models::ids::OperationId;
use serde_json::json;

use std::sync::Arc;

use super::{Scene, Site, nothing, proof};
use crate::secret::SealingKey;
use crate::state::AppState;
use crate::store::operations::StoredOperation;
use crate::store::standstill::{self, Standstill};

impl Site {
    /// Nothing begins, as if this operation had been asked for.
    pub(crate) async fn is_frozen(&self) -> OperationId {
        let operation = OperationId::from_uuid(&self.state.ids.uuid());
        let new = Standstill {
            operation: operation.clone(),
            reason: "Smoke in hall 2".to_owned(),
            by: "ops@example.org".to_owned(),
            since: self.state.clock.now(),
        };
        let mut tx = self.state.db.begin().await.unwrap();
        standstill::begin(&mut tx, &proof(), &new).await.unwrap();
        tx.commit().await.unwrap();
        operation
    }

    /// What holds operations back, or lets them go on.
    pub(crate) async fn held_back_scene(&self, operation: &str) -> Scene {
        match operation {
            "approval_policy.set" => {
                self.needs_no_approval().await;
                Scene::on_people(operation, "platform", json!({ "needs": "destructive" }))
            }
            "platform.unfreeze" => {
                self.is_frozen().await;
                Scene::on_platform(operation, nothing())
            }
            freeze => Scene::on_platform(freeze, json!({ "reason": "The link between the halls is down." })),
        }
    }

    /// A second server on the same database, with its own memory.
    pub(crate) async fn another_server(&self) -> AppState {
        let (db, clock, ids) =
            (self.state.db.clone(), Arc::clone(&self.state.clock), Arc::clone(&self.state.ids));
        let config = self.state.config.as_ref().clone();
        let sealing = SealingKey::from_text("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "test").unwrap();
        let mut state = AppState::open(db, clock, ids, config, sealing).await.unwrap();
        state.timing = self.state.timing;
        state
    }

    /// The platform is frozen exactly when the operation says so.
    pub(super) async fn stands_still_as_it_says(&self, operation: &StoredOperation, context: &str) {
        let frozen = standstill::find(&mut &self.state.db, &proof()).await.unwrap();
        let succeeded = operation.record.state == OperationState::Succeeded;
        if operation.record.state != OperationState::Stuck {
            let freezes = operation.operation == "platform.freeze";
            assert_eq!(frozen.is_some(), succeeded == freezes, "{context}");
            assert_eq!(
                frozen.is_some_and(|frozen| frozen.operation == operation.id),
                succeeded && freezes,
                "{context}"
            );
        }
    }
}
