//! Puts the document together.

use operations::Register;
use serde_json::{Map, Value, json};

use super::endpoints::{Described, Description};
use super::planning;
use super::schemas::Schemas;
use crate::http::middleware::principal::COOKIE;
use crate::operations::World;

const ABOUT: &str = "What Slipway's pages show and do, for programs. Every change is a declared operation: ask for its plan, \
look at it, start it by the plan's hash, follow it. Lists are `{items, next_cursor}`; refusals are problem details (RFC 9457) \
with a stable `code`, a sentence and the next step.";

/// The document of these endpoints.
pub(crate) fn document(endpoints: &[Described], register: &Register<World>) -> Value {
    let mut schemas = Schemas::new();
    let mut paths = Map::new();
    for endpoint in endpoints {
        let said = described(endpoint, &mut schemas);
        let path = paths.entry(endpoint.path.clone()).or_insert_with(|| json!({}));
        path[endpoint.method.as_str().to_ascii_lowercase()] = said;
    }
    let mut shared = schemas.shared();
    planning::add(&mut shared, register);
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Slipway", "version": env!("CARGO_PKG_VERSION"), "description": ABOUT,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" } },
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": {
            "schemas": shared,
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer",
                    "description": "An API token, `slw_…`: `token.issue`, or `slipway admin issue-token`." },
                "session": { "type": "apiKey", "in": "cookie", "name": COOKIE,
                    "description": "A signed-in browser, from our own pages." },
            },
        },
    })
}

fn described(endpoint: &Described, schemas: &mut Schemas) -> Value {
    let mut into = Description {
        path: &endpoint.path,
        schemas,
        parameters: Vec::new(),
        body: None,
        responses: Map::new(),
        needs_somebody: false,
    };
    (endpoint.describe)(&mut into);
    let mut said = json!({
        "operationId": endpoint.id,
        "summary": endpoint.summary,
        "tags": [endpoint.tag],
        "parameters": into.parameters,
        "responses": into.responses,
    });
    if let Some(body) = into.body {
        said["requestBody"] = body;
    }
    if into.needs_somebody {
        said["security"] = json!([{ "token": [] }, { "session": [] }]);
    }
    said
}
