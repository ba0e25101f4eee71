//! The one error that pages and API clients see.

use serde::{Deserialize, Serialize};

/// Why a question was not answered or a change not made, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[error("{sentence}")]
pub struct ConsoleError {
    /// What kind of refusal this is; it decides the HTTP status.
    pub kind: ErrorKind,
    /// Stable word for programs.
    pub code: String,
    /// What happened and what was not changed, for people.
    pub sentence: String,
    /// The next step, for people.
    pub next_step: Option<String>,
    /// Which parts of the input were wrong.
    pub fields: Vec<FieldError>,
    /// The request, as found in the logs.
    pub request_id: Option<String>,
}

/// A part of an input that was wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FieldError {
    /// JSON pointer into the input (RFC 6901): `/name`.
    pub pointer: String,
    /// What to write instead.
    pub sentence: String,
}

/// The kinds of refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The request could not be read.
    BadRequest,
    /// Nobody is signed in.
    NotSignedIn,
    /// The person is known and may not do this.
    Denied,
    /// There is no such thing, or not for this person.
    NotFound,
    /// It was here and is not any more.
    Gone,
    /// The state of things is in the way.
    Conflict,
    /// The request was read and its content is wrong.
    Invalid,
    /// Too many requests.
    TooMany,
    /// A part that is needed does not answer.
    Unavailable,
    /// A defect of ours.
    Internal,
}

impl ErrorKind {
    /// The HTTP status (RFC 9110).
    pub const fn status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::NotSignedIn => 401,
            Self::Denied => 403,
            Self::NotFound => 404,
            Self::Gone => 410,
            Self::Conflict => 409,
            Self::Invalid => 422,
            Self::TooMany => 429,
            Self::Unavailable => 503,
            Self::Internal => 500,
        }
    }
}

impl ConsoleError {
    /// An error with its code and sentence.
    pub fn new(kind: ErrorKind, code: &str, sentence: impl Into<String>) -> Self {
        Self {
            kind,
            code: code.to_owned(),
            sentence: sentence.into(),
            next_step: None,
            fields: Vec::new(),
            request_id: None,
        }
    }

    /// The same with a next step.
    #[must_use]
    pub fn next(mut self, step: impl Into<String>) -> Self {
        self.next_step = Some(step.into());
        self
    }

    /// The same with the wrong parts of the input.
    #[must_use]
    pub fn with_fields(mut self, fields: Vec<FieldError>) -> Self {
        self.fields = fields;
        self
    }

    /// There is no such thing, or not for this person.
    pub fn not_found(what: &str) -> Self {
        Self::new(
            ErrorKind::NotFound,
            "not_found",
            format!("There is no such {what}, or it is not yours to see."),
        )
        .next("Check the address, or go back to the list.")
    }
}
