//! `GET /onboardings`, `GET /onboardings/{id}`.

use axum::Router;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use read_models::ids::OnboardingId;
use read_models::onboarding::OnboardingConsole as _;

use super::answer;
use super::input::{Asked, ReadId};
use crate::http::Problem;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/onboardings", get(onboardings)).route("/onboardings/{id}", get(onboarding))
}

async fn onboardings(Asked(asking): Asked, headers: HeaderMap) -> Result<Response, Problem> {
    answer::one(&asking.onboardings(None).await?, &headers)
}

async fn onboarding(
    Asked(asking): Asked,
    ReadId(id): ReadId<OnboardingId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    answer::one(&asking.onboarding(id, None, None).await?, &headers)
}
