//! The forms of the entrance: `POST /sign-in`, `/sign-in/first`, `/sign-out`. They work without script: each answers with
//! 303 to a page. What went wrong travels as a code only; the page has the sentence.

mod passkey;

use axum::Router;
use axum::extract::{Form, State};
use axum::http::header::{self, HeaderMap};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use read_models::navigation::Address;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use super::Problem;
use super::middleware::address::ClientAddress;
use super::middleware::principal::{COOKIE, HALF_COOKIE, cookie, half_cookie};
use crate::authn::{
    Credentials, FirstAdministrator, FirstRefused, NewSession, SecondHalf, SecondRefused, SignInRefused,
    SignedIn,
};
use crate::state::AppState;
use crate::store::half_sign_ins;
use crate::store::sessions::LIFETIME;

/// Where the page asks for a code.
const ASKS_CODE: &str = "/sign-in?then=code";
/// Where it asks for a passkey, or else a code.
const ASKS_PASSKEY: &str = "/sign-in?then=passkey";

pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/sign-in", post(sign_in))
        .route("/sign-in/code", post(second_half))
        .merge(passkey::routes())
        .route("/sign-in/first", post(first_administrator))
        .route("/sign-out", post(sign_out))
}

#[derive(Deserialize)]
struct SignInForm {
    email: String,
    password: SecretString,
    #[serde(default)]
    next: String,
}

#[derive(Deserialize)]
struct FirstForm {
    token: SecretString,
    email: String,
    password: SecretString,
}

async fn sign_in(
    State(state): State<AppState>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    Form(form): Form<SignInForm>,
) -> Result<Response, Problem> {
    let credentials = Credentials {
        email: form.email,
        password: form.password,
        address,
        device: device(&headers),
        old_cookie: cookie(&headers).map(str::to_owned),
    };
    match state.authn.sign_in(credentials).await {
        Ok(SignedIn::Whole(session)) => admitted(&state, &session, local(&form.next)).await,
        Ok(SignedIn::Half { key, wants }) => {
            let page = if wants.asks_for_passkey() { ASKS_PASSKEY } else { ASKS_CODE };
            let mut response = see_other(&format!("{page}{}", kept_next(&form.next)));
            set(&mut response, HALF_COOKIE, key.expose_secret(), half_sign_ins::LIFETIME.as_secs());
            Ok(response)
        }
        Err(refused) => refused_sign_in(refused, "/sign-in?", &form.next),
    }
}

#[derive(Deserialize)]
struct CodeForm {
    code: SecretString,
    /// Whether the page asks for a passkey first.
    #[serde(default)]
    passkey: bool,
    #[serde(default)]
    next: String,
}

/// The second half: the password was right, and a code is what is asked for.
async fn second_half(
    State(state): State<AppState>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    Form(form): Form<CodeForm>,
) -> Result<Response, Problem> {
    let given = SecondHalf {
        key: half_cookie(&headers).unwrap_or_default().to_owned(),
        code: form.code,
        address,
        device: device(&headers),
        old_cookie: cookie(&headers).map(str::to_owned),
    };
    match state.authn.second_half(given).await {
        Ok(session) => admitted_whole(&state, &session, &form.next).await,
        Err(SecondRefused::Over) => {
            Ok(see_other(&format!("/sign-in?error=half_over{}", kept_next(&form.next))))
        }
        Err(SecondRefused::Refused(refused)) => {
            let page = if form.passkey { ASKS_PASSKEY } else { ASKS_CODE };
            refused_sign_in(refused, &format!("{page}&"), &form.next)
        }
    }
}

/// Lets somebody in; half a sign-in that led here is over.
async fn admitted_whole(state: &AppState, session: &NewSession, next: &str) -> Result<Response, Problem> {
    let mut response = admitted(state, session, local(next)).await?;
    set(&mut response, HALF_COOKIE, "", 0);
    Ok(response)
}

fn kept_next(next: &str) -> String {
    local(next).map(|next| format!("&next={}", escape(next))).unwrap_or_default()
}

