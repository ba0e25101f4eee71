//! `GET /api/openapi.json`: the API's document. `slipway openapi` prints the same, with no server running.

use std::sync::LazyLock;

use axum::Json;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::document::{Description, Endpoints, Reply};

/// It is the same for as long as the program runs.
static TAG: LazyLock<String> = LazyLock::new(|| {
    let print = Sha256::digest(super::document().to_string());
    format!("\"{}\"", &hex::encode(print)[..32])
});

pub(super) fn endpoints() -> Endpoints {
    Endpoints::under("/api", "About").get("/openapi.json", openapi, "This document. Anybody may read it.")
}

struct Document(&'static Value);

async fn openapi() -> Document {
    Document(super::document())
}

impl IntoResponse for Document {
    fn into_response(self) -> Response {
        let mut response = Json(self.0).into_response();
        if let Ok(tag) = HeaderValue::from_str(&TAG) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        response
    }
}

impl Reply for Document {
    fn describe(into: &mut Description<'_>) {
        into.answers(200, "The document.", "application/json", &json!({ "type": "object" }));
        into.with_header(200, "ETag", "Another one with another program.");
        into.takes_header("If-None-Match", false, "An `ETag` as it came: 304 when nothing has changed.");
        into.answers_empty(304, "It is what `If-None-Match` names.");
    }
}
