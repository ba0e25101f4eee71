//! `POST /operations/{id}/decisions` and `/cancel`: what a person decides about an operation, from its page.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use read_models::ids::OperationId;
use read_models::navigation::Address;
use read_models::operation::Decision;
use read_models::operations::OperationsConsole as _;

use super::typed::Typed;
use super::{back_with, back_with_code, see_other};
use crate::http::Problem;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/operations/{id}/decisions", post(decide))
        .route("/operations/{id}/cancel", post(cancel))
}

async fn decide(State(state): State<AppState>, Path(id): Path<String>, typed: Typed) -> Response {
    let Ok(id) = OperationId::parse(&id) else { return no_such_operation() };
    let page = Address::Operation(id.clone()).to_string();
    let again = match typed.asking_again(&state).await {
        Ok(again) => again,
        Err(code) => return back_with_code(&page, code),
    };
    let word = |name: &str| typed.field(name).unwrap_or_default().to_owned();
    let plan_hash = typed.field("plan_hash").map(str::to_owned);
    let confirmation = typed.field("confirmation").map(str::to_owned);
    let (choice, reason) = (word("choice"), word("reason"));
    let decision = Decision { choice, reason, questions: None, plan_hash, confirmation };
    let answer = match again.asking.decide(id, decision).await {
        Ok(_) => see_other(&page),
        Err(error) => back_with(&page, &error),
    };
    again.answered(answer)
}

async fn cancel(State(state): State<AppState>, Path(id): Path<String>, typed: Typed) -> Response {
    let Ok(id) = OperationId::parse(&id) else { return no_such_operation() };
    let page = Address::Operation(id.clone()).to_string();
    match typed.asking(&state).cancel(id, typed.field("reason").unwrap_or_default().to_owned()).await {
        Ok(_) => see_other(&page),
        Err(error) => back_with(&page, &error),
    }
}

fn no_such_operation() -> Response {
    Problem::new(StatusCode::NOT_FOUND, "not_found", "There is no such operation.").into_response()
}
