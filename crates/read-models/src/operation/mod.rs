//! Operations as they travel: cards, plans, progress, decisions.

mod bulk;
mod card;
mod hand_over;
mod leftover;
mod plan;
mod progress;
mod words;

pub use bulk::{
    BulkIncluded, BulkLeftOut, BulkOffer, BulkOperation, BulkOutcome, BulkPlan, BulkTarget, BulkView, OfBulk,
};
pub use card::{
    Button, FieldChoice, FieldKind, FormField, IntentGroup, LastRun, OperationCard, Precondition, Usually,
};
pub use hand_over::HandOverView;
pub use leftover::{Clears, LeftoverView};
pub use plan::{
    ApprovalNeeded, Blocker, Confirmation, FreshFactor, PlanRequest, PlanView, PlannedStep, StartRequest,
};
pub use progress::{
    ApprovalGiven, ApprovalView, Attention, CancelView, Choice, Decision, Fact, FourFacts, OperationView,
    ProposedChoice, Question, StepView, Waiting,
};
pub use words::{Danger, Intent, OperationState, StepState, Target, TargetKind, TargetView};
