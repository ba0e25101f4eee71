//! Operations as they travel: cards, plans, progress, decisions.

mod bulk;
mod card;
mod plan;
mod progress;
mod words;

pub use bulk::{
    BulkIncluded, BulkLeftOut, BulkOffer, BulkOperation, BulkOutcome, BulkPlan, BulkTarget, BulkView, OfBulk,
};
pub use card::{
    Button, FieldChoice, FieldKind, FormField, IntentGroup, LastRun, OperationCard, Precondition, Usually,
};
pub use plan::{
    ApprovalNeeded, Blocker, Confirmation, FreshFactor, PlanRequest, PlanView, PlannedStep, StartRequest,
};
pub use progress::{
    ApprovalGiven, ApprovalView, Attention, CancelView, Choice, Decision, Fact, FourFacts, OperationView,
    Question, StepView, Waiting,
};
pub use words::{Danger, Intent, OperationState, StepState, Target, TargetKind, TargetView};
