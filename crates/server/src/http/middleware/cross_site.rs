//! Refuses what another site makes a browser send: anything but GET, HEAD and OPTIONS must come from our own pages
//! (`Sec-Fetch-Site`, or `Origin` where a browser does not send that). Server functions and forms pass here too.

use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tower_http::csrf::{CsrfLayer, ProtectionError, ResponseForProtectionError};

use super::principal::bearer;
use crate::http::Problem;

/// The answer to a cross-site write.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refusal;

pub(super) fn layer() -> CsrfLayer<Refusal> {
    CsrfLayer::new().with_rejection_response(Refusal)
}

/// A request with a token carries no cookie's authority (`principal` ignores the cookie then), and no site can make a
/// browser send that header. Where the request came from does not matter then, so the headers that say so are dropped.
pub(super) async fn exempt_bearers(mut request: Request, next: Next) -> Response {
    if bearer(request.headers()).is_some() {
        request.headers_mut().remove(header::ORIGIN);
        request.headers_mut().remove("sec-fetch-site");
    }
    next.run(request).await
}

impl ResponseForProtectionError<axum::body::Body> for Refusal {
    fn response_for_protection_error(&mut self, _: ProtectionError) -> Response {
        tracing::warn!("refused a write that another site made the browser send");
        Problem::new(
            StatusCode::FORBIDDEN,
            "cross_site",
            "This request was sent by another site. Nothing was changed.",
        )
        .next("Open Slipway in its own tab and do it there; scripts send an API token.")
        .into_response()
    }
}
