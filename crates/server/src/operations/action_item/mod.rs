//! Operations on what needs an operator: leave it alone for a while, or bring it back before.

pub(super) mod acknowledge;
pub(super) mod reopen;

use super::world::{World, cannot_look, commit, no_facts, surely_nothing};
use crate::facts::{ActionItems, ItemKey};
use crate::store::acknowledgements::{self, Acknowledgement};
use crate::store::db::StoreError;
use operations::{Attempt, FactsError, Lock, Observation, Performed, Trouble};
use serde_json::json;

/// Everything that needs an operator, and which item is meant.
pub(crate) struct Facts {
    items: ActionItems,
    about: Option<ItemKey>,
}

impl Facts {
    /// `target` is the platform: there is no other queue.
    async fn load(world: &World, target: &str, item: Option<&str>) -> Result<Self, FactsError> {
        if target != "platform" {
            return Err(FactsError::NoTarget);
        }
        let about = item.filter(|item| !item.is_empty());
        let about = about.map(|item| ItemKey::parse(item).ok_or_else(not_a_key)).transpose()?;
        Ok(Self { items: ActionItems::load(world).await.map_err(no_facts)?, about })
    }

    /// Two that acknowledge at one time decide one after the other.
    fn lock() -> Vec<Lock> {
        vec![Lock::exclusive("action_items".to_owned())]
    }
}

fn not_a_key() -> FactsError {
    let sentence = "Choose one of the items that need action.";
    FactsError::Input(vec![operations::InputError::at("/item", sentence)])
}

/// Writes them down, and forgets what has expired.
async fn keep(
    world: &World,
    attempt: &Attempt,
    acknowledged: &[Acknowledgement],
) -> Result<Performed, Trouble> {
    let mut tx = world.effect(attempt).await?;
    acknowledgements::forget_expired(&mut tx, &world.proof, world.now()).await.map_err(surely_nothing)?;
    for one in acknowledged {
        acknowledgements::keep(&mut tx, &world.proof, one).await.map_err(surely_nothing)?;
    }
    commit(tx).await?;
    Ok(Performed::Acknowledged("It is written down.".to_owned()))
}

/// What is written down about an item.
async fn found(world: &World, item: &str) -> Result<Option<Acknowledgement>, StoreError> {
    let good = acknowledgements::good(&mut &world.db, &world.proof, world.now()).await?;
    Ok(good.into_iter().find(|one| one.item == item))
}

/// Whether an item is left alone, as an observation.
async fn seen_left_alone(world: &World, item: &str) -> Observation {
    match found(world, item).await {
        Ok(Some(one)) => Observation::seen(
            "It is left alone, and comes back when that expires.",
            json!({ "until": one.until }),
        ),
        Ok(None) => Observation::Absent("It is not left alone.".to_owned()),
        Err(error) => cannot_look(&error),
    }
}
