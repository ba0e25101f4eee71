//! Who may come in: the people, their roles, and the invitations that are open.

use crate::{
    Answer,
    ids::{DraftId, InvitationId, UserId},
    navigation::Role,
    operation::{LastRun, OperationCard},
    session::RoleView,
    time::Timestamp,
    workloads::{ProgressBrief, RunNext},
};
use serde::{Deserialize, Serialize};

/// What the pages about people ask.
pub trait IamConsole: Send + Sync {
    /// Who has an account, and who is invited? `draft` brings back what was typed into a form.
    fn people(&self, draft: Option<DraftId>) -> Answer<'_, PeopleView>;
    /// What does this link let me do? Asked by whoever has it.
    fn invitation(&self, secret: String) -> Answer<'_, InvitationView>;
}

/// The people of the platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PeopleView {
    /// As of when.
    pub as_of: Timestamp,
    /// Who has an account, by email.
    pub people: Vec<PersonRow>,
    /// Whether there are more than are shown.
    pub more_people: bool,
    /// The invitations that are open, newest first.
    pub invitations: Vec<InvitationRow>,
    /// What needs a person, in sentences.
    pub action_required: Vec<String>,
    /// What to run next, and why.
    pub run_next: Option<RunNext>,
    /// What can be left alone.
    pub safe_to_ignore: String,
    /// How somebody is invited.
    pub invite: OperationCard,
    /// How an invitation is revoked.
    pub revoke: OperationCard,
    /// How it is said what needs a second person's approval.
    pub approval_policy: OperationCard,
    /// Where the role of an invitation can count: its target, as operations name it, and its name.
    pub places: Vec<(String, String)>,
    /// Operations under way on the people.
    pub in_progress: Vec<ProgressBrief>,
    /// Operations that were carried out on them, newest first.
    pub past_operations: Vec<LastRun>,
}

/// What needs a second person's approval in a project, for who may say so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProjectApproval {
    /// What needs it now, and who wants that.
    pub now: String,
    /// How it is said what needs it.
    pub card: OperationCard,
}

/// Somebody with an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PersonRow {
    /// Their id.
    pub id: UserId,
    /// Their email.
    pub email: String,
    /// How they are called.
    pub display_name: String,
    /// What they may be, and where.
    pub roles: Vec<RoleView>,
    /// When they signed in last; none when they never did since that is written down.
    pub signed_in_at: Option<Timestamp>,
    /// Since when they are suspended.
    pub suspended_at: Option<Timestamp>,
}

/// An open invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InvitationRow {
    /// Its id.
    pub id: InvitationId,
    /// Whose people it is an invitation to, as operations name it.
    pub target: String,
    /// For whom.
    pub email: String,
    /// As what, and where.
    pub role: RoleView,
    /// Who invited.
    pub invited_by: String,
    /// Until when the link is good.
    pub expires_at: Timestamp,
    /// The link, for who made it, for a few minutes.
    pub link: Option<InvitationLink>,
}

/// The link of an invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InvitationLink {
    /// The path of the link on this console.
    pub path: String,
    /// Until when it is shown.
    pub shown_until: Timestamp,
}

/// What a link lets its holder do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InvitationView {
    /// How it stands.
    pub standing: InvitationStanding,
    /// What it says, while it is open.
    pub invitation: Option<Invited>,
    /// Who is signed in here.
    pub signed_in_as: Option<String>,
}

/// What an open invitation says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Invited {
    /// For whom it is.
    pub email: String,
    /// As what.
    pub role: Role,
    /// Where: the platform, or the name of a project.
    pub place: String,
    /// Who invited.
    pub invited_by: String,
    /// How long the link is still good, from when the page was made.
    pub good_for_s: u64,
}

/// How the link of an invitation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum InvitationStanding {
    /// It lets one person in.
    Open,
    /// Somebody has come in with it.
    Used,
    /// Somebody took it back.
    Revoked,
    /// Its time is over.
    Over,
    /// There is no such invitation.
    Unknown,
}
