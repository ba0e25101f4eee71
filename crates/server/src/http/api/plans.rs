//! `POST /operations/plan`: what would it do? `POST /operations`: carry out what was looked at.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use read_models::operation::{PlanRequest, PlanView, StartRequest, Target};
use read_models::operations::{OperationsConsole as _, Started};
use serde::Deserialize;
use serde_json::{Value, json};

use super::input::{Asked, ReadBody, target};
use crate::http::Problem;
use crate::state::AppState;

const KEY: &str = "idempotency-key";
const LONGEST_KEY: usize = 200;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/operations/plan", post(plan)).route("/operations", post(start))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanBody {
    operation: String,
    #[serde(deserialize_with = "target")]
    target: Target,
    #[serde(default)]
    input: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StartBody {
    plan_hash: String,
    #[serde(default)]
    confirmation: Option<String>,
}

/// Changes nothing.
async fn plan(Asked(asking): Asked, ReadBody(body): ReadBody<PlanBody>) -> Result<Json<PlanView>, Problem> {
    let PlanBody { operation, target, input } = body;
    Ok(Json(asking.plan(PlanRequest { operation, target, input }).await?))
}

async fn start(
    Asked(asking): Asked,
    headers: HeaderMap,
    ReadBody(body): ReadBody<StartBody>,
) -> Result<Response, Problem> {
    let key = key(&headers)?;
    let request = StartRequest { plan_hash: body.plan_hash, confirmation: body.confirmation };
    match asking.start(request, key).await? {
        Started::Accepted { id, repeated } => {
            let place = format!("/api/v1/operations/{id}");
            let body = json!({ "id": id, "repeated": repeated, "address": place });
            let mut response = (StatusCode::ACCEPTED, Json(body)).into_response();
            if let Ok(place) = HeaderValue::from_str(&place) {
                response.headers_mut().insert(header::LOCATION, place);
            }
            Ok(response)
        }
        Started::Changed { differences, fresh, error } => {
            Err(Problem::from(error).with("differences", json!(differences)).with("plan", json!(fresh)))
        }
    }
}

/// The key that makes it safe to send a start twice.
fn key(headers: &HeaderMap) -> Result<String, Problem> {
    let bad = |code: &str, detail: &str| {
        Problem::new(StatusCode::BAD_REQUEST, code, detail)
            .next("Send a new random value for each new request, and the same one when you repeat it.")
    };
    let Some(value) = headers.get(KEY) else {
        return Err(bad("idempotency_key_missing", "The header `Idempotency-Key` is missing. Nothing was started."));
    };
    let key = value.to_str().unwrap_or_default().trim();
    let readable = (1..=LONGEST_KEY).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    if !readable {
        let detail = "The header `Idempotency-Key` is not 1 to 200 ASCII characters. Nothing was started.";
        return Err(bad("idempotency_key_bad", detail));
    }
    Ok(key.to_owned())
}
