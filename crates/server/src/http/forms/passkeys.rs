//! `POST /account/passkeys`, `/account/passkeys/ask`: a passkey that the browser had made, and a question for one there is.
//!
//! Only a script can have a browser answer. What it is given comes as JSON, what it answers in a form like every other.

use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use axum::{Json, Router};
use read_models::account::PasskeyQuestion;
use read_models::error::ConsoleError;
use read_models::navigation::Address;
use read_models::operation::{PlanRequest, Target, TargetKind};
use read_models::operations::OperationsConsole as _;
use serde_json::json;

use super::typed::Typed;
use super::{back_with, back_with_code, see_other};
use crate::authn::PasskeyAnswer;
use crate::http::Problem;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/account/passkeys", post(add))
        .route("/account/passkeys/new", post(ask_for_new))
        .route("/account/passkeys/ask", post(ask))
}

async fn ask_for_new(State(state): State<AppState>, typed: Typed) -> Result<Json<PasskeyQuestion>, Problem> {
    Ok(Json(typed.asking(&state).ask_for_new_passkey().await?))
}

async fn ask(State(state): State<AppState>, typed: Typed) -> Result<Json<PasskeyQuestion>, Problem> {
    Ok(Json(typed.asking(&state).ask_for_passkey().await?))
}

async fn add(State(state): State<AppState>, typed: Typed) -> Response {
    let page = Address::AccountSecurity.to_string();
    let Some(answer) = typed.passkey() else { return back_with_code(&page, "passkey_needs_script") };
    match plan(&state, &typed, answer).await {
        Ok(place) => see_other(&place),
        Err(error) => back_with(&page, &error),
    }
}

async fn plan(state: &AppState, typed: &Typed, answer: PasskeyAnswer) -> Result<String, ConsoleError> {
    let asking = typed.asking(state);
    let kept = asking.new_passkey(answer).await?;
    let target = Target { kind: TargetKind::User, id: typed.who().user_id.to_string() };
    let input = json!({ "name": typed.field("name").unwrap_or_default(), "passkey": kept.reference });
    let plan = asking.plan(PlanRequest { operation: "passkey.add".to_owned(), target, input }).await?;
    Ok(Address::Plan(plan.id).to_string())
}
