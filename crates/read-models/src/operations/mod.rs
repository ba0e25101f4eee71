//! Plans and operations: what will be done, what is being done.

use crate::{
    Answer,
    error::ConsoleError,
    evidence::EventView,
    ids::{DraftId, OperationId, PlanId},
    operation::{
        Decision, HandOverView, OperationState, OperationView, PlanRequest, PlanView, Question, StartRequest,
        Target,
    },
    paging::{Page, PageRequest},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// What plan and operation pages, forms and the API ask.
pub trait OperationsConsole: Send + Sync {
    /// What would this operation do? Changes nothing.
    fn plan(&self, request: PlanRequest) -> Answer<'_, PlanView>;
    /// A plan that was made before.
    fn planned(&self, id: PlanId) -> Answer<'_, PlanView>;
    /// Carry out what was looked at. The same key with the same request is the same operation.
    fn start(&self, request: StartRequest, idempotency_key: String) -> Answer<'_, Started>;
    /// Where does this operation stand?
    fn operation(&self, id: OperationId) -> Answer<'_, OperationView>;
    /// The same for its page: `draft` brings back what was typed into a form there.
    fn operation_page(&self, id: OperationId, draft: Option<DraftId>) -> Answer<'_, OperationView>;
    /// The operations, as the API lists them.
    fn operations(&self, filter: OperationsFilter, page: PageRequest) -> Answer<'_, Page<OperationRow>>;
    /// Everything that happened in an operation, oldest first.
    fn events(&self, id: OperationId, page: PageRequest) -> Answer<'_, Page<EventView>>;
    /// What does it ask now?
    fn question(&self, id: OperationId) -> Answer<'_, Question>;
    /// Decide what waits for a person.
    fn decide(&self, id: OperationId, decision: Decision) -> Answer<'_, OperationView>;
    /// Ask that it be cancelled.
    fn cancel(&self, id: OperationId, reason: String) -> Answer<'_, OperationView>;
}

/// What starting a plan led to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Started {
    /// It is durably ours.
    Accepted {
        /// The operation.
        id: OperationId,
        /// Whether the same key had started it before.
        repeated: bool,
    },
    /// The facts have changed since: nothing was started.
    Changed {
        /// What is different.
        differences: Vec<String>,
        /// A plan from today's facts.
        fresh: Box<PlanView>,
        /// The refusal, for clients that only look at that.
        error: ConsoleError,
    },
}

/// Which operations are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OperationsFilter {
    /// Only those on this target.
    pub target: Option<Target>,
    /// Only those that are not over.
    pub only_open: bool,
    /// Only those that were handed to whoever asks.
    #[serde(default)]
    pub handed_to_me: bool,
}

/// An operation in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OperationRow {
    /// Its id.
    pub id: OperationId,
    /// `node.drain`.
    pub operation: String,
    /// Verb and noun.
    pub title: String,
    /// On what.
    pub target: Target,
    /// Where it stands.
    pub state: OperationState,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// Who asked.
    pub requested_by: String,
    /// What it waits for.
    pub waiting: Option<String>,
    /// What a person has to decide.
    pub attention: Option<String>,
    /// Who looks after it, when it was handed to somebody.
    #[serde(default)]
    pub handed: Option<HandOverView>,
}
