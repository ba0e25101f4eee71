//! The card: one operation on one target, as its page offers it.

use super::{Danger, Intent, OperationState, PlannedStep, Target};
use crate::{ids::OperationId, navigation::Address, time::Timestamp};
use serde::{Deserialize, Serialize};

/// One operation on one target, judged by the server on today's facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OperationCard {
    /// `node.drain`.
    pub operation: String,
    /// What it would be carried out on.
    pub target: Target,
    /// The group it stands in.
    pub intent: Intent,
    /// Verb and noun.
    pub title: String,
    /// What it can cost.
    pub danger: Danger,
    /// Each rule, and whether it holds.
    pub preconditions: Vec<Precondition>,
    /// What will be true afterwards.
    pub expected: String,
    /// How that will be verified.
    pub verified_by: String,
    /// What it would do today, step by step, with deadlines and tries; empty for what has to be asked for first: then its plan
    /// says it.
    #[serde(default)]
    pub steps: Vec<PlannedStep>,
    /// When it is above its SLA, in a sentence.
    #[serde(default)]
    pub sla: String,
    /// How long it usually takes here; none until five runs are known.
    pub usually: Option<Usually>,
    /// Where progress is followed, in words.
    pub progress: String,
    /// What happens when it fails.
    pub on_failure: String,
    /// What evidence it leaves, in words.
    pub evidence: String,
    /// Why nothing holds it back, not even a freeze; none for what waits like everything else.
    #[serde(default)]
    pub never_held_back: Option<String>,
    /// The last time it was carried out on this target.
    pub last_run: Option<LastRun>,
    /// Fields a person may fill in before the plan is made.
    pub fields: Vec<FormField>,
    /// The button, and why it is off when it is.
    pub button: Button,
}

/// A rule, and whether it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Precondition {
    /// Stable word.
    pub code: String,
    /// Whether it holds.
    pub holds: bool,
    /// What holds, or what is in the way.
    pub sentence: String,
    /// The operation or page that would unblock it.
    pub unblocked_by: Option<String>,
}

/// How long past runs took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Usually {
    /// Half of the runs took less, in milliseconds.
    pub median_ms: u64,
    /// Nine in ten runs took less, in milliseconds.
    pub p90_ms: u64,
    /// How many runs were measured.
    pub runs: u32,
}

/// The last time an operation was carried out on a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LastRun {
    /// Which one.
    pub id: OperationId,
    /// Verb and noun.
    pub title: String,
    /// How it stands.
    pub state: OperationState,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// Who asked.
    pub requested_by: String,
}

/// The button of a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Button {
    /// Whether it can be pressed.
    pub enabled: bool,
    /// Why not.
    pub reason: Option<String>,
}

/// A field of an operation's input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FormField {
    /// Its name in the input.
    pub name: String,
    /// Its label.
    pub label: String,
    /// One sentence of help.
    pub help: String,
    /// What is written in it at first.
    pub value: String,
    /// Which kind of field it is.
    pub kind: FieldKind,
    /// What can be chosen in it, in order; for a choice only.
    #[serde(default)]
    pub choices: Vec<FieldChoice>,
    /// What is wrong with what was typed into it.
    pub error: Option<String>,
}

/// The kinds of fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// A line of text.
    Text,
    /// A whole number.
    Number,
    /// A yes or no.
    Flag,
    /// One of a few words.
    Choice,
}

/// Something that can be chosen in a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FieldChoice {
    /// What stands in the input; empty for leaving it out.
    pub value: String,
    /// The word for people.
    pub label: String,
}

/// Cards that stand under one heading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct IntentGroup {
    /// The group.
    pub intent: Intent,
    /// Its cards.
    pub cards: Vec<OperationCard>,
}

impl LastRun {
    /// Where it can be read.
    pub fn address(&self) -> Address {
        Address::Operation(self.id.clone())
    }
}
