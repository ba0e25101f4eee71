//! `slipway routes --json`, `slipway operations --json` and `slipway openapi`: what there is, for scripts and for the tests that walk it.

use operations::{AnyOperation, Danger};
use read_models::navigation::{CONTRACT, Role, Route};
use serde_json::{Value, json};

use super::{CliError, answer};
use crate::operations::World;

pub(super) fn routes() -> Result<(), CliError> {
    let rows: Vec<Value> = CONTRACT.iter().map(row).collect();
    print(&Value::Array(rows))
}

fn row(route: &Route) -> Value {
    json!({
        "id": route.id.key(),
        "path": route.path,
        "family": route.family.key(),
        "roles": route.roles.iter().copied().map(Role::key).collect::<Vec<_>>(),
        "back": route.back,
        "local_nav": route.local_nav,
        "read_model": route.read_model,
        "answers": route.answers,
    })
}

/// What a running server answers at `/api/openapi.json`; none has to run for it.
pub(super) fn openapi() -> Result<(), CliError> {
    print(crate::http::document())
}

pub(super) fn operations() -> Result<(), CliError> {
    let register = crate::operations::register();
    let rows: Vec<Value> = register.all().iter().map(|operation| operation_row(&**operation)).collect();
    print(&Value::Array(rows))
}

fn operation_row(operation: &dyn AnyOperation<World>) -> Value {
    let declared = operation.declaration();
    let rules = operation.rules().into_iter().map(|(code, holds)| json!({ "code": code, "holds": holds }));
    json!({
        "id": declared.id,
        "version": declared.version,
        "target": declared.target,
        "intent": declared.intent,
        "title": declared.title,
        "danger": declared.danger,
        "confirmation": confirmation(declared.danger),
        "steps": declared.steps,
        "expected": declared.expected,
        "verified_by": declared.verified_by,
        "on_failure": declared.on_failure,
        "progress": declared.progress,
        "evidence": declared.evidence,
        "never_held_back": operation.never_held_back(),
        "rules": rules.collect::<Vec<_>>(),
        "input_schema": operation.input_schema(),
    })
}

/// What has to be sent with the plan's hash.
const fn confirmation(danger: Danger) -> &'static str {
    match danger {
        Danger::Safe => "none",
        Danger::Disruptive => "plan_seen",
        Danger::Destructive => "type_name",
    }
}

fn print(value: &Value) -> Result<(), CliError> {
    answer(&format!("{value:#}"))
}
