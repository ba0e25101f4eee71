//! The agents' own listener: TLS 1.3, a client certificate optional at the handshake, because a machine that enrols has
//! none yet. Enrolment is the only thing served without one.
//!
//! A certificate that is not ours, or past its time, ends the handshake. Whether one that is ours may still be used (the
//! node may be retired, the certificate replaced) is asked of the database at each session, and refusals are recorded.

mod acceptor;
mod control;
mod enrol;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use self::acceptor::PeerAcceptor;
use super::Problem;
use super::problem::no_such_page;
use crate::nodes::{AuthorityError, courier};
use crate::state::AppState;

/// How long an enrolment may take, its body included. A session's upgrade is answered well within.
const ANSWERED_WITHIN: Duration = Duration::from_secs(20);
/// How long a client may take to send the head of a request.
const HEAD_WITHIN: Duration = Duration::from_secs(10);
/// How long requests may finish after the signal; sessions are told to end at once.
const GRACE: Duration = Duration::from_secs(5);

/// Why agents are not served.
#[derive(Debug, thiserror::Error)]
pub enum AgentsError {
    #[error(transparent)]
    Authority(AuthorityError),
    #[error("the agents' listener stopped")]
    Serve(#[source] io::Error),
}

/// Serves agents until the server is asked to stop and every session has ended.
pub async fn serve(state: AppState, listener: TcpListener) -> Result<(), AgentsError> {
    let address = listener.local_addr().map_err(AgentsError::Serve)?;
    let tls = state
        .authority
        .server_config(&state.config.agents_names, address.ip(), Arc::clone(&state.clock), &*state.ids)
        .map_err(AgentsError::Authority)?;
    let handle = Handle::<SocketAddr>::new();
    let mut listening = axum_server::from_tcp(listener)
        .map_err(AgentsError::Serve)?
        .acceptor(PeerAcceptor::new(RustlsConfig::from_config(Arc::new(tls)), state.clone()))
        .handle(handle.clone());
    // HTTP/1.1 said here and not by `Server::http1_only`, which would take the WebSockets away.
    *listening.http_builder() = Builder::new(TokioExecutor::new()).http1_only();
    listening.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN);
    let courier = tokio::spawn(courier::run(state.clone()));
    let service = router(state.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let ending = async {
        state.shutdown.cancelled().await;
        handle.graceful_shutdown(Some(GRACE));
        std::future::pending::<()>().await;
    };
    let outcome = tokio::select! {
        ended = listening.serve(service) => ended,
        () = ending => Ok(()),
    };
    // Also when the listener broke: without it no agent can come back, so the sessions end as well.
    state.shutdown.cancel();
    state.hub.sessions_ended().await;
    // It ends with the signal; a panic in it is its own.
    drop(courier.await);
    outcome.map_err(AgentsError::Serve)
}

/// The agents' routes.
pub fn router(state: AppState) -> Router {
    Router::new()
        .route("/agent/v1/enrol", post(enrol::enrol))
        .route("/agent/v1/control", get(control::control))
        .fallback(no_such_page)
        .method_not_allowed_fallback(wrong_method)
        .layer(RequestBodyLimitLayer::new(node_protocol::MAX_FRAME_BYTES))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, ANSWERED_WITHIN))
        .layer(axum::middleware::map_response(worded))
        .with_state(state)
}

async fn wrong_method() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "This address does not take that method.",
    )
    .next("Use an agent of the same version as the server.")
}

/// Refusals of the layers, which have no words, get some.
async fn worded(response: Response) -> Response {
    use axum::response::IntoResponse as _;
    match response.status() {
        StatusCode::REQUEST_TIMEOUT => Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            "too_slow",
            "The request took too long. Nothing was changed.",
        )
        .next("Try again.")
        .into_response(),
        StatusCode::PAYLOAD_TOO_LARGE => {
            let limit = node_protocol::MAX_FRAME_BYTES;
            let sentence = format!("The request has more than {limit} bytes. Nothing was changed.");
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "request_too_large", sentence)
                .next("Use an agent of the same version as the server.")
                .into_response()
        }
        _ => response,
    }
}
