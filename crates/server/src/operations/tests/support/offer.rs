//! SKUs in tests: one to change, and what must hold whenever an operation on one is over.

use operations::OperationState;
use read_models::ids::SkuId;
use read_models::operation::TargetKind;
use serde_json::{Value, json};

use super::{Scene, Site, nothing, proof, small, target};
use crate::store::db::StoreError;
use crate::store::operations::StoredOperation;
use crate::store::skus;

/// What it is to be called and to cost.
const CHANGED: (&str, &str, i64) = ("Smaller", "0.5", 50_000_000);

impl Site {
    /// A SKU on the offer that nothing runs with.
    async fn has_a_sku(&mut self) -> SkuId {
        let id = SkuId::from_uuid(&self.state.ids.uuid());
        let mut sku = small(&id, self.state.clock.now());
        sku.name = self.fresh("small-");
        let mut tx = self.state.db.begin().await.unwrap();
        skus::create(&mut tx, &proof(), &sku).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// Each operation on the offer.
    pub(crate) async fn offer_scene(&mut self, operation: &str) -> Scene {
        let (title, price, _) = CHANGED;
        let input = match operation {
            "sku.create" => return Scene::on_platform(operation, self.new_sku()),
            "sku.update" => json!({ "title": title, "price_per_hour": price }),
            _ => nothing(),
        };
        let sku = self.has_a_sku().await;
        Scene { operation: operation.to_owned(), target: target(TargetKind::Sku, sku.as_str()), input }
    }

    /// What `sku.create` is asked with.
    fn new_sku(&mut self) -> Value {
        json!({
            "name": self.fresh("made-"), "title": "Made", "placement": "slice", "cpus": 2, "memory_gib": 4,
            "gpu_model": "H200", "gpu_count": 1, "price_per_hour": "4.10"
        })
    }

    /// The one it was for is offered when it succeeded, and is not when it did not.
    pub(super) async fn has_the_sku_it_says(&self, operation: &StoredOperation, context: &str) {
        let id = SkuId::from_uuid(operation.id.digits());
        let is_offered = match skus::find(&mut &self.state.db, &proof(), &id).await {
            Ok(sku) => sku.retired_at.is_none(),
            Err(StoreError::NotFound) => false,
            Err(error) => panic!("{context}: {error}"),
        };
        if operation.record.state != OperationState::Stuck {
            assert_eq!(is_offered, operation.record.state == OperationState::Succeeded, "{context}");
        }
    }

    /// Changed or retired when it succeeded; else as it was, or somebody is told what is left.
    pub(super) async fn sku_is_as_it_says(&self, operation: &StoredOperation, context: &str) {
        let id = SkuId::parse(&operation.target.id).unwrap();
        let sku = skus::find(&mut &self.state.db, &proof(), &id).await.unwrap();
        let (title, _, price) = CHANGED;
        let is_so = match operation.operation.as_str() {
            "sku.update" => (sku.title.as_str(), sku.price_microcents_per_hour) == (title, price),
            "sku.retire" => sku.retired_at.is_some(),
            unknown => panic!("say what {unknown} promises"),
        };
        let state = operation.record.state;
        let may_be = state == OperationState::Succeeded || !operation.record.debris.is_empty();
        assert!(if is_so { may_be } else { state != OperationState::Succeeded }, "{context}");
    }
}
