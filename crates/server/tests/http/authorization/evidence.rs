//! What happened, and what proves it.

use read_models::ids::{NodeId, ProjectId, WorkloadId};
use serde_json::{Value, json};
use server::authz::{Action, Resource, Scope};

use super::{Case, reading, writing};

/// What happened to a thing, as a bundle.
fn bundle_of(resource: &str) -> String {
    format!("/api/v1/evidence/bundle?resource={resource}&from=1970-01-01")
}

/// What happened in a project.
pub(super) fn of_project(
    project: &ProjectId,
    workload: &WorkloadId,
) -> [(&'static str, String, Resource); 6] {
    let page = format!("/access/audit?project={project}");
    let workload = format!("workload:{workload}");
    [
        ("audit", format!("/api/v1/audit?project={project}&text=x"), Resource::Feed),
        ("audit with its page", format!("/api/v1{page}"), Resource::Feed),
        ("audit's page of a workload", format!("{page}&resource={workload}"), Resource::Feed),
        ("audit's page", page, Resource::Feed),
        ("bundle", bundle_of(&workload), Resource::Feed),
        ("bundle of the whole", bundle_of(&format!("project:{project}")), Resource::Feed),
    ]
}

/// What happened to things that are nobody's.
pub(super) fn of_things(node: &NodeId) -> Vec<Case> {
    let things = [format!("node:{node}"), "platform:platform".to_owned(), "token:tok_1".to_owned()];
    let case =
        |of: &String| reading(&format!("bundle of {of}"), bundle_of(of), Resource::Feed, &Scope::Platform);
    things.iter().map(case).collect()
}

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
        "/api/v1/platform/evidence/operations",
        "/platform/evidence/operations",
        "/platform/evidence/bundles",
        "/platform/evidence/checkpoints",
    ] {
        cases.push(reading(path, path.to_owned(), Resource::Feed, &platform));
    }
    cases
}
