//! Who is here, and where may they go?

use super::Asking;
use crate::authz::{Action, Grant, OperationRecords, Permit, Principal, Read, Resource, Scope};
use crate::store::{operations, projects, users, workloads};
use read_models::Answer;
use read_models::error::ConsoleError;
use read_models::navigation::{CONTRACT, Family};
use read_models::session::{Me, ProjectRef, RailItem, RoleView, SessionConsole, ShellView, SignInView};

/// What "needs action" is counted up to; more is not told apart on the rail.
const COUNTED: i64 = 200;

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
                    running_operations: 0,
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
            Ok(ShellView { as_of, me: Some(me), rail, project, projects, running_operations, build })
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
                (
                    Family::Workloads
                    | Family::Compute
                    | Family::Config
                    | Family::Account
                    | Family::Entrance
                    | Family::Iam
                    | Family::Find
                    | Family::Operations,
                    _,
                ) => 0,
            };
            rail.push(RailItem { family, needs_action });
        }
        Ok(rail)
    }

    async fn workloads_needing_action(&self, project: &ProjectRef) -> Result<u32, ConsoleError> {
        let scope = Scope::Project(project.id.clone());
        if !self.who()?.can(Action::Read, Resource::Workloads, &scope) {
            return Ok(0);
        }
        let permit = self.permit(&scope)?;
        let counts =
            workloads::counts(&self.state().db, &permit, self.now()).await.map_err(|e| self.broken(e))?;
        Ok(counts.iter().map(|of| u32::try_from(of.needs_action).unwrap_or(u32::MAX)).sum())
    }

    async fn operations_that_ask(&self) -> Result<u32, ConsoleError> {
        let permit: Permit<Read, OperationRecords> = self.permit(&Scope::Platform)?;
        let asking = operations::asking_count(&self.state().db, &permit).await;
        Ok(u32::try_from(asking.map_err(|error| self.broken(error))?).unwrap_or(u32::MAX))
    }

    async fn nodes_needing_action(&self) -> Result<u32, ConsoleError> {
        let permit = self.permit(&Scope::Platform)?;
        let found = crate::store::nodes::list(&self.state().db, &permit, None, COUNTED).await;
        let nodes = found.map_err(|error| self.broken(error))?;
        let now = self.now();
        let flagged =
            nodes.iter().filter(|node| !crate::projections::node_row::overlays(node, now).is_empty()).count();
        Ok(u32::try_from(flagged).unwrap_or(u32::MAX))
    }

    async fn running(&self) -> Result<u32, ConsoleError> {
        // Who may not read operations, or has no project yet, has none to follow; the shell is there all the same.
        let permit = self.widest_scope(None).and_then(|scope| self.permit::<Read, OperationRecords>(&scope));
        let Ok(permit) = permit else { return Ok(0) };
        let count =
            operations::running_count(&self.state().db, &permit).await.map_err(|error| self.broken(error))?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }
}
