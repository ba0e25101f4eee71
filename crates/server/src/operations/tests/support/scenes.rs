//! How each operation is asked for: with what on the node beforehand, on which target, with which input.

use read_models::ids::{NodeId, ProjectId, UserId, WorkloadId};
use read_models::nodes::NodePolicy;
use read_models::operation::{Target, TargetKind};
use serde_json::{Value, json};

use super::{Site, nothing, proof, target};
use crate::clock::Clock as _;
use crate::store::nodes;

/// An operation on a target, about to be asked for.
#[derive(Debug, Clone)]
pub(crate) struct Scene {
    pub(crate) operation: String,
    pub(crate) target: Target,
    pub(crate) input: Value,
}

impl Scene {
    pub(crate) fn on_node(operation: &str, node: &NodeId, input: Value) -> Self {
        Self { operation: operation.to_owned(), target: target(TargetKind::Node, node.as_str()), input }
    }

    pub(crate) fn on_workload(operation: &str, workload: &WorkloadId, input: Value) -> Self {
        Self {
            operation: operation.to_owned(),
            target: target(TargetKind::Workload, workload.as_str()),
            input,
        }
    }

    pub(crate) fn on_project(operation: &str, project: &ProjectId, input: Value) -> Self {
        Self { operation: operation.to_owned(), target: target(TargetKind::Project, project.as_str()), input }
    }

    pub(crate) fn on_person(operation: &str, user: &UserId, input: Value) -> Self {
        Self { operation: operation.to_owned(), target: target(TargetKind::User, user.as_str()), input }
    }

    pub(crate) fn on_platform(operation: &str, input: Value) -> Self {
        Self { operation: operation.to_owned(), target: target(TargetKind::Platform, "platform"), input }
    }
}

/// Sets the node up so that the operation has everything to do. An operation without a scene is not covered: write one.
pub(crate) async fn scene(site: &mut Site, operation: &str) -> Scene {
    match operation {
        "node.probe" => Scene::on_node(operation, &site.node, nothing()),
        "node.drain" => {
            site.runs_a_workload().await;
            Scene::on_node(operation, &site.node, json!({ "grace_s": 10 }))
        }
        "node.resume" => {
            site.has_policy(NodePolicy::Cordoned).await;
            Scene::on_node(operation, &site.node, nothing())
        }
        "workload.launch" => site.launch(),
        "workload.release" => {
            let workload = site.runs_a_workload().await;
            Scene::on_workload(operation, &workload, json!({ "grace_s": 10 }))
        }
        "enrolment_token.issue" => Scene::on_platform(operation, nothing()),
        of_account if super::account::is_of_account(of_account) => site.account_scene(of_account).await,
        unknown => panic!("write a scene for {unknown}"),
    }
}

impl Site {
    /// The node has this policy, as if an operation had set it.
    pub(crate) async fn has_policy(&self, policy: NodePolicy) {
        let mut tx = self.state.db.begin().await.unwrap();
        nodes::set_policy(&mut tx, &proof(), &self.node, policy, self.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
    }
}
