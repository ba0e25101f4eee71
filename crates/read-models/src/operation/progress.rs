//! An operation that was asked for: where it stands and what a person can do.

use super::{
    BulkView, Danger, FreshFactor, HandOverView, LeftoverView, OfBulk, OperationCard, OperationState,
    StepState, Target, TargetView, Usually,
};
use crate::{evidence::EventView, ids::OperationId, time::Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An operation that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OperationView {
    /// Its id.
    pub id: OperationId,
    /// As of when this is true.
    pub as_of: Timestamp,
    /// `node.drain`.
    pub operation: String,
    /// Verb and noun.
    pub title: String,
    /// What it can cost.
    pub danger: Danger,
    /// On what.
    pub target: Target,
    /// The target's identity card.
    pub target_view: TargetView,
    /// What it made or makes, once that is there: the workload of a launch.
    #[serde(default)]
    pub made: Option<TargetView>,
    /// What it was asked with.
    pub input: Value,
    /// Where it stands.
    pub state: OperationState,
    /// Since when.
    pub since: Timestamp,
    /// Who asked for it.
    pub requested_by: String,
    /// The four facts, kept apart.
    pub facts: FourFacts,
    /// Its steps, in order.
    pub steps: Vec<StepView>,
    /// When it begins, while it can still be undone with nothing done.
    #[serde(default)]
    pub begins_at: Option<Timestamp>,
    /// A second person's approval, when it needs one.
    #[serde(default)]
    pub approval: Option<ApprovalView>,
    /// What it waits for.
    pub waiting: Option<Waiting>,
    /// What a person has to decide.
    pub attention: Option<Attention>,
    /// What a person can choose now.
    pub choices: Vec<Choice>,
    /// What somebody chose, and a second person has to choose too.
    #[serde(default)]
    pub proposed: Option<ProposedChoice>,
    /// What has to be given again for a choice that loses something.
    #[serde(default)]
    pub asks_for: Option<FreshFactor>,
    /// Whether it can be cancelled, and what that would leave.
    pub cancel: CancelView,
    /// What happens when it fails.
    pub on_failure: String,
    /// What will be true afterwards.
    pub expected: String,
    /// How it ended, in a sentence.
    pub outcome: Option<String>,
    /// What is left over, each with what clears it.
    pub debris: Vec<LeftoverView>,
    /// How long it usually takes.
    pub usually: Option<Usually>,
    /// Its newest events, newest first; all of them are under its events address.
    pub events: Vec<EventView>,
    /// The hash of the plan that was confirmed.
    pub plan_hash: String,
    /// Why it takes longer than it should, when it does.
    pub above_sla: Option<String>,
    /// Of an operation on many: what became of each.
    #[serde(default)]
    pub bulk: Option<BulkView>,
    /// The bulk it belongs to.
    #[serde(default)]
    pub parent: Option<OfBulk>,
    /// Who looks after it, when it was handed to somebody.
    #[serde(default)]
    pub handed: Option<HandOverView>,
    /// The cards that hand it over and take it back, while somebody has to look after it.
    #[serde(default)]
    pub caring: Vec<OperationCard>,
}

/// Requested, accepted, acknowledged, observed: four facts that are never mixed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FourFacts {
    /// Someone asked.
    pub requested: Fact,
    /// It is durably ours.
    pub accepted: Fact,
    /// The other side said yes.
    pub acknowledged: Fact,
    /// We saw the result independently.
    pub observed: Fact,
}

/// Whether one of the four facts holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "OperationFact"))]
pub struct Fact {
    /// Since when it holds; none when it does not.
    pub at: Option<Timestamp>,
    /// By whom or by what, or what is missing.
    pub sentence: String,
}

/// A step of an operation that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StepView {
    /// Its place, from 1.
    pub number: u32,
    /// What it does.
    pub title: String,
    /// Where it stands.
    pub state: StepState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was begun.
    pub started_at: Option<Timestamp>,
    /// When the other side said yes.
    pub acknowledged_at: Option<Timestamp>,
    /// When its result was seen.
    pub observed_at: Option<Timestamp>,
    /// When it ended, however it ended.
    pub finished_at: Option<Timestamp>,
    /// By when it should be done.
    pub deadline_at: Option<Timestamp>,
    /// How its success is seen; none when nobody looks.
    pub observed_by: Option<String>,
    /// The last thing that was seen or heard.
    pub last_observation: Option<String>,
    /// How it is undone, or why it cannot be.
    pub undo: String,
    /// Whether it can be undone.
    pub can_be_undone: bool,
}

/// What an operation waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Waiting {
    /// For what, in words.
    pub on: String,
    /// The operation it waits for.
    pub operation: Option<OperationId>,
    /// Since when.
    pub since: Timestamp,
    /// When it looks again; none when it is woken.
    pub next_check: Option<Timestamp>,
}

/// What a person has to decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Attention {
    /// What is the matter.
    pub sentence: String,
    /// Since when.
    pub since: Timestamp,
}

/// A second person's approval of an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ApprovalView {
    /// What is approved: the plan's hash.
    pub plan_hash: String,
    /// Until when it can be given.
    pub until: Timestamp,
    /// Whether whoever looks at this asked for the operation, and so cannot approve it.
    pub is_own: bool,
    /// Who may give it; not all of them when there are many.
    pub by: Vec<String>,
    /// Who gave it, when, and why.
    pub given: Option<ApprovalGiven>,
}

/// That somebody approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ApprovalGiven {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// Something a person can choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Choice {
    /// What to send as `choice`.
    pub id: String,
    /// The button.
    pub title: String,
    /// What it will do.
    pub what: String,
    /// What it can cost.
    pub danger: Danger,
    /// What has to be sent as `confirmation`, because it destroys something.
    #[serde(default)]
    pub confirm: Option<String>,
    /// That a second person has to choose it too, and what that means now.
    #[serde(default)]
    pub second_person: Option<String>,
}

/// A choice that somebody made and a second person has to make too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProposedChoice {
    /// Which.
    pub choice: String,
    /// Its button.
    pub title: String,
    /// Who made it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
    /// Until when somebody else can make it too.
    pub until: Timestamp,
    /// Whether whoever looks at this made it, and so cannot approve it.
    pub is_own: bool,
}

/// What an operation asks now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Question {
    /// Which operation.
    pub operation: OperationId,
    /// What a person has to decide; none when nobody is asked.
    pub attention: Option<Attention>,
    /// What can be chosen.
    pub choices: Vec<Choice>,
    /// Names this question and no other: a decision can be bound to it.
    pub tag: String,
}

/// A decision on what waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Decision {
    /// One of the offered choices.
    pub choice: String,
    /// Why; kept in the audit.
    #[serde(default)]
    pub reason: String,
    /// The tags of the questions it may answer; any question when there are none.
    #[serde(default)]
    pub questions: Option<Vec<String>>,
    /// The hash of the plan that is approved; needed to approve, and only for that.
    #[serde(default)]
    pub plan_hash: Option<String>,
    /// The target's name; needed for a choice that destroys something.
    #[serde(default)]
    pub confirmation: Option<String>,
}

/// Whether an operation can be cancelled, and what that would leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CancelView {
    /// Whether the person who looks at it may ask for it now.
    pub possible: bool,
    /// Whether somebody asked already.
    pub requested: bool,
    /// What cancelling now will do and leave.
    pub what: String,
}
