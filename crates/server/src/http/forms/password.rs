//! `POST /account/password`: the present password and a new one become the plan of `password.change`.
//!
//! Nothing of either is kept when it is refused: no draft is made, and the page has the sentence.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use read_models::error::ConsoleError;
use read_models::navigation::Address;
use read_models::operation::{PlanRequest, Target, TargetKind};
use read_models::operations::OperationsConsole as _;
use secrecy::SecretString;
use serde_json::json;

use super::typed::{Again, Typed};
use super::{back_with, back_with_code, see_other};
use crate::console::check_new_password;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/account/password", post(change))
}

async fn change(State(state): State<AppState>, typed: Typed) -> Response {
    let page = Address::AccountSecurity.to_string();
    let secret = |name: &str| SecretString::from(typed.field(name).unwrap_or_default());
    let (present, new) = (secret("present"), secret("new"));
    if let Err(error) = check_new_password(&new, &present, &typed.who().email) {
        return back_with(&page, &error);
    }
    let again = match typed.asking_with_password(&state, &present).await {
        Ok(again) => again,
        Err(code) => return back_with_code(&page, code),
    };
    let answer = match plan(&again, new).await {
        Ok(place) => see_other(&place),
        Err(error) => back_with(&page, &error),
    };
    again.answered(answer)
}

async fn plan(again: &Again, new: SecretString) -> Result<String, ConsoleError> {
    let kept = again.asking.keep_password(new).await?;
    let target = Target { kind: TargetKind::User, id: again.who.user_id.to_string() };
    let input = json!({ "password": kept.reference });
    let plan =
        again.asking.plan(PlanRequest { operation: "password.change".to_owned(), target, input }).await?;
    Ok(Address::Plan(plan.id).to_string())
}
