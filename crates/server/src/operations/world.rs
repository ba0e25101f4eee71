//! The world that facts are read from and steps act on.

use super::bulk::StartsChildren;
use crate::authz::{SystemProof, system};
use crate::clock::Clock;
use crate::ids::Ids;
use crate::nodes::Hub;
use crate::secret::SealingKey;
use crate::state::AppState;
use crate::store::db::{Db, StoreError, Tx};
use crate::store::operations::{self as stored, fence};
use operations::{Attempt, FactsError, Observation, Trouble};
use read_models::ids::OperationId;
use read_models::time::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// What steps have: the store, the agents, the time. Cheap to clone.
#[derive(Clone, Debug)]
pub struct World {
    pub db: Db,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    pub hub: Hub,
    pub sealing: Arc<SealingKey>,
    pub proof: SystemProof,
    /// What checkpoints are checked with.
    pub evidence: evidence::PublicKey,
    /// This server's name among those that share the database, new at every start.
    pub instance: String,
    /// How an operation on many starts the operation of one of them.
    pub(crate) children: Arc<dyn StartsChildren>,
    /// Off only for the test that shows what fencing is for.
    pub fencing: bool,
}

impl World {
    /// The world of a running server.
    pub fn of(state: &AppState) -> Self {
        Self {
            db: state.db.clone(),
            clock: Arc::clone(&state.clock),
            ids: Arc::clone(&state.ids),
            hub: state.hub.clone(),
            sealing: Arc::clone(&state.sealing),
            evidence: state.evidence.public().clone(),
            proof: system::for_worker("operations"),
            instance: state.instance.clone(),
            children: (state.children)(state),
            fencing: !state.faults.no_fencing,
        }
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The token to write under: the worker's, or the one that opens the fence.
    pub fn token(&self, attempt: &Attempt) -> i64 {
        if self.fencing { attempt.fencing_token } else { -1 }
    }

    /// A transaction for an effect of a step; refused once another worker has the operation.
    pub async fn effect(&self, attempt: &Attempt) -> Result<Tx, Trouble> {
        let mut tx = self.db.begin().await.map_err(surely_nothing)?;
        fence(&mut tx, &self.proof, &attempt.operation, self.token(attempt)).await.map_err(surely_nothing)?;
        Ok(tx)
    }
}

/// Which operation a try is of.
pub(super) fn operation_of(attempt: &Attempt) -> Result<OperationId, Trouble> {
    OperationId::parse(&attempt.operation).map_err(|error| Trouble::Refused(error.to_string()))
}

/// Which operation a try is of, and who asked for it.
pub(super) async fn who_asked(world: &World, attempt: &Attempt) -> Result<(OperationId, String), Trouble> {
    let id = operation_of(attempt)?;
    let found = stored::find_system(&mut &world.db, &world.proof, &id).await;
    let by = found.map_err(surely_nothing)?.requested_by;
    Ok((id, by))
}

/// The effect of a step becomes true, or nobody knows.
pub(super) async fn commit(tx: Tx) -> Result<(), Trouble> {
    tx.commit()
        .await
        .map_err(|error| Trouble::Unknown(format!("The database did not say whether it kept it: {error}.")))
}

/// Before the commit nothing happened.
#[expect(clippy::needless_pass_by_value, reason = "`map_err` hands the error over")]
pub(super) fn surely_nothing(error: StoreError) -> Trouble {
    Trouble::Retry(format!("The database did not take it: {error}."))
}

/// The same for a step that asks an agent: this call did nothing, but one before it may have asked already.
#[expect(clippy::needless_pass_by_value, reason = "`map_err` hands the error over")]
pub(super) fn perhaps_asked(error: StoreError) -> Trouble {
    Trouble::Unknown(format!("The database did not answer: {error}."))
}

/// Looking did not work.
pub(super) fn cannot_look(error: &StoreError) -> Observation {
    let sentence = format!("The database does not answer: {error}.");
    Observation::CannotTell { sentence, look_again: Duration::from_secs(2) }
}

/// Facts that could not be read.
#[expect(clippy::needless_pass_by_value, reason = "`map_err` hands the error over")]
pub(super) fn no_facts(error: StoreError) -> FactsError {
    match error {
        StoreError::NotFound => FactsError::NoTarget,
        StoreError::Unavailable(_)
        | StoreError::Conflict { .. }
        | StoreError::LeaseLost
        | StoreError::Unstorable
        | StoreError::Corrupt { .. }
        | StoreError::Newer { .. } => FactsError::Unavailable(error.to_string()),
    }
}
