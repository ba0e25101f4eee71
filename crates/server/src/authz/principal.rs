//! Who asks: a person with grants, through a browser session or an API token.

use read_models::ids::{ProjectId, SessionId, TokenId, UserId};
use read_models::navigation::Address;
use read_models::time::Timestamp;

use super::permit::decide;
use super::policy::{LANDING, Role, landing};
use super::{Action, Resource};

/// A person who was recognised, and what was granted to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    pub user_id: UserId,
    pub email: String,
    pub display_name: String,
    pub grants: Vec<Grant>,
    pub via: Via,
}

/// One role in one scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub role: Role,
    pub scope: Scope,
}

/// Where something counts: everywhere, or in one project.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// The platform: what belongs to no project, and lists over all projects.
    Platform,
    Project(ProjectId),
}

/// How the person got in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Via {
    /// A browser, with the cookie of a session.
    Session {
        id: SessionId,
        /// When the password was last given; a destructive operation wants that to be fresh.
        stepped_up_at: Timestamp,
        /// The project used last.
        project: Option<ProjectId>,
    },
    /// A script, with an API token that may do less than its owner.
    Token { id: TokenId, scope: TokenScope },
}

/// The most a token may do, whatever its owner may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TokenScope {
    Read,
    Operate,
    Destructive,
}

impl Principal {
    /// Whether the policy allows it; the same answer [`super::authorize`] gives, for deciding what to show.
    pub fn can(&self, action: Action, resource: Resource, scope: &Scope) -> bool {
        decide(self, action, resource, scope).is_ok()
    }

    /// The projects the person has a role in, each once.
    pub fn projects(&self) -> Vec<ProjectId> {
        let mut projects: Vec<_> =
            self.grants.iter().filter_map(|grant| grant.scope.project().cloned()).collect();
        projects.sort();
        projects.dedup();
        projects
    }

    /// Whether one of the person's roles counts everywhere.
    pub fn is_platform(&self) -> bool {
        self.grants.iter().any(|grant| grant.scope == Scope::Platform)
    }

    /// Where the person lands after signing in: by the first of the roles in the order of [`LANDING`].
    pub fn landing_address(&self) -> Address {
        let first = LANDING.into_iter().find(|role| self.grants.iter().any(|grant| grant.role == *role));
        first.map_or(Address::Workbench, landing)
    }

    /// Who this is in the audit: the person, and the end of the token's id if one was used.
    pub fn audit_name(&self) -> String {
        match &self.via {
            Via::Session { .. } => self.email.clone(),
            Via::Token { id, .. } => {
                format!("{} (token …{})", self.email, &id.digits()[id.digits().len() - 6..])
            }
        }
    }
}

impl Scope {
    /// The project, unless this is the platform.
    pub fn project(&self) -> Option<&ProjectId> {
        match self {
            Self::Platform => None,
            Self::Project(project) => Some(project),
        }
    }
}

impl TokenScope {
    pub const ALL: [Self; 3] = [Self::Read, Self::Operate, Self::Destructive];

    pub const fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Operate => "operate",
            Self::Destructive => "destructive",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.word() == word)
    }

    /// Whether a token of this scope may do it at all.
    pub const fn covers(self, action: Action) -> bool {
        match action {
            Action::Read => true,
            Action::Operate => matches!(self, Self::Operate | Self::Destructive),
            Action::Destroy | Action::Administer => matches!(self, Self::Destructive),
        }
    }
}
