//! An operation under way: its steps, what it waits for, what a person can decide, what happens if it fails.

mod aside;
mod attention;
mod bulk;
mod handed;
mod held;
mod steps;

pub(crate) use aside::Aside;
pub(crate) use attention::{AttentionPanel, Choices, ProposedPanel};
pub(crate) use bulk::BulkTargets;
pub(crate) use handed::{Caring, HandedPanel, handed_line};
pub(crate) use held::{ApprovalPanel, UndoWindow};
pub(crate) use steps::Steps;

use read_models::{
    operation::{OperationView, StepState},
    time::spoken,
};
use std::time::Duration;

/// How long it has taken against how long it usually takes.
pub(crate) fn elapsed(operation: &OperationView) -> String {
    let begun = operation.facts.requested.at.unwrap_or(operation.since);
    let end = if operation.state.is_over() { operation.since } else { operation.as_of };
    let taken = spoken(end.since(begun));
    match &operation.usually {
        Some(usually) => format!("{taken} of usually {}", spoken(Duration::from_millis(usually.median_ms))),
        None => format!("{taken}, usual duration not known yet"),
    }
}

/// How many steps are done, of how many.
pub(crate) fn done(operation: &OperationView) -> (usize, usize) {
    let done = operation.steps.iter().filter(|step| match step.state {
        StepState::Observed | StepState::Skipped => true,
        StepState::Pending
        | StepState::Running
        | StepState::Failed
        | StepState::Unknown
        | StepState::Undoing
        | StepState::Undone
        | StepState::UndoFailed => false,
    });
    (done.count(), operation.steps.len())
}
