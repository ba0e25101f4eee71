//! `POST /session/project`, `/session/theme`, `/session/keys`: whose things are shown, in which colours, and whether keys
//! without a modifier do anything. No operations: nobody else is touched by them.

use app::{SingleKeys, Theme};
use axum::Router;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{self, HeaderMap};
use axum::response::Response;
use axum::routing::post;
use read_models::ids::ProjectId;

use super::typed::{Fields, Typed};
use super::{back, back_with, back_with_code, see_other, with};
use crate::state::AppState;

/// The cookie that remembers the colours. It is no secret and names nobody.
const COOKIE: &str = "slipway-theme";
/// The cookie that remembers whether keys without a modifier do anything.
const KEYS_COOKIE: &str = "slipway-keys";
const A_YEAR_S: u32 = 365 * 24 * 60 * 60;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/session/project", post(project))
        .route("/session/theme", post(theme))
        .route("/session/keys", post(keys))
}

/// The colours this browser asked for.
pub(crate) fn theme_of(headers: &HeaderMap) -> Theme {
    chosen(headers, COOKIE).and_then(Theme::parse).unwrap_or_default()
}

/// Whether keys without a modifier do anything in this browser.
pub(crate) fn keys_of(headers: &HeaderMap) -> SingleKeys {
    chosen(headers, KEYS_COOKIE).and_then(SingleKeys::parse).unwrap_or_default()
}

fn chosen<'a>(headers: &'a HeaderMap, cookie: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find_map(|(name, value)| (name == cookie).then_some(value))
}

async fn project(State(state): State<AppState>, typed: Typed) -> Response {
    let Some(project) = typed.field("project").and_then(|id| ProjectId::parse(id).ok()) else {
        return back_with_code(typed.back(), "bad_project");
    };
    match typed.asking(&state).use_project(project).await {
        Ok(()) => see_other(&with(typed.back(), &[])),
        Err(error) => back_with(typed.back(), &error),
    }
}

async fn theme(Fields(fields): Fields) -> Response {
    let page = back(fields.get("back").map(String::as_str));
    let Some(theme) = fields.get("theme").and_then(|word| Theme::parse(word)) else {
        return back_with_code(page, "bad_theme");
    };
    remembered(page, COOKIE, theme.key())
}

async fn keys(Fields(fields): Fields) -> Response {
    let page = back(fields.get("back").map(String::as_str));
    match fields.get("keys").and_then(|word| SingleKeys::parse(word)) {
        Some(keys) => remembered(page, KEYS_COOKIE, keys.key()),
        None => back_with_code(page, "bad_keys"),
    }
}

/// Back to the page, with a cookie that remembers a word.
fn remembered(page: &str, cookie: &str, word: &str) -> Response {
    let mut response = see_other(&with(page, &[]));
    let cookie = format!("{cookie}={word}; Path=/; Max-Age={A_YEAR_S}; HttpOnly; Secure; SameSite=Lax");
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_colours_are_read_from_the_cookie_and_nonsense_is_the_systems() {
        let asked =
            |cookie: &str| theme_of(&HeaderMap::from_iter([(header::COOKIE, cookie.parse().unwrap())]));
        assert_eq!(asked("a=b; slipway-theme=dark"), Theme::Dark);
        assert_eq!(asked("slipway-theme=pink"), Theme::System);
        assert_eq!(asked("xslipway-theme=dark"), Theme::System);
    }

    #[test]
    fn single_keys_are_on_until_this_browser_says_otherwise() {
        let asked =
            |cookie: &str| keys_of(&HeaderMap::from_iter([(header::COOKIE, cookie.parse().unwrap())]));
        assert_eq!(asked("slipway-theme=dark; slipway-keys=off"), SingleKeys::Off);
        assert_eq!(asked("slipway-keys=maybe"), SingleKeys::On);
    }
}
