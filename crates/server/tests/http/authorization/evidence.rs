//! What happened, and what proves it.

use serde_json::{Value, json};
use server::authz::{Action, Resource, Scope};

use super::{Case, reading, writing};

/// What happened, and what proves it.
pub(super) fn audit() -> Vec<Case> {
    let platform = Scope::Platform;
    let plan = |operation: &str, input: Value| {
        let asked = json!({ "operation": operation, "target": "platform:platform", "input": input });
        let name = format!("plan of {operation}");
        let act = (Action::Operate, Resource::Evidence);
        writing(&name, "/api/v1/operations/plan".to_owned(), asked, Resource::Nodes, act, &platform)
    };
    let mut cases = vec![
        plan("evidence.export", json!({ "format": "csv" })),
        plan("audit.verify", json!({})),
        plan("checkpoint.publish", json!({})),
    ];
    for path in [
        "/api/v1/audit",
        "/api/v1/audit?actor=ada&text=x",
        "/api/v1/evidence/exports",
        "/api/v1/platform/evidence",
        "/api/v1/platform/evidence/audit",
        "/platform/evidence",
        "/platform/evidence/audit",
        "/platform/evidence/bundles",
        "/platform/evidence/checkpoints",
    ] {
        cases.push(reading(path, path.to_owned(), Resource::Feed, &platform));
    }
    cases
}
