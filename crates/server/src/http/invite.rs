//! `POST /invite/{token}`, `/invite/{token}/accept`: coming in by an invitation. Each answers with 303 to a page; what went
//! wrong travels as a code only.

use axum::Router;
use axum::extract::{Form, Path, State};
use axum::http::HeaderValue;
use axum::http::header::{self, HeaderMap};
use axum::response::Response;
use axum::routing::post;
use read_models::navigation::Address;
use secrecy::SecretString;
use serde::Deserialize;

use super::Problem;
use super::middleware::address::ClientAddress;
use super::middleware::principal::MaybePrincipal;
use super::sign_in::{admitted, broken, device, escape, see_other};
use crate::authn::{InviteRefused, Invited};
use crate::state::AppState;
use crate::store::invitations::Standing;

pub(crate) fn routes() -> Router<AppState> {
    Router::new().route("/invite/{token}", post(come_in)).route("/invite/{token}/accept", post(accept))
}

#[derive(Deserialize)]
struct InviteForm {
    name: String,
    password: SecretString,
}

async fn come_in(
    State(state): State<AppState>,
    Path(secret): Path<String>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    Form(form): Form<InviteForm>,
) -> Result<Response, Problem> {
    let given = Invited {
        secret: SecretString::from(secret.clone()),
        name: form.name.clone(),
        password: form.password,
        address,
        device: device(&headers),
    };
    match state.authn.come_in(given).await {
        Ok(session) => admitted(&state, &session, None).await,
        Err(refused) => back(&secret, &form.name, refused),
    }
}

async fn accept(
    State(state): State<AppState>,
    Path(secret): Path<String>,
    MaybePrincipal(who): MaybePrincipal,
) -> Result<Response, Problem> {
    let Some(who) = who else { return back(&secret, "", InviteRefused::SignInFirst) };
    match state.authn.accept(&secret, &who).await {
        Ok(()) => Ok(see_other(&who.landing_address().to_string())),
        Err(refused) => back(&secret, "", refused),
    }
}

/// The page with what went wrong. The link itself says how it stands, whenever it is looked at.
fn back(secret: &str, name: &str, refused: InviteRefused) -> Result<Response, Problem> {
    let mut wait = None;
    let code = match refused {
        InviteRefused::Forged => "forged",
        InviteRefused::NotOpen(Standing::Used | Standing::Open) => "used",
        InviteRefused::NotOpen(Standing::Revoked) => "revoked",
        InviteRefused::NotOpen(Standing::Over) => "over",
        InviteRefused::Name => "name_not_one",
        InviteRefused::Password(problem) => problem.code(),
        InviteRefused::SignInFirst => "sign_in_first",
        InviteRefused::SomebodyElse => "somebody_else",
        InviteRefused::Wait(time) => {
            wait = Some(time.as_secs().max(1));
            "wait"
        }
        InviteRefused::Store(error) => return Err(error.into()),
        InviteRefused::Hashing(error) => return Err(broken(&error)),
    };
    let page = Address::Invitation { secret: secret.to_owned() };
    let seconds = wait.map(|seconds| format!("&seconds={seconds}")).unwrap_or_default();
    let mut response = see_other(&format!("{page}?error={code}&name={}{seconds}", escape(name)));
    if let Some(seconds) = wait {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}
