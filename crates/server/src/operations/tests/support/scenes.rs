//! How each operation is asked for: with what on the node beforehand, on which target, with which input.

use std::time::Duration;

use read_models::ids::{EnrolmentTokenId, InvitationId, NodeId, OperationId, ProjectId, UserId, WorkloadId};
use read_models::nodes::NodePolicy;
use read_models::operation::{Target, TargetKind};
use serde_json::{Value, json};

use super::account::user_of;
use super::{Site, nothing, proof, target};
use crate::authz::{Grant, Role, Scope};
use crate::clock::Clock as _;
use crate::store::enrolment_tokens::{self, NewEnrolmentToken};
use crate::store::invitations::{self, NewInvitation};
use crate::store::nodes::{self, PolicyHold};

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

    pub(crate) fn on_token(operation: &str, token: &EnrolmentTokenId, input: Value) -> Self {
        let target = target(TargetKind::EnrolmentToken, token.as_str());
        Self { operation: operation.to_owned(), target, input }
    }

    pub(crate) fn on_person(operation: &str, user: &UserId, input: Value) -> Self {
        Self { operation: operation.to_owned(), target: target(TargetKind::User, user.as_str()), input }
    }

    pub(crate) fn on_people(operation: &str, whose: &str, input: Value) -> Self {
        Self { operation: operation.to_owned(), target: target(TargetKind::People, whose), input }
    }

    pub(crate) fn on_platform(operation: &str, input: Value) -> Self {
        Self { operation: operation.to_owned(), target: target(TargetKind::Platform, "platform"), input }
    }
}

/// Sets the node up so that the operation has everything to do. An operation without a scene is not covered: write one.
pub(crate) async fn scene(site: &mut Site, operation: &str) -> Scene {
    match operation {
        "node.probe" | "node.refresh_inventory" => Scene::on_node(operation, &site.node, nothing()),
        "node.disable_scheduling" => {
            site.runs_a_workload().await;
            Scene::on_node(operation, &site.node, json!({ "reason": "noisy fans" }))
        }
        "node.enable_scheduling" => {
            site.runs_a_workload().await;
            site.is_held(NodePolicy::Cordoned, "node.disable_scheduling").await;
            Scene::on_node(operation, &site.node, nothing())
        }
        "node.begin_maintenance" => {
            Scene::on_node(operation, &site.node, json!({ "reason": "new fans", "ticket": "OPS-7" }))
        }
        "node.end_maintenance" => {
            site.is_held(NodePolicy::Maintenance, "node.begin_maintenance").await;
            Scene::on_node(operation, &site.node, nothing())
        }
        "node.drain" => {
            site.runs_a_workload().await;
            Scene::on_node(operation, &site.node, json!({ "grace_s": 10 }))
        }
        "node.resume" => {
            site.has_policy(NodePolicy::Cordoned).await;
            Scene::on_node(operation, &site.node, nothing())
        }
        "bulk.run" => site.bulk_scene(),
        "bulk.run_in_project" => {
            let workload = site.has_failed().await;
            let each = json!({ "operation": "workload.archive", "targets": [workload] });
            Scene::on_project(operation, &site.project, each)
        }
        "workload.launch" => site.launch(),
        of_workload if of_workload.starts_with("workload.") => workload_scene(site, of_workload).await,
        "enrolment_token.revoke" => {
            let token = site.has_a_token().await;
            Scene::on_token(operation, &token, nothing())
        }
        "approval_policy.set" | "platform.freeze" | "platform.unfreeze" => {
            site.held_back_scene(operation).await
        }
        of_operation if of_operation.starts_with("operation.") => site.care_scene(of_operation).await,
        of_queue if of_queue.starts_with("action_item.") => site.queue_scene(of_queue).await,
        of_evidence if super::is_of_evidence(of_evidence) => site.evidence_scene(of_evidence).await,
        of_offer if of_offer.starts_with("sku.") => site.offer_scene(of_offer).await,
        "enrolment_token.issue" => Scene::on_platform(operation, nothing()),
        of_onboarding if of_onboarding.starts_with("onboarding.") => {
            site.onboarding_scene(of_onboarding).await
        }
        "user.invite" | "user.revoke_invitation" => site.people_scene(operation).await,
        of_account if super::account::is_of_account(of_account) => site.account_scene(of_account).await,
        unknown => panic!("write a scene for {unknown}"),
    }
}

