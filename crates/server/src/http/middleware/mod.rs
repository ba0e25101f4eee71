//! What every request passes, outermost first: request id, headers, limits, cross-site refusal, who it is.

pub mod address;
mod cross_site;
mod headers;
mod limits;
pub mod principal;
pub mod request_id;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};

use crate::state::AppState;

/// The largest body that is read.
pub const LARGEST_BODY: usize = 1024 * 1024;

/// Puts the layers around the routes. The last one added is the first one a request meets.
pub(super) fn around(routes: Router<AppState>, state: &AppState) -> Router<AppState> {
    routes
        .layer(from_fn(limits::time))
        .layer(from_fn_with_state(limits::AtOnce::default(), limits::at_once))
        .layer(from_fn_with_state(state.clone(), principal::recognise))
        .layer(cross_site::layer())
        .layer(from_fn(cross_site::exempt_bearers))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(from_fn(limits::body))
        .layer(from_fn_with_state(state.clone(), headers::add))
        .layer(tower_http::catch_panic::CatchPanicLayer::custom(limits::panicked))
        .layer(from_fn_with_state(state.clone(), request_id::give))
}
