//! How a single resource is answered: one flat object, with an `ETag` by which it is not sent again unchanged.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::http::Problem;

/// One resource. What a page keeps in its `row` stands beside the rest here.
pub(super) fn one(resource: &impl Serialize, headers: &HeaderMap) -> Result<Response, Problem> {
    let whole = serde_json::to_value(resource).map_err(|error| unwritable(&error))?;
    let flat = flat(whole);
    let tag = tag(&flat);
    let known = headers.get_all(header::IF_NONE_MATCH).into_iter().filter_map(|value| value.to_str().ok());
    let unchanged = known
        .flat_map(|value| value.split(','))
        .any(|known| matches!(known.trim(), "*") || known.trim() == tag);
    let mut response =
        if unchanged { StatusCode::NOT_MODIFIED.into_response() } else { Json(flat).into_response() };
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    // Kept only to be asked about again.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    Ok(response)
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
fn tag(flat: &Map<String, Value>) -> String {
    let mut print = Sha256::new();
    for (name, value) in flat.iter().filter(|(name, _)| *name != "as_of") {
        print.update(name.as_bytes());
        print.update([0]);
        print.update(value.to_string().as_bytes());
        print.update([0]);
    }
    format!("W/\"{}\"", &hex::encode(print.finalize())[..32])
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
    fn the_same_thing_is_not_sent_twice_and_a_changed_one_is() {
        let asked = |tag: &str| HeaderMap::from_iter([(header::IF_NONE_MATCH, tag.parse().unwrap())]);
        let first = one(&json!({ "as_of": 1, "state": "ready" }), &HeaderMap::new()).unwrap();
        let tag = first.headers()[header::ETAG].to_str().unwrap().to_owned();
        let later = one(&json!({ "as_of": 2, "state": "ready" }), &asked(&tag)).unwrap();
        assert_eq!(later.status(), StatusCode::NOT_MODIFIED);
        let changed = one(&json!({ "as_of": 3, "state": "gone" }), &asked(&tag)).unwrap();
        assert_eq!(changed.status(), StatusCode::OK);
    }
}
