//! What the API takes: who asks, ids, queries, bodies. Whatever cannot be read is a problem with a sentence.

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use read_models::ids::BadId;
use read_models::operation::Target;
use read_models::paging::PageRequest;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, de};
use serde_json::Value;
use std::convert::Infallible;
use std::str::FromStr;

use crate::console::Asking;
use crate::http::document::{Description, Part};
use crate::http::middleware::request_id::RequestId;
use crate::http::{MaybePrincipal, Problem, Viewer};
use crate::state::AppState;

/// The Console of whoever asks; without anybody the answer is 401.
pub(super) struct Asked(pub(super) Asking);

/// The Console, whoever asks and even for nobody.
pub(super) struct Anybody(pub(super) Asking);

/// The `{id}` of the path. What does not look like one is no such thing.
pub(super) struct ReadId<T>(pub(super) T);

/// A text of the path that is no id.
pub(super) struct ReadText(pub(super) String);

/// The part after the question mark.
pub(crate) struct ReadQuery<T>(pub(crate) T);

/// The JSON of the body.
pub(super) struct ReadBody<T>(pub(super) T);

/// The same where no body at all is fine.
pub(super) struct ReadBodyIfAny<T>(pub(super) T);

/// Which part of a list.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PageQuery {
    /// At most this many; 50 when it is not said, and never more than 200.
    #[schemars(with = "Option<u32>", range(min = 1))]
    pub(super) limit: Option<String>,
    /// `next_cursor` of the part before.
    pub(super) cursor: Option<String>,
}

impl PageQuery {
    /// More than the most is answered with the most.
    pub(super) fn page(self) -> Result<PageRequest, Problem> {
        let limit = self.limit.as_deref().map(|text| match text.parse::<u32>() {
            Ok(limit) if limit > 0 => Ok(limit),
            Ok(_) | Err(_) => Err(bad_query("`limit` is a whole number from 1 to 200.")),
        });
        Ok(PageRequest { limit: limit.transpose()?, cursor: self.cursor.filter(|cursor| !cursor.is_empty()) })
    }
}

/// The query is wrong.
pub(super) fn bad_query(detail: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "bad_query", detail)
        .next("Mend the part after the `?`, then ask again.")
}

/// `{"kind":"node","id":"node_…"}` or `"node:node_…"`.
pub(super) fn target<'de, D: Deserializer<'de>>(from: D) -> Result<Target, D::Error> {
    match Value::deserialize(from)? {
        Value::String(text) => text.parse().map_err(de::Error::custom),
        object @ Value::Object(_) => serde_json::from_value(object).map_err(de::Error::custom),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
            Err(de::Error::custom(TARGET_FORM))
        }
    }
}

const TARGET_FORM: &str =
    "a target is written as {\"kind\":\"node\",\"id\":\"node_…\"} or as \"node:node_…\"";

impl FromRequestParts<AppState> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let Viewer(principal) = Viewer::from_request_parts(parts, state).await?;
        let request = parts.extensions.get::<RequestId>().map(|id| id.0.clone());
        Ok(Self(Asking::new(state, Some(principal), request)))
    }
}

impl FromRequestParts<AppState> for Anybody {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        let MaybePrincipal(who) = MaybePrincipal::from_request_parts(parts, state).await?;
        let request = parts.extensions.get::<RequestId>().map(|id| id.0.clone());
        Ok(Self(Asking::new(state, who, request)))
    }
}

impl<T: FromStr<Err = BadId>, S: Send + Sync> FromRequestParts<S> for ReadId<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let no_such = |detail: String| {
            Problem::new(StatusCode::NOT_FOUND, "not_found", detail)
                .next("Check the address, or ask for the list.")
        };
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|bad| no_such(format!("{}.", bad.body_text())))?;
        text.parse().map(Self).map_err(|bad: BadId| no_such(format!("{bad}.")))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ReadText {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = Path::<String>::from_request_parts(parts, state).await;
        read.map(|Path(text)| Self(text)).map_err(|bad| {
            let detail = format!("{}.", bad.body_text());
            Problem::new(StatusCode::NOT_FOUND, "not_found", detail).next("Check the address.")
        })
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for ReadQuery<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let read = Query::<T>::try_from_uri(&parts.uri);
        read.map(|Query(query)| Self(query)).map_err(|bad| bad_query(&format!("{}.", bad.body_text())))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for ReadBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (parts, bytes) = whole(request, state).await?;
        Self::read(parts, bytes, state).await
    }
}

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for ReadBodyIfAny<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (parts, bytes) = whole(request, state).await?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        ReadBody::read(parts, bytes, state).await.map(|ReadBody(body)| Self(body))
    }
}

