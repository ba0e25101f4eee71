//! `POST /operations/plans/{id}/start`: carry out the plan that was looked at.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use read_models::ids::PlanId;
use read_models::navigation::Address;
use read_models::operation::StartRequest;
use read_models::operations::{OperationsConsole as _, Started};

use super::typed::Typed;
use super::{back_with, back_with_code, see_other, with};
use crate::http::Problem;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/operations/plans/{id}/start", post(start))
}

async fn start(State(state): State<AppState>, Path(id): Path<String>, typed: Typed) -> Response {
    let Ok(plan) = PlanId::parse(&id) else {
        return Problem::new(StatusCode::NOT_FOUND, "not_found", "There is no such plan.").into_response();
    };
    let page = Address::Plan(plan).to_string();
    let again = match typed.asking_again(&state).await {
        Ok(again) => again,
        Err(code) => return back_with_code(&page, code),
    };
    let plan_hash = typed.field("plan_hash").unwrap_or_default().to_owned();
    // The page's own key: sending the form twice starts one operation, and a plan made anew starts another.
    let key = typed.field("idempotency_key").unwrap_or_default().to_owned();
    let confirmation = typed.field("confirmation").map(str::to_owned);
    let answer =
        match again.asking.start(StartRequest { plan_hash, confirmation, undo_window: true }, key).await {
            Ok(Started::Accepted { id, .. }) => see_other(&Address::Operation(id).to_string()),
            Ok(Started::Changed { fresh, .. }) => {
                see_other(&with(&Address::Plan(fresh.id).to_string(), &[("changed", "1")]))
            }
            Err(error) => back_with(&page, &error),
        };
    again.answered(answer)
}
