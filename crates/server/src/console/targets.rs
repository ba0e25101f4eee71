//! Targets of operations: what they are, whose they are, and which permission an operation on them needs.

use super::Asking;
use crate::authz::{
    Account, Action, Denied, EnrolmentTokens, Invitations, Nodes, OperationRecords, Permit, Projects, Read,
    Resource, Scope, Skus, Users, Workloads, decide,
};
use crate::facts::{action_on, family, resource_of};
use crate::operations::BulkOver;
use crate::store::db::StoreError;
use crate::store::{enrolment_tokens, nodes, onboardings, projects, skus, users, workloads};
use operations::Declaration;
use read_models::error::{ConsoleError, ErrorKind};
use read_models::ids::{
    EnrolmentTokenId, NodeId, OnboardingId, OperationId, ProjectId, SkuId, UserId, WorkloadId,
};
use read_models::navigation::Address;
use read_models::onboarding::OnboardingStep;
use read_models::operation::{Target, TargetKind, TargetView};
use read_models::time::spoken;

/// A target that this person may see.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) view: TargetView,
    /// The project it belongs to; none when it is the platform's.
    pub(super) project: Option<ProjectId>,
    /// Of a target that is itself an operation: what that does, on what.
    pub(super) about: Option<About>,
}

/// An operation that another one is about.
#[derive(Debug, Clone)]
pub(super) struct About {
    pub(super) declared: &'static Declaration,
    pub(super) target: Target,
}

impl Found {
    /// Where an operation on it counts.
    pub(super) fn scope(&self) -> Scope {
        let target = Target { kind: self.view.kind, id: self.view.id.clone() };
        Scope::of_target(&target, self.project.as_ref())
    }
}

impl Asking {
    /// The target, when it is there and this person may see it.
    pub(super) async fn target(&self, target: &Target) -> Result<Found, ConsoleError> {
        match target.kind {
            TargetKind::Node => self.node_target(target).await,
            TargetKind::Workload => self.workload_target(target).await,
            TargetKind::Project => self.project_target(target).await,
            TargetKind::EnrolmentToken => self.enrolment_token_target(target).await,
            TargetKind::Onboarding => self.onboarding_target(target).await,
            TargetKind::Platform if target.id == "platform" => {
                let _: Permit<Read, Nodes> = self.permit(&Scope::Platform)?;
                let view = view(target, "the platform".to_owned(), Address::Nodes, Vec::new());
                Ok(Found { view, project: None, about: None })
            }
            TargetKind::Platform => Err(ConsoleError::not_found("platform")),
            TargetKind::User => self.user_target(target).await,
            TargetKind::Sku => self.sku_target(target).await,
            TargetKind::People => self.people_target(target).await,
            TargetKind::Operation => Box::pin(self.operation_target(target)).await,
        }
    }

    async fn sku_target(&self, target: &Target) -> Result<Found, ConsoleError> {
        let permit: Permit<Read, Skus> = self.permit(&Scope::Platform).map_err(hide_as("SKU"))?;
        let id = SkuId::parse(&target.id).map_err(|_| ConsoleError::not_found("SKU"))?;
        let found = skus::find(&mut &self.state().db, &permit, &id).await;
        let sku = found.map_err(|error| self.missing("SKU", error))?;
        let facts = vec![
            sku.name,
            if sku.retired_at.is_some() { "retired" } else { "offered" }.to_owned(),
            format!("here for {}", spoken(self.now().since(sku.created_at))),
        ];
        Ok(Found { view: view(target, sku.title, Address::ConfigSku(id), facts), project: None, about: None })
    }

    async fn node_target(&self, target: &Target) -> Result<Found, ConsoleError> {
        let permit: Permit<Read, Nodes> = self.permit(&Scope::Platform)?;
        let id = NodeId::parse(&target.id).map_err(|_| ConsoleError::not_found("node"))?;
        let node = nodes::find(&mut &self.state().db, &permit, &id)
            .await
            .map_err(|error| self.missing("node", error))?;
        let facts = vec![
            node.role.word().to_owned(),
            format!("{}, {}", node.state.word(), node.policy.word().to_lowercase()),
            format!("here for {}", spoken(self.now().since(node.created_at))),
        ];
        let simulated = node.simulated;
        let view = TargetView { simulated, ..view(target, node.name, Address::Node(id), facts) };
        Ok(Found { view, project: None, about: None })
    }

    async fn workload_target(&self, target: &Target) -> Result<Found, ConsoleError> {
        let id = WorkloadId::parse(&target.id).map_err(|_| ConsoleError::not_found("workload"))?;
        let found = workloads::find_system(&mut &self.state().db, &self.proof(), &id).await;
        let workload = found.map_err(|error| self.missing("workload", error))?;
        let permit: Result<Permit<Read, Workloads>, _> =
            self.permit(&Scope::Project(workload.project.clone()));
        permit.map_err(hide_as("workload"))?;
        let facts = vec![
            format!("{} of {}", workload.kind.word(), workload.project_name),
            workload.sku_title,
            format!("{} for {}", workload.state.word(), spoken(self.now().since(workload.state_since))),
        ];
        let simulated = workload.simulated;
        let view = TargetView { simulated, ..view(target, workload.name, Address::Workload(id), facts) };
        Ok(Found { view, project: Some(workload.project), about: None })
    }