impl<T: DeserializeOwned> ReadBody<T> {
    /// A list would be taken for the object's members in their order: nobody means that.
    async fn read<S: Send + Sync>(parts: Parts, bytes: Bytes, state: &S) -> Result<Self, Problem> {
        let is_list = bytes.trim_ascii_start().first() == Some(&b'[');
        let request = Request::from_parts(parts, Body::from(bytes));
        let Json(body) = Json::<T>::from_request(request, state).await.map_err(|bad| unreadable(&bad))?;
        if is_list {
            return Err(refused_body(
                StatusCode::UNPROCESSABLE_ENTITY,
                "The body is a list and not an object",
            ));
        }
        Ok(Self(body))
    }
}

impl Part for Asked {
    fn describe(into: &mut Description<'_>) {
        into.needs_somebody();
    }
}

impl Part for Anybody {
    fn describe(_: &mut Description<'_>) {}
}

impl<T: JsonSchema> Part for ReadId<T> {
    fn describe(into: &mut Description<'_>) {
        into.takes_in_path::<T>();
    }
}

impl Part for ReadText {
    fn describe(into: &mut Description<'_>) {
        into.takes_in_path::<String>();
    }
}

impl<T: JsonSchema> Part for ReadQuery<T> {
    fn describe(into: &mut Description<'_>) {
        into.takes_query::<T>();
    }
}

impl<T: JsonSchema> Part for ReadBody<T> {
    fn describe(into: &mut Description<'_>) {
        into.takes_body::<T>(true);
    }
}

impl<T: JsonSchema> Part for ReadBodyIfAny<T> {
    fn describe(into: &mut Description<'_>) {
        into.takes_body::<T>(false);
    }
}

async fn whole<S: Send + Sync>(request: Request, state: &S) -> Result<(Parts, Bytes), Problem> {
    let (parts, body) = request.into_parts();
    let read = Bytes::from_request(Request::from_parts(parts.clone(), body), state).await;
    let bytes = read.map_err(|bad| refused_body(bad.status(), &bad.body_text()))?;
    Ok((parts, bytes))
}

fn unreadable(bad: &JsonRejection) -> Problem {
    refused_body(bad.status(), &bad.body_text())
}

/// The body is not what it has to be; nothing was looked at any further.
fn refused_body(status: StatusCode, why: &str) -> Problem {
    let (code, next) = match status {
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            ("wrong_content_type", "Send JSON with `Content-Type: application/json`.")
        }
        StatusCode::PAYLOAD_TOO_LARGE => ("too_large", "Send at most 1 MiB."),
        StatusCode::UNPROCESSABLE_ENTITY => ("invalid", "Mend the body, then send it again."),
        _ => ("unreadable_json", "Send one whole JSON object."),
    };
    Problem::new(status, code, format!("{why}. Nothing was changed.")).next(next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use read_models::operation::TargetKind;
    use serde_json::json;

    #[derive(Debug, Deserialize)]
    struct Body {
        #[serde(deserialize_with = "target")]
        target: Target,
    }

    #[test]
    fn a_target_is_read_in_both_forms() {
        let wanted = Target { kind: TargetKind::Node, id: "node_1".to_owned() };
        for form in [json!("node:node_1"), json!({ "kind": "node", "id": "node_1" })] {
            let body: Body = serde_json::from_value(json!({ "target": form })).unwrap();
            assert_eq!(body.target, wanted);
        }
    }

    #[test]
    fn what_is_no_target_is_refused_with_the_form_it_needs() {
        for bad in [
            json!("node_1"),
            json!("rack:1"),
            json!(7),
            json!(null),
            json!({ "kind": "rack", "id": "1" }),
            json!({}),
        ] {
            let error = serde_json::from_value::<Body>(json!({ "target": bad })).unwrap_err().to_string();
            assert!(error.contains("target") || error.contains("kind") || error.contains("rack"), "{error}");
        }
    }

    #[test]
    fn a_limit_is_a_number_and_more_than_the_most_is_the_most() {
        let page = |limit: &str| PageQuery { limit: Some(limit.to_owned()), cursor: None }.page();
        assert_eq!(page("20").unwrap().limit(), 20);
        assert_eq!(page("100000").unwrap().limit(), 200);
        for bad in ["0", "-1", "x", "", "1.5"] {
            assert!(page(bad).is_err(), "{bad}");
        }
    }
}
