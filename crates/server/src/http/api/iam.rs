//! `GET /platform/iam/users`.

use axum::Router;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use read_models::iam::IamConsole as _;

use super::answer;
use super::input::Asked;
use crate::http::Problem;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/platform/iam/users", get(people))
}

async fn people(Asked(asking): Asked, headers: HeaderMap) -> Result<Response, Problem> {
    answer::one(&asking.people(None).await?, &headers)
}