    async fn project_target(&self, target: &Target) -> Result<Found, ConsoleError> {
        let id = ProjectId::parse(&target.id).map_err(|_| ConsoleError::not_found("project"))?;
        let permit: Permit<Read, Projects> =
            self.permit(&Scope::Project(id.clone())).map_err(hide_as("project"))?;
        let project = projects::find(&mut &self.state().db, &permit, &id).await;
        let project = project.map_err(|error| self.missing("project", error))?;
        let view = view(target, project.name, Address::LaunchCompute { sku: None }, Vec::new());
        Ok(Found { view, project: Some(id), about: None })
    }

    async fn enrolment_token_target(&self, target: &Target) -> Result<Found, ConsoleError> {
        let permit: Permit<Read, EnrolmentTokens> = self.permit(&Scope::Platform)?;
        let id =
            EnrolmentTokenId::parse(&target.id).map_err(|_| ConsoleError::not_found("enrolment token"))?;
        let token = enrolment_tokens::find(&mut &self.state().db, &permit, &id)
            .await
            .map_err(|error| self.missing("enrolment token", error))?;
        let facts = vec![
            token.node_name.as_ref().map_or_else(|| "for any name".to_owned(), |name| format!("for {name}")),
            format!("issued by {}", token.issued_by),
            format!("ends {} UTC", token.expires_at.date_and_minute()),
        ];
        let name = token.node_name.unwrap_or_else(|| short_id(id.as_str()));
        let onboarding = onboardings::of_token(&mut &self.state().db, &permit, &id).await;
        let address = onboarding.map_err(|error| self.broken(error))?.map_or(Address::Nodes, |onboarding| {
            Address::Onboarding { id: onboarding.id, step: Some(OnboardingStep::Token) }
        });
        Ok(Found { view: view(target, name, address, facts), project: None, about: None })
    }

    async fn onboarding_target(&self, target: &Target) -> Result<Found, ConsoleError> {
        let permit: Permit<Read, EnrolmentTokens> = self.permit(&Scope::Platform)?;
        let id = OnboardingId::parse(&target.id).map_err(|_| ConsoleError::not_found("onboarding"))?;
        let found = onboardings::find(&mut &self.state().db, &permit, &id).await;
        let onboarding = found.map_err(|error| self.missing("onboarding", error))?;
        let facts = vec![
            onboarding.site.clone().unwrap_or_else(|| "no site named".to_owned()),
            onboarding.mode.word().to_owned(),
            format!("begun by {} {} ago", onboarding.begun_by, spoken(self.now().since(onboarding.begun_at))),
        ];
        let name = onboarding.node_name.unwrap_or_else(|| short_id(id.as_str()));
        let address = Address::Onboarding { id, step: None };
        Ok(Found { view: view(target, name, address, facts), project: None, about: None })
    }

    /// One's own account; or somebody else's name, for who may read what was done to it.
    async fn user_target(&self, target: &Target) -> Result<Found, ConsoleError> {
        let nobody = || ConsoleError::not_found("account");
        let id = UserId::parse(&target.id).map_err(|_| nobody())?;
        let scope = Scope::Person(id.clone());
        let is_own = self.who()?.user_id == id;
        if is_own {
            let _: Permit<Read, Account> = self.permit(&scope)?;
        } else {
            let _: Permit<Read, OperationRecords> = self.permit(&scope).map_err(|_| nobody())?;
        }
        let found = users::by_id(&mut &self.state().db, &self.proof(), &id).await;
        let account = found.map_err(|error| self.missing("account", error))?;
        let (address, facts) = if is_own {
            (Address::AccountProfile, vec![account.display_name, "your own account".to_owned()])
        } else {
            (Address::Nodes, vec!["somebody else's account".to_owned()])
        };
        Ok(Found { view: view(target, account.email, address, facts), project: None, about: None })
    }

    /// Who may come in, on the platform or in a project.
    async fn people_target(&self, target: &Target) -> Result<Found, ConsoleError> {
        if target.id == "platform" {
            let _: Permit<Read, Invitations> = self.permit(&Scope::Platform)?;
            let view = view(target, "the platform".to_owned(), Address::IamUsers, Vec::new());
            return Ok(Found { view, project: None, about: None });
        }
        let id = ProjectId::parse(&target.id).map_err(|_| ConsoleError::not_found("project"))?;
        let scope = Scope::Project(id.clone());
        let permit: Permit<Read, Projects> = self.permit(&scope).map_err(hide_as("project"))?;
        let _: Permit<Read, Invitations> = self.permit(&scope).map_err(hide_as("project"))?;
        let project = projects::find(&mut &self.state().db, &permit, &id).await;
        let project = project.map_err(|error| self.missing("project", error))?;
        // Who looks after one project has no page of the platform's people.
        let users: Result<Permit<Read, Users>, _> = self.permit(&Scope::Platform);
        let address = if users.is_ok() { Address::IamUsers } else { Address::Workbench };
        let view = view(target, project.name, address, Vec::new());
        Ok(Found { view, project: Some(id), about: None })
    }

