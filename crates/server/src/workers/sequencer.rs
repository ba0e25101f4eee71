//! Numbers and chains events, on one server at a time.

use super::checkpoints;
use crate::state::AppState;
use crate::store::db::StoreError;
use crate::store::events;
use std::time::Duration;
use tracing::warn;

/// Between the first event and its number.
const GATHER: Duration = Duration::from_millis(3);
/// Events numbered in one transaction.
const BATCH: i64 = 200;

/// Runs until the server stops. Whatever is committed but not numbered then is numbered by the next server.
pub(super) async fn run(state: AppState) {
    while !state.shutdown.is_cancelled() {
        match turn(&state).await {
            // A full batch: there is more.
            Ok(count) if count >= usize::try_from(BATCH).unwrap_or(usize::MAX) => continue,
            Ok(_) => {}
            Err(error) => {
                warn!(error = &error as &dyn std::error::Error, "could not number events, looking again");
            }
        }
        if let Err(error) = checkpoints::turn(&state).await {
            warn!(error = &error as &dyn std::error::Error, "could not sign a checkpoint, looking again");
        }
        tokio::select! {
            () = state.shutdown.cancelled() => {}
            // What is written in the next moment is numbered with it: a batch costs hardly more than one event.
            () = state.hub.events_written() => tokio::time::sleep(GATHER).await,
            () = tokio::time::sleep(state.timing.poll) => {}
        }
    }
    let _ = turn(&state).await;
    if let Err(error) = events::hand_back(&state.db, &super::proof(), &state.instance).await {
        warn!(
            error = &error as &dyn std::error::Error,
            "could not hand the sequencer's lease back, it runs out"
        );
    }
}

/// Numbers one batch of what is committed, if this server may.
pub(crate) async fn turn(state: &AppState) -> Result<usize, StoreError> {
    let proof = super::proof();
    let lease = state.timing.lease;
    let count = events::sequence(&state.db, &proof, &state.instance, lease, &*state.clock, BATCH).await?;
    let last = if count > 0 { events::last(&state.db).await? } else { return Ok(0) };
    state.feed.send_if_modified(|known| {
        let news = *known != last;
        *known = last;
        news
    });
    Ok(count)
}
