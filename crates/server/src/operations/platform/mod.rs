//! Operations on the platform as a whole: let nothing begin for a while, and let it begin again.

pub(super) mod freeze;
pub(super) mod unfreeze;

use super::world::{World, cannot_look, commit, no_facts, surely_nothing};
use crate::store::standstill::{self, Standstill};
use operations::{Attempt, FactsError, Lock, Observation, Performed, Trouble};
use read_models::ids::OperationId;
use serde_json::json;

/// Whether it stands still.
pub(crate) struct Facts {
    standstill: Option<Standstill>,
}

impl Facts {
    /// `target` is the platform: there is no other.
    async fn load(world: &World, target: &str) -> Result<Self, FactsError> {
        if target != "platform" {
            return Err(FactsError::NoTarget);
        }
        let standstill = standstill::find(&mut &world.db, &world.proof).await.map_err(no_facts)?;
        Ok(Self { standstill })
    }

    /// Two that freeze or lift at one time decide one after the other.
    fn lock() -> Vec<Lock> {
        vec![Lock::exclusive("platform/standstill".to_owned())]
    }
}

/// Lets nothing begin.
async fn freeze(world: &World, attempt: &Attempt, new: &Standstill) -> Result<Performed, Trouble> {
    let mut tx = world.effect(attempt).await?;
    standstill::begin(&mut tx, &world.proof, new).await.map_err(surely_nothing)?;
    commit(tx).await?;
    Ok(Performed::Acknowledged("It is written down.".to_owned()))
}

/// Lets operations begin again; nothing happens when somebody else's freeze stands there by now.
async fn lift(world: &World, attempt: &Attempt, of: &OperationId) -> Result<Performed, Trouble> {
    let mut tx = world.effect(attempt).await?;
    let now = standstill::find(&mut tx, &world.proof).await.map_err(surely_nothing)?;
    if now.is_some_and(|standstill| standstill.operation == *of) {
        standstill::lift(&mut tx, &world.proof, world.now()).await.map_err(surely_nothing)?;
    }
    commit(tx).await?;
    world.hub.wake_workers();
    Ok(Performed::Acknowledged("It is written down.".to_owned()))
}

/// Whether this freeze stands, as an observation.
async fn seen_frozen(world: &World, of: &OperationId) -> Observation {
    match standstill::find(&mut &world.db, &world.proof).await {
        Ok(Some(standstill)) if standstill.operation == *of => {
            let evidence = json!({ "since": standstill.since, "reason": standstill.reason });
            Observation::seen("Every server reads that nothing begins.", evidence)
        }
        Ok(Some(_) | None) => Observation::Absent("Operations begin.".to_owned()),
        Err(error) => cannot_look(&error),
    }
}

/// Whether this freeze is gone, as an observation.
async fn seen_moving(world: &World, of: &OperationId) -> Observation {
    match standstill::find(&mut &world.db, &world.proof).await {
        Ok(Some(standstill)) if standstill.operation == *of => {
            Observation::Absent("The platform is still frozen.".to_owned())
        }
        Ok(found) => Observation::seen(
            "Every server reads that operations begin.",
            json!({ "another_freeze": found.map(|other| other.operation) }),
        ),
        Err(error) => cannot_look(&error),
    }
}