    /// An operation, for who may read it; its name says what it does on what, as long as that is there.
    async fn operation_target(&self, target: &Target) -> Result<Found, ConsoleError> {
        let id = OperationId::parse(&target.id).map_err(|_| ConsoleError::not_found("operation"))?;
        let (stored, _) = self.readable(&id).await?;
        let declared = self.declaration(&stored.operation)?;
        let on = match self.target(&stored.target).await {
            Ok(on) => Some(Self::named_as_bulk(&stored, on.view)),
            Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Denied) => None,
            Err(error) => return Err(error),
        };
        let (name, simulated) = match on {
            // Its name says what is carried out on whom already.
            Some(on) if BulkOver::by_id(&stored.operation).is_some() => (on.name, on.simulated),
            Some(on) => (format!("{} {}", declared.title, on.name), on.simulated),
            None => (declared.title.to_owned(), false),
        };
        let facts = vec![
            format!("{} for {}", stored.state.word(), spoken(self.now().since(stored.state_since))),
            format!("asked for by {}", stored.requested_by),
        ];
        let view = TargetView { simulated, ..view(target, name, Address::Operation(id), facts) };
        let about = Some(About { declared, target: stored.target });
        Ok(Found { view, project: stored.project, about })
    }

    /// The target of an operation: of one's own account and of what is made, by the page that offers the operation.
    pub(super) async fn target_of(&self, operation: &str, target: &Target) -> Result<Found, ConsoleError> {
        let mut found = self.target(target).await?;
        if found.view.address == Address::AccountProfile {
            found.view.address = match family(operation) {
                "session" => Address::AccountSessions,
                "ssh_key" | "token" | "password" | "totp" | "passkey" | "recovery_code" => {
                    Address::AccountSecurity
                }
                "view" => Address::Workbench,
                _ => Address::AccountProfile,
            };
        }
        if found.view.kind == TargetKind::Platform && family(operation) == "sku" {
            found.view.address = Address::ConfigSkus;
        }
        if found.view.kind == TargetKind::Project && family(operation) == "bulk" {
            found.view.address = Address::Workbench;
        }
        if matches!(family(operation), "action_item" | "platform") {
            found.view.address = Address::Ops;
        }
        match family(operation) {
            "audit" => found.view.address = Address::Evidence,
            "evidence" => found.view.address = Address::EvidenceBundles,
            "checkpoint" => found.view.address = Address::EvidenceCheckpoints,
            _ => {}
        }
        if operation == "onboarding.begin" {
            found.view.address = Address::Onboardings;
        }
        Ok(found)
    }

    /// What is not there and what may not be seen get the same answer, to the letter.
    pub(super) fn missing(&self, what: &str, error: StoreError) -> ConsoleError {
        if matches!(error, StoreError::NotFound) { ConsoleError::not_found(what) } else { self.broken(error) }
    }

    /// Whether this person may carry the operation out on the target.
    pub(super) fn may_operate(&self, declaration: &Declaration, found: &Found) -> Result<(), Denied> {
        let Ok(who) = self.who() else {
            let kind = found.view.kind;
            return Err(Denied::nobody(action_on(kind, declaration), resource_of(kind, declaration)));
        };
        let (action, resource, scope) = permission(declaration, found);
        decide(who, action, resource, &scope)
    }
}

/// Which permission an operation on a target needs; one about another operation needs what acting on that one needs.
pub(super) fn permission(declaration: &Declaration, found: &Found) -> (Action, Resource, Scope) {
    if let Some(about) = &found.about {
        let scope = Scope::of_target(&about.target, found.project.as_ref());
        let kind = about.target.kind;
        return (action_on(kind, about.declared), resource_of(kind, about.declared), scope);
    }
    let kind = found.view.kind;
    (action_on(kind, declaration), resource_of(kind, declaration), found.scope())
}

/// What may not be seen is not there.
fn hide_as(what: &'static str) -> impl Fn(ConsoleError) -> ConsoleError {
    move |error| if error.code == "not_found" { ConsoleError::not_found(what) } else { error }
}

/// The end of an id, as the pages write it too: its beginning is the time at which it was made.
fn short_id(id: &str) -> String {
    let tail = id.len().checked_sub(6).and_then(|from| id.get(from..)).unwrap_or(id);
    format!("{}_…{tail}", id.split('_').next().unwrap_or_default())
}

fn view(target: &Target, name: String, address: Address, facts: Vec<String>) -> TargetView {
    TargetView { kind: target.kind, id: target.id.clone(), name, address, facts, simulated: false }
}
