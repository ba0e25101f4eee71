//! What a program gets when it cannot have what it asked for: problem details (RFC 9457), nothing internal in them.

use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use read_models::error::{ConsoleError, ErrorKind, FieldError};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::store::db::StoreError;

/// A refusal. Boxed, because it is the rare end of many results.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Problem(Box<Details>);

/// A refusal as it is sent.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
struct Details {
    /// The kinds of problems are told apart by `code`; there is no page for each.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The words of the status.
    title: &'static str,
    /// The status.
    status: u16,
    /// What happened and what was not changed, for people.
    detail: String,
    /// Stable word for programs.
    code: String,
    /// What to do about it, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_step: Option<String>,
    /// The request, as found in the logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    /// Which parts of the input were wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldProblem>,
    /// Members of one kind of problem (RFC 9457, 3.2).
    #[serde(flatten)]
    more: Map<String, Value>,
    #[serde(skip)]
    retry_after: Option<Duration>,
}

/// A part of the input that was wrong.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct FieldProblem {
    /// JSON pointer into the input (RFC 6901): `/name`.
    pointer: String,
    /// What to write instead.
    detail: String,
}

impl Problem {
    pub fn new(status: StatusCode, code: &str, detail: impl Into<String>) -> Self {
        Self(Box::new(Details {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Refused"),
            status: status.as_u16(),
            detail: detail.into(),
            code: code.to_owned(),
            next_step: None,
            request_id: None,
            errors: Vec::new(),
            more: Map::new(),
            retry_after: None,
        }))
    }

    /// The same with what to do about it.
    #[must_use]
    pub fn next(mut self, step: impl Into<String>) -> Self {
        self.0.next_step = Some(step.into());
        self
    }

    /// The same under a status that says more to programs.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = status.as_u16();
        self.0.title = status.canonical_reason().unwrap_or(self.0.title);
        self
    }

    /// The same with a member of its own.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.0.more.insert(name.to_owned(), value);
        self
    }

    /// The same with when to come back.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    /// The same, findable in the logs.
    #[must_use]
    pub fn with_request_id(mut self, id: &str) -> Self {
        self.0.request_id.get_or_insert_with(|| id.to_owned());
        self
    }

    /// Nobody is signed in.
    pub fn not_signed_in() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "not_signed_in", "This needs a signed-in person or an API token.")
            .next("Sign in, or send `Authorization: Bearer slw_…`; `slipway admin issue-token` makes one.")
    }
}

impl IntoResponse for Problem {
    /// The problem also travels in the response's extensions, so that the request's id can be added on the way out.
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(&self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"slipway\""));
        }
        if let Some(wait) = self.0.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl From<ConsoleError> for Problem {
    fn from(error: ConsoleError) -> Self {
        let status = StatusCode::from_u16(error.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let field = |field: FieldError| FieldProblem { pointer: field.pointer, detail: field.sentence };
        let mut problem = Self::new(status, &error.code, error.sentence);
        problem.0.next_step = error.next_step;
        problem.0.request_id = error.request_id;
        problem.0.errors = error.fields.into_iter().map(field).collect();
        problem
    }
}

/// What a person is told when the store fails; the cause is for the log, which is written by whoever handles it.
pub fn console_error(error: &StoreError) -> ConsoleError {
    match error {
        StoreError::NotFound => ConsoleError::not_found("thing"),
        StoreError::Unavailable(_) => ConsoleError::new(
            ErrorKind::Unavailable,
            "store_unavailable",
            "The database does not answer. Nothing was changed.",
        )
        .next("Try again in a moment."),
        StoreError::Conflict { .. } | StoreError::LeaseLost => ConsoleError::new(
            ErrorKind::Conflict,
            "conflict",
            "Something else was faster. Nothing was changed.",
        )
        .next("Look at it again, then decide."),
        StoreError::Unstorable => ConsoleError::new(
            ErrorKind::Invalid,
            "nul_byte",
            "Text with a NUL byte cannot be kept. Nothing was changed.",
        )
        .next("Take the NUL byte out of the text."),
        StoreError::Corrupt { .. } | StoreError::Newer { .. } => ConsoleError::new(
            ErrorKind::Internal,
            "internal",
            "The server met something it does not understand.",
        )
        .next("Give the request id to an administrator."),
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        error.log();
        console_error(&error).into()
    }
}

/// For addresses that are asked in a way they do not answer; the router adds `Allow`.
pub(super) async fn no_such_method(method: Method) -> Problem {
    let method: String = method.as_str().chars().take(20).collect();
    let detail = format!("This address does not take `{method}`. Nothing was changed.");
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
        .next("The header `Allow` names what it takes.")
}

/// For addresses that lead nowhere.
pub(super) async fn no_such_page(uri: Uri) -> Problem {
    let path: String = uri.path().chars().take(200).collect();
    Problem::new(StatusCode::NOT_FOUND, "not_found", format!("There is nothing at `{path}`."))
        .next("`slipway routes --json` lists the pages.")
}
