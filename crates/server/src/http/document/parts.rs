//! What handlers take and give, as far as every endpoint may use it. The API's own extractors say theirs beside themselves.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::{Extension, Json};
use schemars::JsonSchema;

use super::Description;
use crate::http::middleware::address::ClientAddress;
use crate::http::{MaybePrincipal, Problem, Viewer};

/// An argument of a handler.
pub(crate) trait Part {
    /// What it takes of a request, and how it refuses.
    fn describe(into: &mut Description<'_>);
}

/// What a handler answers with.
pub(crate) trait Reply {
    fn describe(into: &mut Description<'_>);
}

impl<T> Part for State<T> {
    fn describe(_: &mut Description<'_>) {}
}

impl<T> Part for Extension<T> {
    fn describe(_: &mut Description<'_>) {}
}

/// Who takes all headers says with its answer which ones count.
impl Part for HeaderMap {
    fn describe(_: &mut Description<'_>) {}
}

/// Where it came from is no part of a request's words.
impl Part for ClientAddress {
    fn describe(_: &mut Description<'_>) {}
}

impl Part for MaybePrincipal {
    fn describe(_: &mut Description<'_>) {}
}

impl Part for Viewer {
    fn describe(into: &mut Description<'_>) {
        into.needs_somebody();
    }
}

impl<T: Reply> Reply for Result<T, Problem> {
    fn describe(into: &mut Description<'_>) {
        T::describe(into);
        into.refuses_otherwise();
    }
}

impl<T: JsonSchema> Reply for Json<T> {
    fn describe(into: &mut Description<'_>) {
        into.answers_json::<T>(200, "The answer.");
    }
}

/// A line for people and for what watches over programs.
impl Reply for &'static str {
    fn describe(into: &mut Description<'_>) {
        into.answers(200, "It is so.", "text/plain", &serde_json::json!({ "type": "string" }));
    }
}
