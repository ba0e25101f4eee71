//! Where pages post their forms. They work before the script arrives and without it: each answers with 303 to a page.
//! What went wrong travels as a code or as a kept draft; the page has the sentence.

mod command_line;
mod decide;
mod input;
mod passkeys;
mod password;
mod plan;
mod preferences;
mod second_factor;
mod start;
mod typed;

use axum::Router;
use axum::response::Response;
use read_models::error::ConsoleError;

pub(super) use self::preferences::{keys_of, theme_of};
use super::sign_in::{escape, local, see_other};
use crate::state::AppState;

/// Every form but those of the entrance.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .merge(plan::routes())
        .merge(start::routes())
        .merge(password::routes())
        .merge(passkeys::routes())
        .merge(second_factor::routes())
        .merge(decide::routes())
        .merge(preferences::routes())
}

/// Back to the page with what went wrong.
fn back_with(page: &str, error: &ConsoleError) -> Response {
    back_with_code(page, &error.code)
}

fn back_with_code(page: &str, code: &str) -> Response {
    see_other(&with(page, &[("error", code)]))
}

/// The page the form stood on, when it is one of ours.
fn back(given: Option<&str>) -> &str {
    given.and_then(local).unwrap_or("/")
}

/// The page with these in its query, in place of what earlier attempts left there.
fn with(page: &str, added: &[(&str, &str)]) -> String {
    let page = page.split('#').next().unwrap_or_default();
    let (path, query) = page.split_once('?').unwrap_or((page, ""));
    let of_before = |pair: &&str| ["draft=", "error=", "changed="].iter().any(|name| pair.starts_with(name));
    let kept = query.split('&').filter(|pair| !pair.is_empty() && !of_before(pair)).map(str::to_owned);
    let added = added.iter().map(|(name, value)| format!("{name}={}", escape(value)));
    let query: Vec<_> = kept.chain(added).collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_gets_what_went_wrong_now_and_loses_what_went_wrong_before() {
        assert_eq!(with("/workloads", &[("error", "a b")]), "/workloads?error=a%20b");
        assert_eq!(
            with("/compute/launch?sku=1&draft=2&error=x#end", &[("draft", "3")]),
            "/compute/launch?sku=1&draft=3"
        );
        assert_eq!(with("/compute/launch?draft=2", &[]), "/compute/launch");
    }

    #[test]
    fn nobody_is_sent_to_another_site() {
        for bad in
            [None, Some("//evil.example"), Some("https://evil.example"), Some("/\\evil.example"), Some("x")]
        {
            assert_eq!(back(bad), "/");
        }
        assert_eq!(back(Some("/platform/nodes")), "/platform/nodes");
    }
}