async fn first_administrator(
    State(state): State<AppState>,
    headers: HeaderMap,
    Form(form): Form<FirstForm>,
) -> Result<Response, Problem> {
    let (link, email) = (form.token.clone(), form.email.clone());
    let given = FirstAdministrator {
        link: form.token,
        email: form.email,
        password: form.password,
        device: device(&headers),
    };
    let code = match state.authn.first_administrator(given).await {
        Ok(session) => return admitted(&state, &session, None).await,
        Err(FirstRefused::Exists) => return Ok(see_other("/sign-in?error=administrator_exists")),
        Err(FirstRefused::Link) => return Ok(see_other("/sign-in/first?error=link_not_good")),
        Err(FirstRefused::Email) => "email_not_one",
        Err(FirstRefused::Password(problem)) => problem.code(),
        Err(FirstRefused::Store(error)) => return Err(error.into()),
        Err(FirstRefused::Hashing(error)) => return Err(broken(&error)),
    };
    // The link is still good: the form comes back with it, so that the person can mend what was wrong.
    Ok(see_other(&format!(
        "/sign-in/first?error={code}&token={}&email={}",
        escape(link.expose_secret()),
        escape(&email)
    )))
}

async fn sign_out(State(state): State<AppState>, headers: HeaderMap) -> Result<Response, Problem> {
    if let Some(key) = cookie(&headers) {
        state.authn.sign_out(key).await?;
    }
    let mut response = see_other("/sign-in?error=signed_out");
    set_cookie(&mut response, "", 0);
    Ok(response)
}

pub(super) async fn admitted(
    state: &AppState,
    session: &NewSession,
    next: Option<&str>,
) -> Result<Response, Problem> {
    let key = session.cookie.expose_secret();
    let landing = if let Some(next) = next {
        next.to_owned()
    } else {
        let principal = state.authn.by_cookie(key).await?;
        principal.map_or(Address::Workbench, |principal| principal.landing_address()).to_string()
    };
    Ok(with_session(see_other(&landing), &session.cookie))
}

/// Back to the page; what is in its query so far ends with a separator.
fn refused_sign_in(refused: SignInRefused, page: &str, next: &str) -> Result<Response, Problem> {
    let keep = kept_next(next);
    match refused {
        SignInRefused::Wrong => Ok(see_other(&format!("{page}error=wrong{keep}"))),
        SignInRefused::Wait(wait) => {
            let seconds = wait.as_secs().max(1);
            let mut response = see_other(&format!("{page}error=wait&seconds={seconds}{keep}"));
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            Ok(response)
        }
        SignInRefused::Store(error) => Err(error.into()),
        SignInRefused::Hashing(error) => Err(broken(&error)),
    }
}

pub(super) fn broken(error: &dyn std::error::Error) -> Problem {
    tracing::error!("{error}");
    Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        "The password could not be checked. Nothing was changed.",
    )
}

/// Where to go after signing in, when it is a path of ours: `//host` and `/\host` are other hosts to a browser.
pub(super) fn local(next: &str) -> Option<&str> {
    let safe = next.len() <= 500 && next.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    (safe && next.starts_with('/') && !next.starts_with("//")).then_some(next)
}

pub(super) fn device(headers: &HeaderMap) -> String {
    headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or("unknown").to_owned()
}

pub(super) fn see_other(location: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let value = HeaderValue::from_str(location).unwrap_or(HeaderValue::from_static("/sign-in"));
    response.headers_mut().insert(header::LOCATION, value);
    response
}

/// The answer with the key of a session that began, or goes on under another one.
pub(super) fn with_session(mut response: Response, key: &SecretString) -> Response {
    set_cookie(&mut response, key.expose_secret(), LIFETIME.as_secs());
    response
}

fn set_cookie(response: &mut Response, key: &str, seconds: u64) {
    set(response, COOKIE, key, seconds);
}

/// `Secure` also on plain loopback: browsers treat that as a secure context.
fn set(response: &mut Response, name: &str, key: &str, seconds: u64) {
    let cookie = format!("{name}={key}; Path=/; Max-Age={seconds}; HttpOnly; Secure; SameSite=Lax");
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// Percent-encodes what may not stand in a query's value.
pub(super) fn escape(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_ours_are_gone_to_after_signing_in() {
        assert_eq!(local("/workloads?view=all"), Some("/workloads?view=all"));
        for bad in
            ["", "workloads", "//evil.example", "/\\evil.example", "https://evil.example", "/a b", "/a\r\nb"]
        {
            assert_eq!(local(bad), None, "{bad}");
        }
    }
}
