//! `GET /account/profile`, `/account/security`, `/account/sessions`: of whoever asks, and of nobody else.

use axum::Router;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use read_models::account::AccountConsole as _;

use super::answer;
use super::input::Asked;
use crate::http::Problem;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/account/profile", get(profile))
        .route("/account/security", get(security))
        .route("/account/sessions", get(sessions))
}

async fn profile(Asked(asking): Asked, headers: HeaderMap) -> Result<Response, Problem> {
    answer::one(&asking.profile(None).await?, &headers)
}

async fn security(Asked(asking): Asked, headers: HeaderMap) -> Result<Response, Problem> {
    answer::one(&asking.security(None).await?, &headers)
}

async fn sessions(Asked(asking): Asked, headers: HeaderMap) -> Result<Response, Problem> {
    answer::one(&asking.sessions(None).await?, &headers)
}
