//! The loops: lease, perform, record; number events; notice silence; give slots back; forget what is past its time.
//!
//! Every loop ends when the server is asked to stop, and the engine's hands its leases back.

pub(crate) mod checkpoints;
pub(crate) mod engine;
mod measurements;
pub(crate) mod reclaim;
pub(crate) mod sequencer;

use crate::authz::system::for_worker;
use crate::nodes;
use crate::state::AppState;
use crate::store::{form_drafts, kept_secrets, plans};
use std::time::Duration;
use tokio_util::task::TaskTracker;
use tracing::warn;

/// Starts every loop.
pub fn start(state: &AppState, tracker: &TaskTracker) {
    tracker.spawn(engine::run(state.clone(), tracker.clone()));
    tracker.spawn(sequencer::run(state.clone()));
    tracker.spawn(every(state.clone(), Duration::from_secs(1), "notice silent nodes", |state| async move {
        nodes::silent::mark_unreachable(&state).await.map(|_| ())
    }));
    tracker.spawn(every(state.clone(), Duration::from_secs(2), "give slots back", |state| async move {
        reclaim::give_back(&state).await
    }));
    tracker.spawn(every(
        state.clone(),
        Duration::from_secs(5),
        "tidy what was counted",
        |state| async move {
            state.metrics.tidy();
            Ok(())
        },
    ));
    tracker.spawn(every(
        state.clone(),
        Duration::from_secs(10),
        "put measurements in buckets",
        |state| async move { measurements::turn(&state).await },
    ));
    tracker.spawn(every(
        state.clone(),
        Duration::from_mins(1),
        "forget old plans, forms and what was handed in",
        |state| async move {
            let (mut tx, now) = (state.db.begin().await?, state.clock.now());
            plans::sweep(&mut tx, now).await?;
            kept_secrets::sweep(&mut tx, now.minus(kept_secrets::REMEMBERED_FOR)).await?;
            form_drafts::sweep(&mut tx, now.minus(Duration::from_mins(30))).await?;
            tx.commit().await
        },
    ));
}

/// Does something again and again until the server stops. A failure is logged and the next turn looks again.
async fn every<F, R>(state: AppState, pause: Duration, what: &'static str, work: F)
where
    F: Fn(AppState) -> R,
    R: Future<Output = Result<(), crate::store::db::StoreError>>,
{
    loop {
        tokio::select! {
            () = state.shutdown.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        if let Err(error) = work(state.clone()).await {
            warn!(error = &error as &dyn std::error::Error, "could not {what}, looking again in {pause:?}");
        }
    }
}

/// The proof of these loops.
pub(crate) fn proof() -> crate::authz::SystemProof {
    for_worker("workers")
}