/// The same for one that is carried out on a workload.
async fn workload_scene(site: &mut Site, operation: &str) -> Scene {
    match operation {
        "workload.release" | "workload.stop" | "workload.restart" => {
            let workload = site.runs_a_workload().await;
            Scene::on_workload(operation, &workload, json!({ "grace_s": 10 }))
        }
        "workload.start" => {
            let workload = site.has_stopped().await;
            Scene::on_workload(operation, &workload, nothing())
        }
        "workload.retry" | "workload.archive" => {
            let workload = site.has_failed().await;
            Scene::on_workload(operation, &workload, nothing())
        }
        "workload.acknowledge" => {
            let workload = site.has_failed().await;
            Scene::on_workload(operation, &workload, json!({ "reason": "Known.", "hours": 2 }))
        }
        unknown => panic!("write a scene for {unknown}"),
    }
}

impl Site {
    /// One operation on all of one node.
    fn bulk_scene(&self) -> Scene {
        let with = json!({ "reason": "noisy fans" });
        let each = json!({ "operation": "node.disable_scheduling", "targets": [self.node], "with": with });
        Scene::on_platform("bulk.run", each)
    }

    /// A workload that was stopped and keeps its slot.
    pub(crate) async fn has_stopped(&mut self) -> WorkloadId {
        let workload = self.runs_a_workload().await;
        let stop = Scene::on_workload("workload.stop", &workload, nothing());
        let id = self.asks(&self.admin(), &stop).await;
        self.run_until_it_rests().await;
        assert!(self.operation(&id).await.record.state.is_over());
        workload
    }

    /// A workload that ran, ended badly and gave its slot back.
    pub(crate) async fn has_failed(&mut self) -> WorkloadId {
        let workload = self.runs_a_workload().await;
        self.agent.sees_end(&self.state, &workload, 3).await;
        self.slots_are_reclaimed().await;
        workload
    }

    /// The node has this policy, and nobody wrote down who wants it so.
    pub(crate) async fn has_policy(&self, policy: NodePolicy) {
        self.sets_policy(policy, None).await;
    }

    /// The node has this policy, as if this operation had set it.
    pub(crate) async fn is_held(&self, policy: NodePolicy, asked: &str) {
        let hold = PolicyHold {
            operation: OperationId::from_uuid(&self.state.ids.uuid()),
            asked: asked.to_owned(),
            by: "ops@example.org".to_owned(),
            reason: None,
            ticket: None,
            until: None,
        };
        self.sets_policy(policy, Some(&hold)).await;
    }

    async fn sets_policy(&self, policy: NodePolicy, hold: Option<&PolicyHold>) {
        let mut tx = self.state.db.begin().await.unwrap();
        nodes::set_policy(&mut tx, &proof(), &self.node, (policy, hold), self.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Of an invitation to the platform, or of taking one back.
    async fn people_scene(&mut self, operation: &str) -> Scene {
        let input = if operation == "user.invite" {
            json!({ "email": format!("{}@example.org", self.fresh("new-")), "role": "operator", "days": 7 })
        } else {
            json!({ "invitation": self.has_an_invitation().await })
        };
        Scene::on_people(operation, "platform", input)
    }

    /// An open invitation to look after the machines.
    pub(crate) async fn has_an_invitation(&self) -> InvitationId {
        let (uuid, now) = (self.state.ids.uuid(), self.clock.now());
        let id = InvitationId::from_uuid(&uuid);
        let new = NewInvitation {
            id: &id,
            hash: &uuid,
            email: "somebody@example.org",
            grant: &Grant { role: Role::Operator, scope: Scope::Platform },
            invited_by: &user_of(Role::PlatformAdmin),
            expires_at: now.plus(Duration::from_hours(1)),
        };
        let mut tx = self.state.db.begin().await.unwrap();
        invitations::add(&mut tx, &proof(), new, now).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// A token that lets one machine in.
    pub(crate) async fn has_a_token(&self) -> EnrolmentTokenId {
        let (id, now) = (EnrolmentTokenId::from_uuid(&self.state.ids.uuid()), self.clock.now());
        let new = NewEnrolmentToken {
            id: &id,
            secret_hash: "h",
            node_name: Some("worker-7"),
            issued_at: now,
            expires_at: now.plus(Duration::from_hours(1)),
        };
        let mut tx = self.state.db.begin().await.unwrap();
        enrolment_tokens::issue_for(&mut tx, &proof(), "ops@example.org", new).await.unwrap();
        tx.commit().await.unwrap();
        id
    }
}
