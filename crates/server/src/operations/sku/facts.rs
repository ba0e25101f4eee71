//! The facts of a SKU, and the rule that what is retired stays so.

use super::super::world::{World, no_facts};
use crate::store::skus::{self, Sku};
use operations::{Blocker, FactsError, Lock};
use read_models::ids::SkuId;

/// A SKU.
pub(crate) struct SkuFacts {
    pub(super) sku: Sku,
}

impl SkuFacts {
    pub(super) async fn load(world: &World, target: &str) -> Result<Self, FactsError> {
        let id = SkuId::parse(target).map_err(|_| FactsError::NoTarget)?;
        let sku = skus::find(&mut &world.db, &world.proof, &id).await.map_err(no_facts)?;
        Ok(Self { sku })
    }

    /// Rule: what is not offered is neither changed nor retired.
    pub(super) fn is_offered(&self) -> Result<(), Blocker> {
        if self.sku.retired_at.is_some() {
            return Err(
                Blocker::new("It is retired: create another SKU in its place.").unblocked_by("sku.create")
            );
        }
        Ok(())
    }
}

/// The lock of everything that is done with it.
pub(super) fn lock(target: &str) -> Lock {
    Lock::exclusive(format!("sku/{target}"))
}
