//! `/operations/plan`, `/operations/plans/{id}`, `POST /operations`: what would it do, and carry out what was looked at.

use std::borrow::Cow;

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use read_models::ids::{OperationId, PlanId};
use read_models::operation::{PlanRequest, PlanView, StartRequest, Target};
use read_models::operations::{OperationsConsole as _, Started};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answer::{Accepted, One, place_of};
use super::input::{Asked, ReadBody, ReadId, target};
use crate::http::Problem;
use crate::http::document::{Description, Endpoints, PLAN_REQUEST, Part, Reply};

const KEY: &str = "idempotency-key";

pub(super) fn endpoints() -> Endpoints {
    Endpoints::under(super::PREFIX, "Operations")
        .post("/operations/plan", plan, "What would this operation do? Changes nothing.")
        .get(
            "/operations/plans/{id}",
            planned,
            "A plan whoever asks made before, with what is in the way today.",
        )
        .post("/operations", start, "Carries out the plan that was looked at.")
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

/// One of the registered operations, each with its own target and input.
impl JsonSchema for PlanBody {
    fn schema_name() -> Cow<'static, str> {
        "PlanBody".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "$ref": PLAN_REQUEST })
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct StartBody {
    /// `hash` of the plan: what was looked at is what is done.
    plan_hash: String,
    /// What the plan's `confirmation` asks for: `confirmed`, the target's name, or the names of all targets of a bulk.
    #[serde(default)]
    confirmation: Option<String>,
    /// Whether it waits as long as one that is started from a browser, so that it can be undone with nothing done. Left out,
    /// it begins at once.
    #[serde(default)]
    undo_window: bool,
}

/// An operation that was accepted.
#[derive(Serialize, JsonSchema)]
struct AcceptedOperation {
    /// The operation.
    id: OperationId,
    /// Whether the same key had started it before.
    repeated: bool,
    /// Where it can be followed.
    address: String,
}

/// What a refusal holds beside its sentence when the facts have changed.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "the document's; the problem is made from what the Console answers")]
struct ChangedPlan {
    /// What is different, a sentence each.
    #[serde(skip_serializing_if = "Option::is_none")]
    differences: Option<Vec<String>>,
    /// A plan from today's facts.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<PlanView>,
}

/// Accepted; or the facts have changed since, and the problem holds what is different and a fresh plan.
struct Begun(Accepted<AcceptedOperation>);

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

async fn planned(Asked(asking): Asked, ReadId(id): ReadId<PlanId>) -> Result<One<PlanView>, Problem> {
    Ok(One(asking.planned(id).await?))
}

async fn start(
    Asked(asking): Asked,
    Key(key): Key,
    ReadBody(body): ReadBody<StartBody>,
) -> Result<Begun, Problem> {
    let StartBody { plan_hash, confirmation, undo_window } = body;
    let request = StartRequest { plan_hash, confirmation, undo_window };
    match asking.start(request, key).await? {
        Started::Accepted { id, repeated } => {
            let body = AcceptedOperation { address: place_of(&id), id: id.clone(), repeated };
            Ok(Begun(Accepted { body, place: Some(id) }))
        }
        Started::Changed { differences, fresh, error } => {
            Err(Problem::from(error).with("differences", json!(differences)).with("plan", json!(fresh)))
        }
    }
}

impl IntoResponse for Begun {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

impl Reply for Begun {
    fn describe(into: &mut Description<'_>) {
        Accepted::<AcceptedOperation>::describe(into);
        into.refuses_with::<ChangedPlan>(
            409,
            "The state of things is in the way. With `plan_changed` it says what is different, and holds a fresh plan.",
        );
    }
}

/// The key that makes it safe to send a start twice. What it may look like is the Console's to say.
struct Key(String);

impl<S: Sync> FromRequestParts<S> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let key = parts.headers.get(KEY).map(|value| value.to_str().unwrap_or_default().to_owned());
        key.map(Self).ok_or_else(|| {
            let detail = "The header `Idempotency-Key` is missing. Nothing was started.";
            Problem::new(StatusCode::BAD_REQUEST, "idempotency_key_missing", detail)
                .next("Send a new random value for each new request, and the same one when you repeat it.")
        })
    }
}

impl Part for Key {
    fn describe(into: &mut Description<'_>) {
        into.takes_header(
            "Idempotency-Key",
            true,
            "A new random value for each new request; the same key with the same request is one operation.",
        );
    }
}
