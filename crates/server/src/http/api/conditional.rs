//! Conditional requests (RFC 9110, 13). `If-None-Match` on everything that is read and has an `ETag`; `If-Match` on the one
//! write that answers a question somebody has read: a decision. A start is bound to what was looked at by its plan's hash,
//! which says more than 412 could: what is different, and a fresh plan. Cancelling stops an operation wherever it is.

use std::convert::Infallible;

use axum::body::Body;
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::http::document::{Description, Part};

/// Does not send again what the client has.
pub(crate) async fn unchanged(request: Request, next: Next) -> Response {
    let known = listed(request.headers(), &header::IF_NONE_MATCH);
    let mut response = next.run(request).await;
    let tag = response.headers().get(header::ETAG).and_then(|tag| tag.to_str().ok());
    let same = tag.is_some_and(|tag| known.iter().any(|known| known == "*" || opaque(known) == opaque(tag)));
    if same && response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
        response.headers_mut().remove(header::CONTENT_TYPE);
        response.headers_mut().remove(header::CONTENT_LENGTH);
    }
    response
}

/// `If-Match`: the tags under which it is to be done; none when the header is not there.
pub(super) struct IfMatch(Option<Vec<String>>);

impl IfMatch {
    /// The tags that count, without their quotes: weak ones match nothing, and `*` matches whatever is there.
    pub(super) fn tags(self) -> Option<Vec<String>> {
        let tags = self.0.filter(|tags| !tags.iter().any(|tag| tag == "*"))?;
        let strong = tags.iter().filter_map(|tag| tag.strip_prefix('"')?.strip_suffix('"'));
        Some(strong.map(str::to_owned).collect())
    }
}

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let given = parts.headers.contains_key(header::IF_MATCH);
        Ok(Self(given.then(|| listed(&parts.headers, &header::IF_MATCH))))
    }
}

impl Part for IfMatch {
    fn describe(into: &mut Description<'_>) {
        into.takes_header(
            "If-Match",
            false,
            "The `ETag` of the question that is answered: 412, and nothing is decided, when it is another by now.",
        );
        into.refuses(412, "Another question is asked by now. Nothing was decided.");
    }
}

fn listed(headers: &HeaderMap, name: &HeaderName) -> Vec<String> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(|tag| tag.trim().to_owned()).collect()
}

/// Reading compares weakly.
fn opaque(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_strong_tags_bind_a_write_and_a_star_binds_it_to_nothing() {
        let tags = |tags: &[&str]| IfMatch(Some(tags.iter().map(|tag| (*tag).to_owned()).collect())).tags();
        assert_eq!(tags(&["\"a\"", "W/\"b\""]), Some(vec!["a".to_owned()]));
        assert_eq!(tags(&["W/\"b\""]), Some(Vec::new()), "it matches nothing");
        assert_eq!(tags(&["*"]), None);
        assert_eq!(IfMatch(None).tags(), None);
    }
}
