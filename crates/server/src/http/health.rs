//! `/livez`, `/healthz`: the program runs. `/readyz`: it can work: the database answers and has our schema.

use axum::extract::State;
use axum::http::StatusCode;

use super::Problem;
use super::document::Endpoints;
use crate::state::AppState;
use crate::store::migrate;

pub(super) fn endpoints() -> Endpoints {
    Endpoints::under("", "About")
        .get("/livez", alive, "Does the program run?")
        .get("/healthz", healthy, "The same, under another name.")
        .get("/readyz", ready, "Can it work: does the database answer, with our schema?")
}

async fn alive() -> &'static str {
    "ok\n"
}

async fn healthy() -> &'static str {
    alive().await
}

async fn ready(State(state): State<AppState>) -> Result<&'static str, Problem> {
    let not_ready = |detail: &str| Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", detail);
    // Also while the question to the database is under way: whoever is told "ready" now sends requests for a while.
    let current = tokio::select! {
        biased;
        () = state.stopping.cancelled() => None,
        () = state.shutdown.cancelled() => None,
        current = migrate::is_current(&state.db) => Some(current),
    };
    let Some(current) = current else { return Err(not_ready("The server is stopping.")) };
    match current {
        Ok(true) => Ok("ready\n"),
        Ok(false) => Err(not_ready("The database is not at this program's schema.")),
        Err(error) => {
            error.log();
            Err(not_ready("The database does not answer."))
        }
    }
}
