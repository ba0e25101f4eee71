//! Limits: the size of a body, the time an answer may take, and how much one person may ask at once.

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::LARGEST_BODY;
use super::principal::MaybePrincipal;
use crate::http::Problem;

/// How long an answer may take; streams have no end and are not limited.
const TIME: Duration = Duration::from_secs(30);
/// Requests of one person that are worked on at once.
const AT_ONCE: usize = 32;

/// Refuses a body that says it is too large; one that lies is cut off while it is read (`DefaultBodyLimit`).
pub(super) async fn body(request: Request, next: Next) -> Response {
    let length = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > LARGEST_BODY) {
        return Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            "The request is larger than 1 MiB. Nothing was changed.",
        )
        .into_response();
    }
    next.run(request).await
}

/// Gives up on an answer that takes too long.
pub(super) async fn time(request: Request, next: Next) -> Response {
    if is_stream(&request) {
        return next.run(request).await;
    }
    let safe = matches!(*request.method(), Method::GET | Method::HEAD);
    match tokio::time::timeout(TIME, next.run(request)).await {
        Ok(response) => response,
        Err(_) => too_slow(safe).into_response(),
    }
}

/// Who asks for what, at once. People are told apart by their account, strangers share one place.
#[derive(Clone, Debug, Default)]
pub(super) struct AtOnce(Arc<Mutex<HashMap<String, Arc<Semaphore>>>>);

/// Refuses a person's request when too many of theirs are being worked on. Streams are counted by the feed.
pub(super) async fn at_once(State(limit): State<AtOnce>, request: Request, next: Next) -> Response {
    let known = request.extensions().get::<MaybePrincipal>().and_then(|found| found.0.as_ref());
    let Some(name) = known.map(|principal| principal.user_id.to_string()).filter(|_| !is_stream(&request))
    else {
        return next.run(request).await;
    };
    match limit.take(&name) {
        Some(_place) => next.run(request).await,
        None => Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_at_once",
            "Too many of your requests are being worked on.",
        )
        .next("Wait for answers before asking more.")
        .retry_after(Duration::from_secs(1))
        .into_response(),
    }
}

impl AtOnce {
    fn take(&self, name: &str) -> Option<OwnedSemaphorePermit> {
        let mut people = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if people.len() > 1024 {
            people.retain(|_, places| places.available_permits() < AT_ONCE);
        }
        let places = people.entry(name.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE)));
        Arc::clone(places).try_acquire_owned().ok()
    }
}

/// A handler panicked: a defect of ours, told without its text.
#[expect(clippy::needless_pass_by_value, reason = "the layer hands the panic over")]
pub(super) fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text =
        panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(panic = text.unwrap_or("no text"), "a request handler panicked");
    Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        "The server met something it does not understand.",
    )
    .next("Give the request id to an administrator.")
    .into_response()
}

fn too_slow(safe: bool) -> Problem {
    let detail =
        if safe { "The answer took too long." } else { "The answer took too long. It may still happen." };
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too_slow", detail)
        .next("Look whether it happened, then try again.")
}

/// Whether the answer is an event stream.
fn is_stream(request: &Request) -> bool {
    let accepts = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    request.uri().path() == "/api/v1/events"
        && accepts.is_some_and(|accepts| accepts.contains("text/event-stream"))
}
