//! `GET /platform/ops`.

use axum::Router;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use read_models::ops::OpsConsole as _;

use super::answer;
use super::input::Asked;
use crate::http::Problem;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/platform/ops", get(ops))
}

async fn ops(Asked(asking): Asked, headers: HeaderMap) -> Result<Response, Problem> {
    answer::one(&asking.ops().await?, &headers)
}
