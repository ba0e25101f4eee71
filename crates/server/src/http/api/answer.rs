//! How the API answers: a resource is one flat object, a list is `{items, next_cursor}`. Both carry an `ETag` by which they
//! are not sent again unchanged ([`super::conditional`]).

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use read_models::ids::OperationId;
use read_models::paging::Page;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::http::Problem;
use crate::http::document::{Description, Reply};

const NOT_AGAIN: &str = "It is what `If-None-Match` names.";
const TAG: &str = "Changes when the answer does; its moment (`as_of`) is not looked at.";

/// One resource. What a page keeps in its `row` stands beside the rest here.
pub(super) struct One<T>(pub(super) T);

/// One resource that may hold a text which opens a door: nobody keeps a copy, and it has no `ETag`.
pub(super) struct Unkept<T>(pub(super) T);

/// A part of a list.
pub(super) struct Listed<T>(pub(super) Page<T>);

/// What was asked for is accepted, and goes on from here.
pub(super) struct Accepted<T> {
    pub(super) body: T,
    /// Where it can be followed.
    pub(super) place: Option<OperationId>,
}

impl<T: Serialize> IntoResponse for One<T> {
    fn into_response(self) -> Response {
        match serde_json::to_value(&self.0) {
            Ok(whole) => tagged(Value::Object(flat(whole))),
            Err(error) => unwritable(&error).into_response(),
        }
    }
}

impl<T: Serialize> IntoResponse for Unkept<T> {
    fn into_response(self) -> Response {
        match serde_json::to_value(&self.0) {
            Ok(whole) => {
                let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
                (no_store, Json(flat(whole))).into_response()
            }
            Err(error) => unwritable(&error).into_response(),
        }
    }
}

impl<T: Serialize> IntoResponse for Listed<T> {
    fn into_response(self) -> Response {
        match serde_json::to_value(&self.0) {
            Ok(page) => tagged(page),
            Err(error) => unwritable(&error).into_response(),
        }
    }
}

impl<T: Serialize> IntoResponse for Accepted<T> {
    fn into_response(self) -> Response {
        let mut response = (StatusCode::ACCEPTED, Json(self.body)).into_response();
        let place = self.place.and_then(|id| HeaderValue::from_str(&place_of(&id)).ok());
        if let Some(place) = place {
            response.headers_mut().insert(header::LOCATION, place);
        }
        response
    }
}

impl<T: JsonSchema> Reply for One<T> {
    fn describe(into: &mut Description<'_>) {
        into.answers_flat::<T>(200, "The resource.");
        may_be_unchanged(into);
    }
}

impl<T: JsonSchema> Reply for Unkept<T> {
    fn describe(into: &mut Description<'_>) {
        into.answers_flat::<T>(200, "The resource. It may hold a secret: keep no copy.");
    }
}

impl<T: JsonSchema> Reply for Listed<T> {
    fn describe(into: &mut Description<'_>) {
        into.answers_json::<Page<T>>(200, "A part of the list.");
        may_be_unchanged(into);
    }
}

impl<T: JsonSchema> Reply for Accepted<T> {
    fn describe(into: &mut Description<'_>) {
        into.answers_json::<T>(202, "It is durably accepted.");
        into.with_header(202, "Location", "Where it can be followed, when something new began.");
        into.refuses(409, "The state of things is in the way. Nothing was changed.");
    }
}

fn may_be_unchanged(into: &mut Description<'_>) {
    into.with_header(200, "ETag", TAG);
    into.takes_header("If-None-Match", false, "An `ETag` as it came: 304 when nothing has changed.");
    into.answers_empty(304, NOT_AGAIN);
}

/// Where an operation stands in the API.
pub(super) fn place_of(id: &OperationId) -> String {
    format!("/api/v1/operations/{id}")
}

/// With its `ETag`. Copies are kept only to be asked about again.
fn tagged(body: Value) -> Response {
    let tag = tag(&body);
    let mut response = Json(body).into_response();
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response
}

/// The row's fields first; where both have one of the same name (`command`) the resource's says more.
fn flat(whole: Value) -> Map<String, Value> {
    let Value::Object(mut whole) = whole else { return Map::new() };
    match whole.remove("row") {
        Some(Value::Object(mut row)) => {
            row.extend(whole);
            row
        }
        Some(_) | None => whole,
    }
}

/// Weak: the moment of the answer is not part of it.
fn tag(body: &Value) -> String {
    let mut body = body.clone();
    forget_moment(&mut body);
    let print = Sha256::digest(body.to_string());
    format!("W/\"{}\"", &hex::encode(print)[..32])
}

fn forget_moment(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.remove("as_of");
            members.values_mut().for_each(forget_moment);
        }
        Value::Array(items) => items.iter_mut().for_each(forget_moment),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn unwritable(error: &serde_json::Error) -> Problem {
    tracing::error!("an answer could not be written: {error}");
    Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        "The server met something it does not understand.",
    )
    .next("Give the request id to an administrator.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_row_is_spread_out_and_the_resource_says_more_than_its_row() {
        let whole = json!({ "as_of": "now", "row": { "id": "x", "command": "a …" }, "command": ["a", "b"] });
        assert_eq!(Value::Object(flat(whole)), json!({ "id": "x", "command": ["a", "b"], "as_of": "now" }));
    }

    #[test]
    fn the_moment_of_an_answer_changes_no_tag_and_everything_else_does() {
        let of = |state: &str, moment: u32| {
            let body = json!({ "as_of": moment, "frame": { "as_of": moment }, "state": state });
            tagged(body).headers()[header::ETAG].clone()
        };
        assert_eq!(of("ready", 1), of("ready", 2));
        assert_ne!(of("ready", 1), of("gone", 1));
    }
}
