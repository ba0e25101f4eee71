//! What a plan may be asked for: one schema for each registered operation, made from its declaration.

use operations::{AnyOperation, Register};
use serde_json::{Map, Value, json};

use super::schemas::PLACE;
use crate::operations::World;

/// The schema that the body of a plan's request refers to.
pub(crate) const PLAN_REQUEST: &str = "#/components/schemas/PlanRequest";

/// A request for a plan is one of these.
pub(super) fn add(to: &mut Map<String, Value>, register: &Register<World>) {
    let mut choices = Vec::new();
    for operation in register.all() {
        let id = operation.declaration().id;
        to.insert(format!("{id}.input"), input(&**operation));
        to.insert(format!("{id}.plan"), request(&**operation));
        choices.push(json!({ "$ref": format!("{PLACE}{id}.plan") }));
    }
    to.insert(PLAN_REQUEST.replace(PLACE, ""), json!({ "oneOf": choices }));
}

fn request(operation: &dyn AnyOperation<World>) -> Value {
    let declared = operation.declaration();
    let (id, kind) = (declared.id, declared.target);
    json!({
        "type": "object",
        "title": declared.title,
        "description": declared.expected,
        "required": ["operation", "target"],
        "additionalProperties": false,
        "properties": {
            "operation": { "const": id },
            "target": { "anyOf": [
                { "type": "string", "pattern": format!("^{kind}:.+$") },
                { "type": "object", "required": ["kind", "id"], "properties": {
                    "kind": { "const": kind }, "id": { "type": "string" } } },
            ] },
            "input": { "anyOf": [{ "$ref": format!("{PLACE}{id}.input") }, { "type": "null" }] },
        },
    })
}

/// The schema of the input, at home in this document: what it refers to stands in itself.
fn input(operation: &dyn AnyOperation<World>) -> Value {
    let mut schema = operation.input_schema();
    if let Some(members) = schema.as_object_mut() {
        members.remove("$schema");
    }
    rehome(&mut schema, &format!("{PLACE}{}.input/$defs/", operation.declaration().id));
    schema
}

fn rehome(schema: &mut Value, home: &str) {
    match schema {
        Value::Object(members) => {
            if let Some(Value::String(place)) = members.get_mut("$ref") {
                *place = place.replacen("#/$defs/", home, 1);
            }
            members.values_mut().for_each(|member| rehome(member, home));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rehome(item, home)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
