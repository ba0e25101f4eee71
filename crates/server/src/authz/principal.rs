//! Who asks: a person with grants, through a browser session or an API token.

use read_models::ids::{ProjectId, SessionId, TokenId, UserId};
use read_models::navigation::{Address, CONTRACT, Family};
use read_models::operation::{Target, TargetKind};
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
    /// Where they chose to land, when they chose.
    pub landing: Option<Family>,
    pub via: Via,
}

/// One role in one scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub role: Role,
    pub scope: Scope,
}

/// Where something counts: everywhere, in one project, or for one person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// The platform: what belongs to no project, and lists over all projects.
    Platform,
    Project(ProjectId),
    /// What is one person's own.
    Person(UserId),
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

    /// Whether one of the person's roles opens pages of a family.
    pub fn sees(&self, family: Family) -> bool {
        let theirs = |role: &Role| self.grants.iter().any(|grant| grant.role == *role);
        CONTRACT.iter().any(|page| page.family == family && page.roles.iter().any(theirs))
    }

    /// Where the person lands after signing in: where they chose, while they may see it, else by the first of the roles in
    /// the order of [`LANDING`].
    pub fn landing_address(&self) -> Address {
        let chosen = self.landing.filter(|family| self.sees(*family)).and_then(Family::entry);
        chosen.unwrap_or_else(|| self.landing_by_role())
    }

    fn landing_by_role(&self) -> Address {
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
            Self::Project(project) => Some(project),
            Self::Platform | Self::Person(_) => None,
        }
    }

    /// The person, where it is one's own.
    pub fn person(&self) -> Option<&UserId> {
        match self {
            Self::Person(person) => Some(person),
            Self::Platform | Self::Project(_) => None,
        }
    }

    /// Where an operation on a target counts.
    pub fn of_target(target: &Target, project: Option<&ProjectId>) -> Self {
        match target.kind {
            // What is no id of a person is nobody's: no such target is ever found.
            TargetKind::User => UserId::parse(&target.id).map_or(Self::Platform, Self::Person),
            TargetKind::Node
            | TargetKind::Workload
            | TargetKind::Project
            | TargetKind::EnrolmentToken
            | TargetKind::Sku
            | TargetKind::Onboarding
            | TargetKind::People
            | TargetKind::Operation
            | TargetKind::Platform => project.cloned().map_or(Self::Platform, Self::Project),
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
