//! Who is here, and where may they go?

use super::Asking;
use crate::authz::{
    Action, Feed, Grant, Nodes, OperationRecords, Permit, Principal, Read, Resource, Scope, Workloads,
};
use crate::projections::node_row;
use crate::store::{nodes, operations, projects, users, verifications, workloads};
use read_models::Answer;
use read_models::counting::BoundedCount;
use read_models::error::ConsoleError;
use read_models::navigation::{CONTRACT, Family};
use read_models::session::{Me, ProjectRef, RailItem, RoleView, SessionConsole, ShellView, SignInView};

/// So many nodes that need somebody are counted; beyond that there are "more".
const NODES: u32 = 100;

impl SessionConsole for Asking {
    fn shell(&self) -> Answer<'_, ShellView> {
        Box::pin(async move {
            let as_of = self.now();
            let build = self.state().build.clone();
            let Ok(who) = self.who() else {
                let (rail, projects) = (Vec::new(), Vec::new());
                return Ok(ShellView {
                    as_of,
                    me: None,
                    rail,
                    project: None,
                    projects,
                    running_operations: BoundedCount::default(),
                    frozen: None,
                    build,
                });
            };
            let visible =
                projects::visible_to(&self.state().db, who).await.map_err(|error| self.broken(error))?;
            let projects: Vec<_> =
                visible.into_iter().map(|p| ProjectRef { id: p.id, name: p.name }).collect();
            let chosen = self.session_project();
            let project =
                projects.iter().find(|p| Some(&p.id) == chosen.as_ref()).or(projects.first()).cloned();
            let (roles, landing) = (roles(who, &projects), who.landing_address());
            let me = Me { email: who.email.clone(), roles, landing };
            let rail = self.rail(project.as_ref()).await?;
            let running_operations = self.running().await?;
            let frozen = self.frozen_view().await?;
            Ok(ShellView { as_of, me: Some(me), rail, project, projects, running_operations, frozen, build })
        })
    }

    fn sign_in(&self) -> Answer<'_, SignInView> {
        Box::pin(async move {
            let has = users::has_administrator(&mut &self.state().db, &self.proof()).await;
            let passkeys = self.state().authn.site.why_not().is_none();
            Ok(SignInView { has_administrator: has.map_err(|error| self.broken(error))?, passkeys })
        })
    }
}

/// What a person may be, and in which of the projects they see.
pub(super) fn roles(who: &Principal, projects: &[ProjectRef]) -> Vec<RoleView> {
    let view = |grant: &Grant| RoleView {
        role: grant.role,
        project: projects.iter().find(|p| Some(&p.id) == grant.scope.project()).cloned(),
    };
    who.grants.iter().map(view).collect()
}

impl Asking {
    /// The families this person may use, with how much needs action in each.
    async fn rail(&self, project: Option<&ProjectRef>) -> Result<Vec<RailItem>, ConsoleError> {
        let who = self.who()?;
        let mut rail: Vec<RailItem> = Vec::new();
        for route in CONTRACT {
            let family = route.family;
            let theirs = route.roles.iter().any(|role| who.grants.iter().any(|grant| grant.role == *role));
            if family.entry().is_none() || !theirs || rail.iter().any(|item| item.family == family) {
                continue;
            }
            let needs_action = match (family, project) {
                (Family::Workloads, Some(project)) => self.workloads_needing_action(project).await?,
                (Family::Ops, _) => self.operations_that_ask().await?,
                (Family::Lifecycle, _) => self.nodes_needing_action().await?,
                (Family::Evidence, _) => self.chain_needing_action().await?,
                (
                    Family::Workloads
                    | Family::Compute
                    | Family::Config
                    | Family::Access
                    | Family::Account
                    | Family::Entrance
                    | Family::Iam
                    | Family::Find
                    | Family::Operations,
                    _,
                ) => BoundedCount::default(),
            };
            rail.push(RailItem { family, needs_action });
        }
        Ok(rail)
    }

    async fn workloads_needing_action(&self, project: &ProjectRef) -> Result<BoundedCount, ConsoleError> {
        let scope = Scope::Project(project.id.clone());
        if !self.who()?.can(Action::Read, Resource::Workloads, &scope) {
            return Ok(BoundedCount::default());
        }
        let permit: Permit<Read, Workloads> = self.permit(&scope)?;
        let found = workloads::needing_action(&self.state().db, &permit, &project.id, self.now()).await;
        found.map_err(|error| self.broken(error))
    }

    async fn operations_that_ask(&self) -> Result<BoundedCount, ConsoleError> {
        let permit: Permit<Read, OperationRecords> = self.permit(&Scope::Platform)?;
        operations::asking_count(&self.state().db, &permit).await.map_err(|error| self.broken(error))
    }

    /// One, while the last check of the chain found something that does not fit.
    async fn chain_needing_action(&self) -> Result<BoundedCount, ConsoleError> {
        let permit: Permit<Read, Feed> = self.permit(&Scope::Platform)?;
        let newest = verifications::newest(&self.state().db, &permit).await;
        let broken = newest.map_err(|error| self.broken(error))?.filter(|check| check.misfit.is_some());
        Ok(u32::from(broken.is_some()).into())
    }

    async fn nodes_needing_action(&self) -> Result<BoundedCount, ConsoleError> {
        let permit: Permit<Read, Nodes> = self.permit(&Scope::Platform)?;
        let (now, most) = (self.now(), i64::from(NODES) + 1);
        let ends_by = now.plus(node_row::EXPIRING);
        let found = nodes::perhaps_not_well(&self.state().db, &permit, ends_by, most).await;
        let nodes = found.map_err(|error| self.broken(error))?;
        let flagged = nodes.iter().filter(|node| !node_row::overlays(node, now).is_empty()).count();
        Ok(BoundedCount::from_overfull(u32::try_from(flagged).unwrap_or(u32::MAX), NODES))
    }

    async fn running(&self) -> Result<BoundedCount, ConsoleError> {
        // Who may not read operations, or has no project yet, has none to follow; the shell is there all the same.
        let permit = self.widest_scope(None).and_then(|scope| self.permit::<Read, OperationRecords>(&scope));
        let Ok(permit) = permit else { return Ok(BoundedCount::default()) };
        operations::running_count(&self.state().db, &permit).await.map_err(|error| self.broken(error))
    }
}
