//! What proves what happened, in the house of the tests.

use std::time::Duration;

use evidence::Checkpoint;
use read_models::audit::AuditSearch;
use read_models::ids::OperationId;
use server::authz::{SystemProof, system};
use server::clock::Clock as _;
use server::ids::{Ids as _, SystemIds};
use server::store::exports::{self, Export};
use server::store::{checkpoints, events};
use sha2::{Digest as _, Sha256};

use crate::house::House;

impl House {
    /// Somebody else may number events.
    pub(crate) async fn rests(&self) {
        events::hand_back(&self.state.db, &proof(), "test").await.unwrap();
    }

    /// A file was made of the audit.
    pub(crate) async fn exports(&self) -> OperationId {
        let id = OperationId::from_uuid(&SystemIds.uuid());
        let made = Export {
            operation: id.clone(),
            made_by: "auditor@example.org".to_owned(),
            made_at: self.clock.now(),
            format: "ndjson".to_owned(),
            search: AuditSearch::default(),
            upto: 0,
            events: 0,
            bytes: 0,
            sha256: hex::encode(Sha256::digest("")),
        };
        let mut tx = self.state.db.begin().await.unwrap();
        exports::put(&mut tx, &proof(), &made).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// The number of a checkpoint, signed now.
    pub(crate) async fn signed(&self) -> i64 {
        self.happens("It is signed.", None).await;
        let sign = |seq: i64, hash: &str| {
            Checkpoint::sign(&self.state.evidence, seq, hash, self.clock.now().as_micros())
        };
        let lease = ("test", Duration::from_mins(1));
        checkpoints::publish(&self.state.db, &proof(), lease, &*self.clock, sign).await.unwrap();
        checkpoints::newest(&self.state.db, &proof()).await.unwrap().unwrap().seq
    }
}

fn proof() -> SystemProof {
    system::for_worker("test")
}
