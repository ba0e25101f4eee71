//! Gives each request an id: in the log lines written for it, in `x-request-id`, and in every problem.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tracing::Instrument as _;

use crate::http::Problem;
use crate::state::AppState;

/// The id of a request; handlers take it from the request's extensions.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

pub(super) async fn give(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let id = format!("req_{}", state.ids.uuid());
    let route = request.extensions().get::<MatchedPath>().map(|route| route.as_str().to_owned());
    let begun = Instant::now();
    let (method, path) = (request.method().clone(), loggable(request.uri().path()));
    request.extensions_mut().insert(RequestId(id.clone()));
    let span = tracing::info_span!("request", request.id = %id, %method, path);
    let response = answered(request, next, &id, &method).instrument(span).await;
    let (route, status) = (route.as_deref().unwrap_or("none"), response.status().as_u16());
    state.metrics.answered(route, word(&method), status, begun.elapsed());
    response
}

/// Methods nobody here takes are one: a client could make up as many as it likes.
fn word(method: &Method) -> &str {
    let known = [Method::GET, Method::HEAD, Method::POST];
    if known.contains(method) { method.as_str() } else { "other" }
}

/// The path as it may stand in a log: the link of an invitation is a secret.
fn loggable(path: &str) -> String {
    let with_secret = ["/invite/", "/api/v1/invitations/"].into_iter().find(|start| path.starts_with(start));
    with_secret.map_or_else(|| path.to_owned(), |start| format!("{start}…"))
}

async fn answered(request: Request, next: Next, id: &str, method: &Method) -> Response {
    let begun = Instant::now();
    let mut response = next.run(request).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let set = std::mem::take(response.headers_mut());
        response = problem.with_request_id(id).into_response();
        // Layers inside have added headers to the answer; those of the new body win, and its length is another.
        for (name, value) in &set {
            if !response.headers().contains_key(name) && name != header::CONTENT_LENGTH {
                response.headers_mut().insert(name.clone(), value.clone());
            }
        }
    }
    if let Ok(value) = HeaderValue::from_str(id) {
        response.headers_mut().insert("x-request-id", value);
    }
    let (status, took_ms) = (response.status().as_u16(), begun.elapsed().as_millis());
    if method.is_safe() {
        tracing::debug!(status, took_ms, "answered");
    } else {
        tracing::info!(status, took_ms, "answered");
    }
    response
}
