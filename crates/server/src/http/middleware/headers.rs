//! The headers every answer carries, and the nonce that the page's own scripts share with the policy.

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use leptos::nonce::Nonce;

use crate::state::AppState;

/// Puts a fresh nonce into the request's extensions (the page renderer provides it to the page as its context's `Nonce`)
/// and the headers onto the answer. A handler that has set its own policy keeps it: the listed relaxations do.
pub(super) async fn add(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let mut bytes = [0; 16];
    state.ids.random(&mut bytes);
    let nonce = URL_SAFE_NO_PAD.encode(bytes);
    request.extensions_mut().insert(Nonce::from_value(nonce.as_str()));
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&content_security_policy(&nonce)) {
        keep_or_set(headers, header::CONTENT_SECURITY_POLICY, policy);
    }
    for (name, value) in &FIXED {
        keep_or_set(headers, name.clone(), HeaderValue::from_static(value));
    }
    if state.config.is_behind_tls() {
        keep_or_set(headers, header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    response
}

static FIXED: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    // What depends on who asks is kept by nobody; assets say otherwise themselves.
    (header::CACHE_CONTROL, "no-store"),
];

/// Everything is refused that is not listed. No `unsafe-inline` anywhere; WebAssembly may be compiled.
fn content_security_policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; \
         base-uri 'none'; frame-ancestors 'none'"
    )
}

fn keep_or_set(headers: &mut HeaderMap, name: HeaderName, value: HeaderValue) {
    headers.entry(name).or_insert(value);
}
