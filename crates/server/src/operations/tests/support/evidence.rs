//! Evidence in tests: files of the audit, checks of the chain, checkpoints; and what must hold whenever an operation on them
//! is over.

use operations::OperationState;
use serde_json::json;

use super::{Scene, Site, proof};
use crate::clock::Clock as _;
use crate::store::events::{self, NewEvent};
use crate::store::operations::StoredOperation;
use crate::store::{chain, checkpoints, exports, verifications};
use crate::workers::sequencer;

/// Whether an operation is about what proves what happened.
pub(crate) fn is_of_evidence(operation: &str) -> bool {
    ["evidence.", "audit.", "checkpoint."].iter().any(|family| operation.starts_with(family))
}

impl Site {
    /// Something has happened already, whatever the operation is.
    pub(crate) async fn evidence_scene(&mut self, operation: &str) -> Scene {
        self.something_happens("It happened.", 3).await;
        let input = if operation == "evidence.export" { json!({ "format": "csv" }) } else { json!({}) };
        Scene::on_platform(operation, input)
    }

    /// Events of nobody's operation, numbered.
    pub(crate) async fn something_happens(&self, sentence: &str, times: usize) {
        let mut tx = self.state.db.begin().await.unwrap();
        for _ in 0..times {
            let event = NewEvent {
                at: self.clock.now(),
                kind: "test.happened",
                actor: "test".to_owned(),
                sentence: sentence.to_owned(),
                operation: None,
                step: None,
                project: None,
                resource: None,
                body: json!({}),
            };
            events::append(&mut tx, &*self.state.ids, event).await.unwrap();
        }
        tx.commit().await.unwrap();
        while sequencer::turn(&self.state).await.unwrap() > 0 {}
    }

    /// A file is there exactly when it was made; a check that was good is over; a checkpoint covers what was asked.
    pub(crate) async fn has_the_evidence_it_says(&self, operation: &StoredOperation, context: &str) {
        let (db, id) = (&self.state.db, &operation.id);
        let succeeded = operation.record.state == OperationState::Succeeded;
        match operation.operation.as_str() {
            "evidence.export" => {
                let made = exports::find(&mut &*db, &proof(), id).await.unwrap();
                let may_be = succeeded || !operation.record.debris.is_empty();
                assert!(if made.is_some() { may_be } else { !succeeded }, "{context}");
                assert!(made.is_none_or(|made| made.events > 0 && made.sha256.len() == 64), "{context}");
            }
            "audit.verify" => {
                let check = verifications::find(&mut &*db, &proof(), id).await.unwrap();
                let is_good =
                    check.is_some_and(|check| check.finished_at.is_some() && check.misfit.is_none());
                assert!(is_good || !succeeded, "{context}");
            }
            "checkpoint.publish" => {
                let own = chain::numbers(db, &proof(), id, 1).await.unwrap();
                let covered = checkpoints::covering(db, &proof(), own[0]).await.unwrap();
                assert!(covered.is_some() || !succeeded, "{context}");
            }
            unknown => panic!("say what {unknown} promises"),
        }
    }
}
