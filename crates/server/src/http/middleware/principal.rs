//! Finds out who asks: by the bearer token if there is one, else by the session cookie.

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::authz::Principal;
use crate::http::Problem;
use crate::state::AppState;

/// The name of the session cookie; the prefix makes browsers insist on `Secure`, `Path=/` and this very host.
pub const COOKIE: &str = "__Host-slipway";

/// The name of the cookie of a sign-in whose second factor is still to come. It opens nothing by itself.
pub const HALF_COOKIE: &str = "__Host-slipway-half";

/// Who asks, or nobody. In the extensions of every request.
#[derive(Clone, Debug)]
pub struct MaybePrincipal(pub Option<Principal>);

/// Who asks, as an argument of a handler; without anybody the answer is 401.
#[derive(Clone, Debug)]
pub struct Viewer(pub Principal);

pub(super) async fn recognise(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    // A bad token is refused and never falls back to the cookie: the layer before this relies on it.
    let found = match (bearer(request.headers()), cookie(request.headers())) {
        (Some(token), _) => match state.authn.by_token(token).await {
            Ok(None) => return bad_token().into_response(),
            found => found,
        },
        (None, Some(key)) => state.authn.by_cookie(key).await,
        (None, None) => Ok(None),
    };
    match found {
        Ok(principal) => {
            request.extensions_mut().insert(MaybePrincipal(principal));
            next.run(request).await
        }
        Err(error) => Problem::from(error).into_response(),
    }
}

/// The token in `Authorization: Bearer`; empty for another scheme, so that it is refused and not overlooked.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().unwrap_or_default();
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    Some(if scheme.eq_ignore_ascii_case("bearer") { token.trim() } else { "" })
}

/// The key in our cookie.
pub(crate) fn cookie(headers: &HeaderMap) -> Option<&str> {
    named(headers, COOKIE)
}

/// The key of a sign-in whose second factor is still to come.
pub(crate) fn half_cookie(headers: &HeaderMap) -> Option<&str> {
    named(headers, HALF_COOKIE)
}

fn named<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    let pairs = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    pairs
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == wanted && !value.is_empty()).then_some(value))
}

fn bad_token() -> Problem {
    Problem::new(
        axum::http::StatusCode::UNAUTHORIZED,
        "bad_token",
        "The API token is unknown, expired or revoked. Nothing was changed.",
    )
    .next("Make a new one: `slipway admin issue-token --email E --expires 30d`.")
}

impl<S: Send + Sync> FromRequestParts<S> for MaybePrincipal {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or(Self(None)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Viewer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let known = parts.extensions.get::<MaybePrincipal>().and_then(|found| found.0.clone());
        known.map(Self).ok_or_else(Problem::not_signed_in)
    }
}
