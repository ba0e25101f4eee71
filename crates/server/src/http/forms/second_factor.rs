//! `POST /account/totp`, `/account/totp/confirm`: an app's secret, and the code that shows the app has it.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use read_models::error::ConsoleError;
use read_models::ids::KeptSecretId;
use read_models::navigation::Address;
use read_models::operation::{PlanRequest, Target, TargetKind};
use read_models::operations::OperationsConsole as _;
use secrecy::SecretString;
use serde_json::json;

use super::typed::Typed;
use super::{back_with, back_with_code, see_other};
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/account/totp", post(begin)).route("/account/totp/confirm", post(confirm))
}

/// The page shows the secret to the browser that asked for it.
async fn begin(State(state): State<AppState>, typed: Typed) -> Response {
    let page = Address::AccountSecurity.to_string();
    match typed.asking(&state).begin_totp().await {
        Ok(_) => see_other(&format!("{page}#second-factor")),
        Err(error) => back_with(&page, &error),
    }
}

async fn confirm(State(state): State<AppState>, typed: Typed) -> Response {
    let page = Address::AccountSecurity.to_string();
    let Ok(reference) = KeptSecretId::parse(typed.field("reference").unwrap_or_default()) else {
        return back_with_code(&page, "totp_over");
    };
    match plan(&state, &typed, reference).await {
        Ok(place) => see_other(&place),
        Err(error) => back_with(&page, &error),
    }
}

async fn plan(state: &AppState, typed: &Typed, reference: KeptSecretId) -> Result<String, ConsoleError> {
    let asking = typed.asking(state);
    let code = SecretString::from(typed.field("code").unwrap_or_default());
    let kept = asking.confirm_totp(reference, code, typed.address().to_owned()).await?;
    let target = Target { kind: TargetKind::User, id: typed.who().user_id.to_string() };
    let input = json!({ "secret": kept.reference });
    let plan = asking.plan(PlanRequest { operation: "totp.add".to_owned(), target, input }).await?;
    Ok(Address::Plan(plan.id).to_string())
}
