//! `POST /sign-in/passkey/ask`, `/sign-in/passkey`: signing in with a passkey, after the password or without it.
//!
//! Without the password the question names nobody, and each wrong answer gets the same word: nothing says who is known here.

use axum::extract::{Form, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::post;
use axum::{Json, Router};
use read_models::account::PasskeyQuestion;
use secrecy::ExposeSecret as _;
use serde::Deserialize;

use super::{admitted_whole, device, escape, kept_next, refused_sign_in, see_other};
use crate::authn::{PasskeyAnswer, PasskeyRefused, PasskeySignIn};
use crate::console::Asking;
use crate::http::Problem;
use crate::http::middleware::address::ClientAddress;
use crate::http::middleware::principal::{cookie, half_cookie};
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/sign-in/passkey/ask", post(ask)).route("/sign-in/passkey", post(sign_in))
}

#[derive(Deserialize)]
struct AskForm {
    /// Whether the password came first.
    #[serde(default)]
    half: bool,
}

#[derive(Deserialize)]
struct AnswerForm {
    #[serde(default)]
    half: bool,
    #[serde(default)]
    passkey_key: String,
    #[serde(default)]
    passkey_answer: String,
    #[serde(default)]
    next: String,
}

async fn ask(
    State(state): State<AppState>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    Form(form): Form<AskForm>,
) -> Result<Json<PasskeyQuestion>, Problem> {
    let half = form.half.then(|| half_cookie(&headers).unwrap_or_default());
    match state.authn.ask_at_sign_in(half, &address).await {
        Ok(asked) => Ok(Json(PasskeyQuestion {
            key: asked.key.expose_secret().to_owned(),
            options: asked.options,
            good_until: asked.good_until,
        })),
        Err(refused) => Err(Asking::new(&state, None, None).passkey_refused(refused).into()),
    }
}

async fn sign_in(
    State(state): State<AppState>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    Form(form): Form<AnswerForm>,
) -> Result<Response, Problem> {
    let given = PasskeySignIn {
        answer: PasskeyAnswer { key: form.passkey_key, credential: form.passkey_answer, address },
        half: form.half.then(|| half_cookie(&headers).unwrap_or_default().to_owned()),
        device: device(&headers),
        old_cookie: cookie(&headers).map(str::to_owned),
    };
    let refused = match state.authn.sign_in_with_passkey(&given).await {
        Ok(session) => return admitted_whole(&state, &session, &form.next).await,
        Err(refused) => refused,
    };
    let page = if form.half { "/sign-in?then=passkey&" } else { "/sign-in?" };
    let back = |code: &str| Ok(see_other(&format!("{page}error={}{}", escape(code), kept_next(&form.next))));
    match refused {
        PasskeyRefused::Refused(crate::authn::SignInRefused::Wrong) => back("passkey_wrong"),
        PasskeyRefused::Refused(refused) => refused_sign_in(refused, page, &form.next),
        PasskeyRefused::Over => back("passkey_over"),
        PasskeyRefused::Copied => back("passkey_copied"),
        PasskeyRefused::NotHere(_) | PasskeyRefused::Known => back("passkeys_not_here"),
    }
}
