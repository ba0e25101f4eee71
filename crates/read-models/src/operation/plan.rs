//! The plan: what an operation will do to this target now.

use super::{BulkPlan, Danger, Intent, Precondition, Target, TargetView, Usually};
use crate::{
    ids::PlanId,
    time::{Timestamp, spoken},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

/// Asks what an operation would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlanRequest {
    /// `node.drain`.
    pub operation: String,
    /// On what.
    pub target: Target,
    /// The operation's input; its schema is part of the catalogue.
    #[serde(default)]
    pub input: Value,
}

/// Asks to carry out a plan that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StartRequest {
    /// The plan's hash: what was looked at is what is done.
    pub plan_hash: String,
    /// What the plan asks to be typed or confirmed.
    #[serde(default)]
    pub confirmation: Option<String>,
    /// Whether it waits as long as one from a browser does, so that it can be undone with nothing done.
    #[serde(default)]
    pub undo_window: bool,
}

/// What an operation will do to a target now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlanView {
    /// Its id, as in its address.
    pub id: PlanId,
    /// Covers everything a person decides on.
    pub hash: String,
    /// `node.drain`.
    pub operation: String,
    /// Verb and noun.
    pub title: String,
    /// Its group.
    pub intent: Intent,
    /// What it can cost.
    pub danger: Danger,
    /// What has to be confirmed.
    pub confirmation: Confirmation,
    /// On what.
    pub target: Target,
    /// The target's identity card.
    pub target_view: TargetView,
    /// The input it was made from.
    pub input: Value,
    /// When it was made.
    pub made_at: Timestamp,
    /// Until when it can be started.
    pub good_until: Timestamp,
    /// In order.
    pub steps: Vec<PlannedStep>,
    /// Each rule, and whether it holds.
    pub preconditions: Vec<Precondition>,
    /// What is in the way of starting it.
    pub blockers: Vec<Blocker>,
    /// Who and what will notice.
    pub blast_radius: Vec<String>,
    /// What will be true afterwards.
    pub expected: String,
    /// How that will be verified.
    pub verified_by: String,
    /// What happens when it fails.
    pub on_failure: String,
    /// What evidence it leaves.
    pub evidence: String,
    /// How long it usually takes.
    pub usually: Option<Usually>,
    /// Who has to approve it after it was started; none when nobody has to.
    #[serde(default)]
    pub approval: Option<ApprovalNeeded>,
    /// For how many seconds it can be undone with nothing done after it was started from a browser; 0 when it begins at once.
    #[serde(default)]
    pub undo_window_s: u64,
    /// Whether the person who looks at it may start it; the reason why not.
    pub denied: Option<String>,
    /// What has to be given again: it destroys something or lets somebody in, and the sign-in is not fresh.
    #[serde(default)]
    pub asks_for: Option<FreshFactor>,
    /// Of an operation on many: who is included and who is not.
    #[serde(default)]
    pub bulk: Option<BulkPlan>,
}

/// That a second person has to approve an operation before it begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ApprovalNeeded {
    /// Why, and for how long it can be given.
    pub sentence: String,
    /// Who may give it, beside whoever looks at this; not all of them when there are many.
    pub by: Vec<String>,
    /// What to do when nobody else may.
    pub alone: Option<String>,
}

/// What a browser has to give again where a sign-in that is a while ago is not enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FreshFactor {
    /// The password, of who has nothing else.
    Password,
    /// A code of the authenticator app, or a recovery code; a password is not enough for who has an app.
    Code,
    /// A passkey; a code of the authenticator app or a recovery code does as well.
    Passkey,
}

/// Something that is in the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Blocker {
    /// Stable word.
    pub code: String,
    /// What is in the way.
    pub sentence: String,
    /// What was looked at.
    pub evidence: Option<String>,
    /// The operation or page that would unblock it.
    pub unblocked_by: Option<String>,
}

/// What has to be confirmed before a plan starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Confirmation {
    /// Nothing.
    None,
    /// That the plan was seen: send `confirmed`.
    PlanSeen,
    /// The target's name.
    TypeName {
        /// What has to be typed.
        name: String,
    },
    /// The name of each target of a bulk, in any order.
    TypeNames {
        /// What has to be typed, a word each.
        names: Vec<String>,
    },
}

/// A step that will be carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlannedStep {
    /// What it does.
    pub title: String,
    /// How its success is seen; none when nobody looks.
    pub observed_by: Option<String>,
    /// How it is undone, or why it cannot be.
    pub undo: String,
    /// Whether it can be undone.
    pub can_be_undone: bool,
    /// By when its result should be seen, in seconds from its beginning.
    #[serde(default)]
    pub deadline_s: u64,
    /// How often it is tried at most when it surely did nothing.
    #[serde(default)]
    pub tries: u32,
    /// The wait before the second try, in seconds; it doubles with each.
    #[serde(default)]
    pub wait_s: u64,
    /// What happens when that time is over.
    #[serde(default)]
    pub then: String,
}

impl PlannedStep {
    /// How long it may take, how often it is tried, how long is waited between, and what then.
    pub fn limits(&self) -> String {
        let within = spoken(Duration::from_secs(self.deadline_s));
        let tries = match self.tries {
            0 | 1 => "tried once".to_owned(),
            2 => format!("tried up to 2 times, {} s between them", self.wait_s),
            tries => format!(
                "tried up to {tries} times, {} s between the first two and twice as long each time",
                self.wait_s
            ),
        };
        format!("Within {within}, {tries}; then {}", self.then)
    }
}
