//! What every session of this server would otherwise ask the database once a second, asked once for all of them: for whom a
//! command waits that another server wrote, and who speaks for its node no more. And what they would write one by one.
//!
//! With ten thousand agents connected, a question of each session is ten thousand questions a second.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use tracing::warn;

use super::{beats, proof};
use crate::state::AppState;
use crate::store::db::StoreError;
use crate::store::{commands, nodes};

/// How often heartbeats without news are written.
const BEATS: Duration = Duration::from_millis(250);
/// The questions are asked with every so many of those.
const QUESTIONS: u32 = 4;

/// Runs until the server stops.
pub(crate) async fn run(state: AppState) {
    let mut due = interval(BEATS);
    due.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut turn = 0_u32;
    while !state.shutdown.is_cancelled() {
        tokio::select! {
            () = state.shutdown.cancelled() => break,
            _ = due.tick() => {}
        }
        if let Err(error) = beats::write(&state).await {
            warn!(error = &error as &dyn std::error::Error, "could not write heartbeats, trying again");
        }
        turn = turn.wrapping_add(1);
        if turn.is_multiple_of(QUESTIONS)
            && let Err(error) = ask(&state).await
        {
            warn!(error = &error as &dyn std::error::Error, "could not look for commands, looking again");
        }
    }
    if let Err(error) = beats::write(&state).await {
        warn!(error = &error as &dyn std::error::Error, "could not write the last heartbeats");
    }
}

/// Rings for whom a command waits, and sends away who speaks no more.
async fn ask(state: &AppState) -> Result<(), StoreError> {
    // The sessions first: one that begins after this is in the database before it is here, and is not judged.
    let seats = state.hub.seats();
    if seats.is_empty() {
        return Ok(());
    }
    for node in commands::nodes_with_unanswered(&state.db, &proof()).await? {
        state.hub.notify_node(&node);
    }
    let speaking = nodes::speaking(&state.db, &proof()).await?;
    for (node, seat) in seats {
        if speaking.get(&node).is_none_or(|session| !seat.is_of(session)) {
            seat.replaced.cancel();
        }
    }
    Ok(())
}
