//! Who is signed in, and what the shell around every page shows.

use crate::{
    Answer,
    counting::BoundedCount,
    ids::ProjectId,
    navigation::{Address, Family, Role},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// What the shell asks.
pub trait SessionConsole: Send + Sync {
    /// Who is here, and where may they go?
    fn shell(&self) -> Answer<'_, ShellView>;
    /// What does the sign-in page show?
    fn sign_in(&self) -> Answer<'_, SignInView>;
}

/// The shell around every page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ShellView {
    /// As of when.
    pub as_of: Timestamp,
    /// Who is signed in; nobody on the entrance pages.
    pub me: Option<Me>,
    /// The families on the rail, with how much needs action in each.
    pub rail: Vec<RailItem>,
    /// The project whose things tenant pages show.
    pub project: Option<ProjectRef>,
    /// The projects there are to switch to.
    pub projects: Vec<ProjectRef>,
    /// Operations of this person's reach that are not over.
    pub running_operations: BoundedCount,
    /// That nothing begins on the platform, while that lasts.
    #[serde(default)]
    pub frozen: Option<FrozenView>,
    /// The running build of the server; a page of another build reloads once.
    pub build: String,
}

/// Nothing begins on the platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FrozenView {
    /// Since when.
    pub since: Timestamp,
    /// Who froze it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Where it is unfrozen, for whoever may.
    pub lift: Option<Address>,
}

/// The person who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Me {
    /// The address they signed in with.
    pub email: String,
    /// What they may be, and where: `operator on the platform`.
    pub roles: Vec<RoleView>,
    /// Where they land.
    pub landing: Address,
}

/// A role somebody holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RoleView {
    /// Which role.
    pub role: Role,
    /// In which project; none on the platform.
    pub project: Option<ProjectRef>,
}

/// A family on the rail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RailItem {
    /// Which family.
    pub family: Family,
    /// How many things need action there.
    pub needs_action: BoundedCount,
}

/// A project by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProjectRef {
    /// Its id.
    pub id: ProjectId,
    /// Its name.
    pub name: String,
}

/// The sign-in page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SignInView {
    /// Whether there is an administrator yet.
    pub has_administrator: bool,
    /// Whether one can sign in with a passkey here.
    pub passkeys: bool,
}
