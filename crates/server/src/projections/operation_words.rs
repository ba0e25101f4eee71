//! The engine's words as they travel: one complete conversion of each.

use operations::{Danger, Intent, OperationState, StepState};
use read_models::operation as view;

/// A danger as it travels.
pub const fn danger(danger: Danger) -> view::Danger {
    match danger {
        Danger::Safe => view::Danger::Safe,
        Danger::Disruptive => view::Danger::Disruptive,
        Danger::Destructive => view::Danger::Destructive,
    }
}

/// An intent as it travels.
pub const fn intent(intent: Intent) -> view::Intent {
    match intent {
        Intent::Inspect => view::Intent::Inspect,
        Intent::SetUp => view::Intent::SetUp,
        Intent::Maintain => view::Intent::Maintain,
        Intent::Repair => view::Intent::Repair,
        Intent::Recover => view::Intent::Recover,
        Intent::Scheduling => view::Intent::Scheduling,
        Intent::Provisioning => view::Intent::Provisioning,
        Intent::Retirement => view::Intent::Retirement,
        Intent::Destructive => view::Intent::Destructive,
    }
}

/// An operation's state as it travels.
pub const fn state(state: OperationState) -> view::OperationState {
    match state {
        OperationState::Planned => view::OperationState::Planned,
        OperationState::Queued => view::OperationState::Queued,
        OperationState::Running => view::OperationState::Running,
        OperationState::Succeeded => view::OperationState::Succeeded,
        OperationState::Failed => view::OperationState::Failed,
        OperationState::Stuck => view::OperationState::Stuck,
        OperationState::Cancelled => view::OperationState::Cancelled,
    }
}

/// A step's state as it travels.
pub const fn step_state(state: StepState) -> view::StepState {
    match state {
        StepState::Pending => view::StepState::Pending,
        StepState::Running => view::StepState::Running,
        StepState::Observed => view::StepState::Observed,
        StepState::Failed => view::StepState::Failed,
        StepState::Unknown => view::StepState::Unknown,
        StepState::Undoing => view::StepState::Undoing,
        StepState::Undone => view::StepState::Undone,
        StepState::UndoFailed => view::StepState::UndoFailed,
        StepState::Skipped => view::StepState::Skipped,
    }
}
