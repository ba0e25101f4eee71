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
    if !(input.is_object() || input.is_null()) {
        let detail = "`input` is not an object. Nothing was changed.";
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail)
            .next("`slipway operations --json` lists what each operation takes, as `input_schema`."));
    }
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

/// The key that makes it safe to send a start twice. What it may look like is the Console's to say.
fn key(headers: &HeaderMap) -> Result<String, Problem> {
    let key = headers.get(KEY).map(|value| value.to_str().unwrap_or_default().to_owned());
    key.ok_or_else(|| {
        let detail = "The header `Idempotency-Key` is missing. Nothing was started.";
        Problem::new(StatusCode::BAD_REQUEST, "idempotency_key_missing", detail)
            .next("Send a new random value for each new request, and the same one when you repeat it.")
    })
}
