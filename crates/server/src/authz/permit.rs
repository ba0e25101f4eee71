//! [`Permit`]: the proof that the policy was asked, and [`Denied`]: what to tell the person otherwise.
//!
//! A store function that needs a permit cannot be called without one:
//!
//! ```no_run
//! use server::authz::{Denied, Permit, Principal, Projects, Read, Scope, authorize};
//! use server::store::{db::Db, projects};
//! async fn names(db: &Db, who: &Principal) -> Result<usize, Box<dyn std::error::Error>> {
//!     let permit: Permit<Read, Projects> = authorize(who, &Scope::Platform)?;
//!     Ok(projects::list(db, &permit).await?.len())
//! }
//! ```
//!
//! The same without the permit does not compile:
//!
//! ```compile_fail
//! use server::authz::{Denied, Permit, Principal, Projects, Read, Scope, authorize};
//! use server::store::{db::Db, projects};
//! async fn names(db: &Db, who: &Principal) -> Result<usize, Box<dyn std::error::Error>> {
//!     let permit: Permit<Read, Projects> = authorize(who, &Scope::Platform)?;
//!     Ok(projects::list(db).await?.len())
//! }
//! ```
//!
//! nor with a permit for something else, nor with one made by hand:
//!
//! ```compile_fail
//! use server::authz::{Denied, Nodes, Permit, Principal, Projects, Read, Scope, authorize};
//! use server::store::{db::Db, projects};
//! async fn names(db: &Db, who: &Principal) -> Result<usize, Box<dyn std::error::Error>> {
//!     let permit: Permit<Read, Nodes> = authorize(who, &Scope::Platform)?;
//!     Ok(projects::list(db, &permit).await?.len())
//! }
//! ```
//!
//! ```compile_fail
//! use server::authz::{Permit, Projects, Read, Scope};
//! let permit: Permit<Read, Projects> = Permit { who: String::new(), scope: Scope::Platform, of: std::marker::PhantomData };
//! ```

use std::marker::PhantomData;

use read_models::error::{ConsoleError, ErrorKind};
use read_models::ids::ProjectId;

use super::policy::{OWN, POLICY, Role, allows};
use super::{Action, ActionMarker, Principal, Resource, ResourceMarker, Scope, Via};

/// "The policy allows this person action `A` on resources `R` in this scope." Only [`authorize`] makes it.
#[derive(Clone, Debug)]
pub struct Permit<A, R> {
    who: String,
    scope: Scope,
    of: PhantomData<fn() -> (A, R)>,
}

/// Asks the policy.
pub fn authorize<A: ActionMarker, R: ResourceMarker>(
    who: &Principal,
    scope: &Scope,
) -> Result<Permit<A, R>, Denied> {
    decide(who, A::ACTION, R::RESOURCE, scope)?;
    Ok(Permit { who: who.audit_name(), scope: scope.clone(), of: PhantomData })
}

/// The decision itself, on values; [`authorize`] is this with types.
pub fn decide(who: &Principal, action: Action, resource: Resource, scope: &Scope) -> Result<(), Denied> {
    if let Via::Token { scope: token, .. } = &who.via
        && !token.covers(action)
    {
        return Err(Denied { action, resource, reason: Reason::TokenScope });
    }
    let own = scope.person() == Some(&who.user_id) && OWN.contains(&(action, resource));
    let granted = own
        || who.grants.iter().any(|grant| {
            let reaches = if grant.role.is_of_project() {
                grant.scope == *scope
            } else {
                grant.scope == Scope::Platform
            };
            // A tenant role written down for the platform by mistake counts nowhere.
            let well_formed = grant.role.is_of_project() == grant.scope.project().is_some();
            reaches && well_formed && allows(grant.role, action, resource)
        });
    if granted {
        Ok(())
    } else {
        Err(Denied { action, resource, reason: Reason::Role { foreign: is_foreign(who, scope) } })
    }
}

impl<A, R> Permit<A, R> {
    /// Who it is, for the audit.
    pub fn who(&self) -> &str {
        &self.who
    }

    /// Where it counts.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Whether a thing of this project is in its scope.
    pub fn covers(&self, project: &ProjectId) -> bool {
        match &self.scope {
            Scope::Platform => true,
            Scope::Project(own) => own == project,
            Scope::Person(_) => false,
        }
    }
}

/// The policy says no: which permission is missing, and who has it to give.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("permission to {action} {resource} is missing")]
pub struct Denied {
    pub action: Action,
    pub resource: Resource,
    reason: Reason,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    /// None of the person's roles allows it.
    Role {
        /// The project is one the person has no role in: it must look as if it did not exist.
        foreign: bool,
    },
    /// The role would, the token does not.
    TokenScope,
}

impl Denied {
    /// Nobody is signed in: no role, and nothing to hide.
    pub fn nobody(action: Action, resource: Resource) -> Self {
        Self { action, resource, reason: Reason::Role { foreign: false } }
    }

    /// Whether the person may not even know that the thing exists: the answer is 404, not 403.
    pub fn hides(&self) -> bool {
        matches!(self.reason, Reason::Role { foreign: true })
    }

    /// Who can change it, as a next step.
    pub fn next_step(&self) -> String {
        match self.reason {
            Reason::TokenScope => {
                format!(
                    "Use a token with a wider scope: `slipway admin issue-token --scope {}`.",
                    self.wanted_scope()
                )
            }
            Reason::Role { .. } => {
                let tenant = POLICY.iter().any(|(role, lines)| {
                    role.is_of_project() && lines.contains(&(self.action, self.resource))
                });
                let giver =
                    if tenant { "an administrator of the project" } else { "a platform administrator" };
                format!("Ask {giver} for one of these roles: {}.", self.roles())
            }
        }
    }

    fn wanted_scope(&self) -> &'static str {
        super::TokenScope::ALL
            .into_iter()
            .find(|scope| scope.covers(self.action))
            .map_or("read", super::TokenScope::word)
    }

    fn roles(&self) -> String {
        let words: Vec<_> = Role::ALL
            .into_iter()
            .filter(|role| allows(*role, self.action, self.resource))
            .map(Role::key)
            .collect();
        words.join(", ")
    }
}

impl From<Denied> for ConsoleError {
    fn from(denied: Denied) -> Self {
        if denied.hides() {
            let what = if denied.resource == Resource::Account { "account" } else { "project" };
            return Self::not_found(what);
        }
        let sentence =
            format!("You may not {} {} here. Nothing was changed.", denied.action, denied.resource);
        Self::new(ErrorKind::Denied, "denied", sentence).next(denied.next_step())
    }
}

fn is_foreign(who: &Principal, scope: &Scope) -> bool {
    match scope {
        Scope::Platform => false,
        Scope::Project(project) => !who.is_platform() && !who.projects().contains(project),
        Scope::Person(person) => *person != who.user_id,
    }
}
