//! One onboarding: its seven steps, and what each of them shows.

use super::{
    AttemptRow, LampState, ModeRow, OnboardingMode, OnboardingStatus, OnboardingStep, Posture, Sign,
    StepStanding,
};
use crate::{
    ids::{EnrolmentTokenId, NodeId, OnboardingId},
    navigation::Address,
    nodes::NodeRole,
    operation::{LastRun, OperationCard},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// An onboarding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OnboardingView {
    /// As of when.
    pub as_of: Timestamp,
    /// Its id.
    pub id: OnboardingId,
    /// The machine's name, or that it has none yet.
    pub title: String,
    /// How it stands.
    pub status: OnboardingStatus,
    /// Since when.
    pub since: Timestamp,
    /// Who began it.
    pub begun_by: String,
    /// When.
    pub begun_at: Timestamp,
    /// How the machine comes in.
    pub mode: OnboardingMode,
    /// Where it stands, in its operator's words.
    pub site: Option<String>,
    /// What it is for.
    pub role: Option<NodeRole>,
    /// The name the node will have; none when the machine brings its own.
    pub node_name: Option<String>,
    /// The step this is.
    pub step: OnboardingStep,
    /// The step that is next.
    pub next: OnboardingStep,
    /// The seven steps.
    pub steps: Vec<StepRow>,
    /// What needs a person now, in a sentence; none when nothing does.
    pub needs_action: Option<String>,
    /// Whether that is trouble: a machine that was refused, or is quiet for too long.
    pub is_in_trouble: bool,
    /// What can be ignored, in a sentence.
    pub safe_to_ignore: String,
    /// The ways in.
    pub modes: Vec<ModeRow>,
    /// The roles, and what each implies.
    pub roles: Vec<RoleRow>,
    /// The card that chooses role and name.
    pub choose: OperationCard,
    /// What has to be set up for this mode.
    pub setup: Vec<SetupRow>,
    /// The card that adds an SSH key of one's own; none when there is one.
    pub add_ssh_key: Option<OperationCard>,
    /// The token that lets the machine in.
    pub token: TokenStep,
    /// What the server has seen of the machine.
    pub signs: SignsView,
    /// The node it has become.
    pub landing: Option<Landing>,
    /// The card that gives it up.
    pub abandon: OperationCard,
    /// What was done to it, newest first.
    pub past_operations: Vec<LastRun>,
}

/// A step, and how it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StepRow {
    /// Which one.
    pub step: OnboardingStep,
    /// How it stands.
    pub standing: StepStanding,
    /// What was chosen or seen, or what is missing before it.
    pub summary: String,
}

/// A role a node can have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RoleRow {
    /// Which one.
    pub role: NodeRole,
    /// What it implies.
    pub implies: String,
    /// What is missing for it; none when it can be chosen.
    pub missing: Option<String>,
}

/// Something that has to be set up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SetupRow {
    /// Stable word.
    pub code: String,
    /// What it is.
    pub title: String,
    /// How it stands.
    pub posture: Posture,
    /// Whether a machine cannot come in this way without it.
    pub is_needed: bool,
    /// What the server knows of it, and what to do.
    pub sentence: String,
    /// Where it is set up; none where this version has no page for it.
    pub address: Option<Address>,
}

/// The token of an onboarding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TokenStep {
    /// The one that was chosen.
    pub chosen: Option<ChosenToken>,
    /// The card that issues one for this onboarding.
    pub issue: OperationCard,
    /// The card that takes one that is open.
    pub use_token: OperationCard,
    /// Those that are open and fit.
    pub open: Vec<OpenToken>,
}

/// The token that was chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChosenToken {
    /// Its id.
    pub id: EnrolmentTokenId,
    /// Whether it lets a machine in now.
    pub is_good: bool,
    /// How it stands: good, used, revoked, over.
    pub standing: String,
    /// Who issued it.
    pub issued_by: String,
    /// Until when it is good.
    pub expires_at: Timestamp,
    /// What it allows.
    pub allows: String,
    /// The command to run on the machine; only for who issued it.
    pub command: Option<String>,
    /// Why there is no command.
    pub no_command: Option<String>,
    /// The card that revokes it.
    pub revoke: OperationCard,
}

/// A token that is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OpenToken {
    /// Its id.
    pub id: EnrolmentTokenId,
    /// The name the node will have.
    pub node_name: Option<String>,
    /// Who issued it.
    pub issued_by: String,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

/// What the server has seen of the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SignsView {
    /// The four lamps.
    pub lamps: Vec<Lamp>,
    /// Failed attempts with this token, newest first.
    pub attempts: Vec<AttemptRow>,
    /// Failed attempts since the token was chosen of which the server cannot tell whose they were.
    pub perhaps: Vec<AttemptRow>,
    /// What to look at when nothing comes.
    pub hints: Option<Hints>,
}

/// One sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Lamp {
    /// Which one.
    pub sign: Sign,
    /// How it stands.
    pub state: LampState,
    /// Since when it is there, or is waited for.
    pub since: Option<Timestamp>,
    /// What was seen, or what is waited for.
    pub sentence: String,
}

/// What to look at when nothing comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Hints {
    /// The last sign, or when waiting began.
    pub quiet_since: Timestamp,
    /// What has not come.
    pub sentence: String,
    /// What usually is the cause, the likeliest first.
    pub causes: Vec<Cause>,
}

/// A likely cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Cause {
    /// What may be so.
    pub cause: String,
    /// Where to look: on the machine, on the server.
    pub place: String,
    /// The command to look with.
    pub command: String,
    /// How to read its answer.
    pub tells: String,
}

/// The node a machine has become.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Landing {
    /// Its id.
    pub node: NodeId,
    /// Its name.
    pub name: String,
    /// How it stands, in a sentence.
    pub sentence: String,
    /// Whether no machine is behind it: it is simulated, and nothing runs there.
    pub simulated: bool,
    /// What to do next, each with its page.
    pub next: Vec<NextOperation>,
}

/// Something to do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NextOperation {
    /// Its title.
    pub title: String,
    /// Why.
    pub reason: String,
    /// Where it stands.
    pub address: Address,
}
