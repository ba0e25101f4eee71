//! Leases operations that are due and carries them on.

mod journal;

use crate::operations::World;
use crate::state::AppState;
use crate::store::operations::{Leased, hand_back, lease_due};
pub(crate) use journal::StoreJournal;
use operations::{DriveError, Journal, JournalError, OperationRecord, Rest, drive};
use read_models::ids::OperationId;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;
use tracing::{Instrument as _, debug, error, info, info_span, warn};

/// Operations carried on at one time by one server.
const AT_ONCE: usize = 8;

/// Runs until the server stops, then waits for what is in the middle and hands its leases back.
pub(super) async fn run(state: AppState, tracker: TaskTracker) {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    while !state.shutdown.is_cancelled() {
        let free = places.available_permits();
        let leased = if free == 0 { Ok(Vec::new()) } else { take(&state, free).await };
        match leased {
            Ok(leased) => {
                for (id, leased) in leased {
                    let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
                    let state = state.clone();
                    let span =
                        info_span!("operation", operation.id = %id, operation.kind = leased.record.operation);
                    let work = async move {
                        carry_on(&state, &id, leased).await;
                        drop(place);
                        // Something else may be due, or a place is free for it.
                        state.hub.wake_workers();
                    };
                    tracker.spawn(work.instrument(span));
                }
            }
            Err(error) => {
                warn!(error = &error as &dyn std::error::Error, "could not look for work, looking again");
            }
        }
        tokio::select! {
            () = state.shutdown.cancelled() => {}
            () = state.hub.workers_woken() => {}
            () = tokio::time::sleep(state.timing.poll) => {}
        }
    }
    // Whoever is in the middle stops at its next commit; only then are leases handed back.
    let all = u32::try_from(AT_ONCE).unwrap_or(1);
    let _ = places.acquire_many(all).await;
    match hand_back(&state.db, &super::proof(), &state.instance, state.clock.now()).await {
        Ok(0) => {}
        Ok(count) => info!(count, "handed {count} leases back"),
        Err(error) => {
            warn!(error = &error as &dyn std::error::Error, "could not hand leases back, they run out");
        }
    }
}

/// Leases what is due.
pub(crate) async fn take(
    state: &AppState,
    limit: usize,
) -> Result<Vec<(OperationId, Leased)>, crate::store::db::StoreError> {
    let limit = i64::try_from(limit).unwrap_or(1);
    lease_due(&state.db, &super::proof(), &state.instance, state.timing.lease, &*state.clock, limit).await
}

/// Carries on what was leased, and says in the log how that went.
pub(crate) async fn carry_on(state: &AppState, id: &OperationId, leased: Leased) {
    let (token, mut record) = (leased.fencing_token, leased.record.clone());
    let mut journal = StoreJournal::new(state, id.clone(), leased);
    match work(state, &mut record, token, &mut journal).await {
        Ok(rest) => debug!(?rest, "operation rests"),
        Err(DriveError::Journal(JournalError::LeaseLost)) => {
            warn!(fencing_token = token, "lost the lease, another worker has the operation");
        }
        Err(DriveError::Journal(JournalError::Unavailable(why))) if !state.shutdown.is_cancelled() => {
            warn!(why, "stopped in the middle, the operation is looked at again");
        }
        Err(DriveError::Journal(JournalError::Unavailable(why))) => {
            debug!(why, "stopped in the middle, the operation is looked at again");
        }
        // `drive` takes it in and rests; here it could only be a defect.
        Err(DriveError::Journal(JournalError::HeldBack(hold))) => {
            error!(on = hold.on, "held back where nothing begins, the lease runs out");
        }
        Err(DriveError::Unreadable { operation, why }) => {
            error!(operation, why, "operation {operation} cannot be carried on by this program");
            journal.set_aside(&mut record, &why).await;
        }
    }
}

/// Carries an operation on under its lease until it rests.
pub(crate) async fn work(
    state: &AppState,
    record: &mut OperationRecord,
    fencing_token: i64,
    journal: &mut dyn Journal,
) -> Result<Rest, DriveError> {
    let world = World::of(state);
    let clock = Arc::clone(&state.clock);
    let now = move || clock.now().as_micros();
    drive(&state.register, &world, journal, record, fencing_token, &now).await
}
