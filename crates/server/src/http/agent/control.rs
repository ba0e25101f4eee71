//! `GET /agent/v1/control`: the control WebSocket of a node's agent. Needs the node's certificate.

use std::net::SocketAddr;

use axum::Extension;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{ConnectInfo, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use super::acceptor::Shown;
use crate::http::Problem;
use crate::nodes::session;
use crate::state::AppState;

/// What agents say is mostly heartbeats of a few kilobytes.
const READ_BUFFER_BYTES: usize = 8 * 1024;

pub(super) async fn control(
    State(state): State<AppState>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    Extension(Shown(peer)): Extension<Shown>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let Some(peer) = peer else {
        return Problem::new(
            StatusCode::UNAUTHORIZED,
            "certificate_required",
            "This address needs the certificate of an enrolled node.",
        )
        .next("Enrol the machine: `slipway-node enrol --server URL --token TOKEN`.")
        .into_response();
    };
    match upgrade {
        Ok(upgrade) => upgrade
            // Kept for as long as the session lasts: with the library's 128 KiB ten thousand nodes would hold a gigabyte.
            .read_buffer_size(READ_BUFFER_BYTES)
            .max_message_size(node_protocol::MAX_FRAME_BYTES)
            .max_frame_size(node_protocol::MAX_FRAME_BYTES)
            .on_upgrade(move |socket| session::run(state, peer, address.ip(), socket)),
        Err(_) => {
            Problem::new(StatusCode::BAD_REQUEST, "not_a_websocket", "This address speaks WebSocket only.")
                .next("Use an agent of the same version as the server.")
                .into_response()
        }
    }
}
