//! `POST /agent/v1/enrol`: a machine shows its token. Needs no certificate.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use node_protocol::{DecodeError, EnrolRefusal, RefusalCode, decode_enrol_request};
use serde::Serialize;

use crate::nodes::authority::server_names;
use crate::nodes::enrolment::{self, EnrolError};
use crate::nodes::refused;
use crate::state::AppState;

pub(super) async fn enrol(
    State(state): State<AppState>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let (ip, now) = (address.ip(), state.clock.now());
    if let Err(wait) = state.hub.enrolment_tried(ip, now) {
        return too_many(&state, ip, wait).await;
    }
    let Ok(body) = body else {
        let sentence =
            format!("The request has more than {} bytes, or broke off.", node_protocol::MAX_FRAME_BYTES);
        return unreadable(&state, ip, EnrolRefusal::because(RefusalCode::BadRequest, sentence)).await;
    };
    let request = match decode_enrol_request(&body) {
        Ok(request) => request,
        Err(error @ DecodeError::UnknownVersion { .. }) => {
            let refused = EnrolRefusal::because(RefusalCode::ProtocolVersion, error.to_string());
            return unreadable(&state, ip, refused).await;
        }
        // The reason may quote what was sent, which may be a token: it is told to who sent it, and kept nowhere.
        Err(error) => {
            refused::note_stranger(&state, ip, &EnrolRefusal::of(RefusalCode::BadRequest)).await;
            return refusal(EnrolRefusal::because(RefusalCode::BadRequest, error.to_string()));
        }
    };
    let url = agents_url(&state, &headers);
    let outcome = enrolment::enrol(&state, &request, ip, &url).await;
    if !matches!(outcome, Err(EnrolError::Refused(_))) {
        state.hub.enrolment_taken_back(ip, now);
    }
    let answered = match &outcome {
        Ok(_) => None,
        Err(EnrolError::Refused(refused)) => Some(refused.clone()),
        Err(EnrolError::Store(_) | EnrolError::Authority(_)) => {
            Some(EnrolRefusal::of(RefusalCode::Unavailable))
        }
    };
    refused::note(&state, &request, ip, answered.as_ref()).await;
    match outcome {
        Ok(answer) => (StatusCode::OK, [(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response(),
        Err(EnrolError::Refused(refused)) => {
            tracing::info!(code = ?refused.code, "refused an enrolment from {ip}");
            refusal(refused)
        }
        Err(EnrolError::Store(error)) => {
            error.log();
            refusal(EnrolRefusal::of(RefusalCode::Unavailable))
        }
        Err(EnrolError::Authority(error)) => {
            tracing::error!("a node's certificate could not be made: {error}");
            refusal(EnrolRefusal::of(RefusalCode::Unavailable))
        }
    }
}

/// Nothing could be looked at.
async fn unreadable(state: &AppState, ip: IpAddr, refused: EnrolRefusal) -> Response {
    refused::note_stranger(state, ip, &refused).await;
    refusal(refused)
}

/// Nothing was looked at; the address has to wait.
async fn too_many(state: &AppState, ip: IpAddr, wait: Duration) -> Response {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    let refused = EnrolRefusal {
        next_step: format!("Wait {seconds} seconds, then try again."),
        ..EnrolRefusal::of(RefusalCode::TooManyAttempts)
    };
    refused::note_stranger(state, ip, &EnrolRefusal::of(RefusalCode::TooManyAttempts)).await;
    let mut response = refusal(refused);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// Where the agent dials from now on: where it dialled just now, if that name is in our certificate; else our first name.
fn agents_url(state: &AppState, headers: &HeaderMap) -> String {
    let dialled = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let (host, port) = match dialled.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (host, port),
        Some(_) | None => (dialled, "443"),
    };
    let names = server_names(&state.config.agents_names, state.config.agents_listen.ip());
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if names.iter().any(|name| name == bare) {
        return format!("https://{host}:{port}");
    }
    let name = state.config.agents_names.first().map_or("localhost", String::as_str);
    format!("https://{name}:{port}")
}

/// A refusal as the agent reads it, and as problem details at once.
#[derive(Serialize)]
struct Refusal {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    detail: String,
    #[serde(flatten)]
    refused: EnrolRefusal,
}

fn refusal(refused: EnrolRefusal) -> Response {
    let status = status(refused.code);
    let title = status.canonical_reason().unwrap_or("Refused");
    let detail = refused.sentence.clone();
    let body = Refusal { kind: "about:blank", title, status: status.as_u16(), detail, refused };
    let mut response = (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response
}

const fn status(code: RefusalCode) -> StatusCode {
    match code {
        RefusalCode::SimulatedNotAdmitted
        | RefusalCode::TokenUnknown
        | RefusalCode::TokenExpired
        | RefusalCode::TokenUsed
        | RefusalCode::TokenRevoked
        | RefusalCode::TokenOtherKey => StatusCode::FORBIDDEN,
        RefusalCode::NameTaken => StatusCode::CONFLICT,
        RefusalCode::BadName | RefusalCode::BadCsr | RefusalCode::ClockSkew => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        RefusalCode::BadRequest | RefusalCode::ProtocolVersion => StatusCode::BAD_REQUEST,
        RefusalCode::TooManyAttempts => StatusCode::TOO_MANY_REQUESTS,
        RefusalCode::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}
