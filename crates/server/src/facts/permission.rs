//! Which permission an operation on a kind of target needs, and which people have it.

use crate::authz::{Action, Principal, Resource, Scope, TokenScope, Via, decide};
use crate::store::operations::MayStart;
use crate::store::users::Person;
use operations::Declaration;
use read_models::ids::{ProjectId, TokenId};
use read_models::operation::{Target, TargetKind};

/// What changes an account decides who comes in as this person: a token needs its widest scope for that.
pub const fn action_on(kind: TargetKind, declaration: &Declaration) -> Action {
    match kind {
        TargetKind::User | TargetKind::People => Action::Administer,
        TargetKind::Node
        | TargetKind::Workload
        | TargetKind::Project
        | TargetKind::EnrolmentToken
        | TargetKind::Sku
        | TargetKind::Onboarding
        | TargetKind::Operation
        | TargetKind::Platform => MayStart::action_for(declaration.danger),
    }
}

/// What is made on the platform as a whole is judged by what is made.
pub fn resource_of(kind: TargetKind, declaration: &Declaration) -> Resource {
    match kind {
        TargetKind::Node => Resource::Nodes,
        TargetKind::Workload | TargetKind::Project => Resource::Workloads,
        TargetKind::Sku => Resource::Skus,
        TargetKind::Platform if family(declaration.id) == "sku" => Resource::Skus,
        TargetKind::Platform if matches!(family(declaration.id), "action_item" | "bulk" | "platform") => {
            Resource::Nodes
        }
        TargetKind::Platform if is_of_evidence(declaration.id) => Resource::Evidence,
        TargetKind::EnrolmentToken | TargetKind::Onboarding | TargetKind::Platform => {
            Resource::EnrolmentTokens
        }
        TargetKind::User => Resource::Account,
        TargetKind::People => Resource::Invitations,
        TargetKind::Operation => Resource::OperationRecords,
    }
}

/// Whether somebody may carry an operation out on a target, and so act on one that was asked for, with all their roles allow.
pub fn may_carry_out(
    person: &Person,
    declaration: &Declaration,
    target: &Target,
    project: Option<&ProjectId>,
) -> bool {
    let scope = Scope::of_target(target, project);
    let (action, resource) = (action_on(target.kind, declaration), resource_of(target.kind, declaration));
    may(person, action, resource, &scope)
}

/// Whether the policy allows it somebody who is not suspended, with all their roles allow.
pub fn may(person: &Person, action: Action, resource: Resource, scope: &Scope) -> bool {
    let as_they_are = Principal {
        user_id: person.id.clone(),
        email: person.email.clone(),
        display_name: person.display_name.clone(),
        grants: person.grants.clone(),
        landing: None,
        via: Via::Token { id: TokenId::from_uuid(""), scope: TokenScope::Destructive },
    };
    person.suspended_at.is_none() && decide(&as_they_are, action, resource, scope).is_ok()
}

/// Whether it is about what proves what happened.
fn is_of_evidence(operation: &str) -> bool {
    matches!(family(operation), "evidence" | "audit" | "checkpoint")
}

/// `sku` of `sku.create`.
pub fn family(operation: &str) -> &str {
    operation.split('.').next().unwrap_or_default()
}
