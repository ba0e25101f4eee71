//! The engine as a pure machine: what comes next, and what a fact does to a record.
//!
//! [`next`] looks at a stored record and the time and names one thing to do. [`apply`](crate::machine::apply) takes the
//! result back into the record and says, in [`Note`]s, what there is to be written down as evidence. Neither does I/O,
//! so every crash, delay and duplicate can be replayed in a test.

mod apply;
mod forward;
mod hold;
mod undo;

pub use apply::apply;
pub(crate) use apply::later;

use crate::{
    Direction, Ending, Hold, Micros, Observation, OperationRecord, OperationState, Performed, Repeat,
    StepRecord, StepState, StoredChoice, Trouble, Undo,
};
use serde_json::Value;

/// What to do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Take all locks, or learn who is in the way.
    TakeLocks,
    /// Compare what was approved with what is so now.
    ComparePlan,
    /// Write down that this step is tried, before it is.
    Begin(usize),
    /// Carry the step out.
    Perform(usize),
    /// Look whether it is so.
    Observe(usize),
    /// Write down that this step is taken back, before it is.
    BeginUndo(usize),
    /// Take the step back.
    Undo(usize),
    /// Look whether it is taken back.
    ObserveUndone(usize),
    /// Nothing outside has to be asked: take this in.
    Apply(Event),
    /// Nothing until then, or until woken.
    Park {
        /// When to look again.
        until: Option<Micros>,
    },
    /// It is over.
    Over,
}

/// Something that happened to an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A worker has it now; what was in flight is unknown.
    Leased,
    /// Its locks are taken.
    LocksTaken,
    /// Somebody is in the way.
    LocksBusy {
        /// Which lock, in words.
        on: String,
        /// Which operation has it.
        operation: Option<String>,
    },
    /// Something holds it back from what it would begin.
    HeldBack(Hold),
    /// A second person is asked to approve it.
    ApprovalAsked,
    /// What was approved is what would be done.
    PlanIsTheSame,
    /// It ends before anything was done.
    CalledOff {
        /// Why, as a sentence.
        because: String,
    },
    /// A try of a step begins.
    Begun(usize),
    /// What came of performing.
    Performed(usize, Result<Performed, Trouble>),
    /// What was seen.
    Observed(usize, Observation),
    /// A person is asked about a step.
    Asked(usize),
    /// A person chose.
    Decided {
        /// What.
        choice: String,
        /// Who.
        by: String,
        /// Why.
        reason: String,
    },
    /// Somebody asks to cancel.
    CancelRequested {
        /// Who.
        by: String,
        /// Why.
        reason: String,
    },
    /// Going on is over, what was done is undone.
    TurnedBack {
        /// How it will end.
        ending: Ending,
        /// Why.
        because: String,
    },
    /// A step begins to be taken back.
    UndoBegun(usize),
    /// What came of taking it back.
    UndoPerformed(usize, Result<Performed, Trouble>),
    /// What was seen of it.
    UndoObserved(usize, Observation),
    /// Going back is done with a step that has nothing to take back.
    SettledBack(usize),
    /// Nothing is left to do.
    Finished,
}

/// Something to be written down as evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// `step.observed`.
    pub kind: &'static str,
    /// The step's key.
    pub step: Option<u32>,
    /// For people.
    pub sentence: String,
    /// For machines.
    pub evidence: Value,
}

/// What to do now with this record.
pub fn next(record: &OperationRecord, now: Micros) -> Next {
    match record.state {
        OperationState::Planned
        | OperationState::Succeeded
        | OperationState::Failed
        | OperationState::Stuck
        | OperationState::Cancelled => Next::Over,
        OperationState::Queued => hold::next_queued(record, now),
        OperationState::Running => match record.direction {
            Direction::Forward => next_forward(record, now),
            Direction::Back { .. } => next_back(record, now),
        },
    }
}

fn next_forward(record: &OperationRecord, now: Micros) -> Next {
    if let Some(cancel) = &record.cancel {
        let because = format!("{} asked to cancel it: {}", cancel.by, cancel.reason);
        return Next::Apply(Event::TurnedBack { ending: Ending::Cancelled, because });
    }
    if hold::wants_comparing(record) {
        return Next::ComparePlan;
    }
    let Some(index) = current(record) else {
        return Next::Apply(Event::Finished);
    };
    let step = &record.steps[index];
    if record.attention.is_some() && !is_looked_at_while_asking(step) {
        return Next::Park { until: None };
    }
    if let Some(until) = step.not_before.filter(|until| *until > now) {
        return Next::Park { until: Some(until) };
    }
    match step.state {
        StepState::Pending => Next::Begin(index),
        StepState::Running if step.acknowledged_at.is_some() => Next::Observe(index),
        StepState::Running => Next::Perform(index),
        StepState::Unknown => match step.repeat {
            Repeat::Pure | Repeat::Idempotent => Next::Perform(index),
            Repeat::Observable => Next::Observe(index),
            // Without a deadline nobody has chosen yet to look for a while.
            Repeat::Manual if step.deadline_at.is_some_and(|deadline| now < deadline) => Next::Observe(index),
            Repeat::Manual => Next::Apply(Event::Asked(index)),
        },
        StepState::Failed | StepState::Undoing | StepState::Undone | StepState::UndoFailed => {
            let because = step.last_observation.clone().unwrap_or_else(|| "it failed".to_owned());
            Next::Apply(Event::TurnedBack {
                ending: Ending::Failed,
                because: format!("{}: {because}", step.title),
            })
        }
        // `current` never answers with these.
        StepState::Observed | StepState::Skipped => Next::Apply(Event::Finished),
    }
}

/// While a person is asked about what was acknowledged, it may still come about by itself: then nobody has to decide.
fn is_looked_at_while_asking(step: &StepRecord) -> bool {
    step.state == StepState::Running && step.acknowledged_at.is_some()
}

fn next_back(record: &OperationRecord, now: Micros) -> Next {
    let Some((index, step)) = record.steps.iter().enumerate().rev().find(|(_, step)| !step.settled_back)
    else {
        return Next::Apply(Event::Finished);
    };
    let takes_back = matches!(step.undo, Undo::TakesBack(_));
    if !step.may_have_acted || !takes_back {
        return Next::Apply(Event::SettledBack(index));
    }
    if step.state != StepState::Undoing {
        return Next::BeginUndo(index);
    }
    match step.not_before.filter(|until| *until > now) {
        Some(until) => Next::Park { until: Some(until) },
        None if step.acknowledged_at.is_some() => Next::ObserveUndone(index),
        None => Next::Undo(index),
    }
}

/// The step an operation that goes forward is at.
pub fn current(record: &OperationRecord) -> Option<usize> {
    record.steps.iter().position(|step| !matches!(step.state, StepState::Observed | StepState::Skipped))
}

/// What a person can choose now: what is asked, else what the step it is at offers while it goes on.
pub fn offered(record: &OperationRecord) -> &[StoredChoice] {
    if let Some(attention) = &record.attention {
        return &attention.choices;
    }
    let goes_on = record.state == OperationState::Running
        && record.direction == Direction::Forward
        && record.cancel.is_none();
    let at = current(record).filter(|_| goes_on).map(|index| &record.steps[index]);
    let is_open = |step: &&StepRecord| {
        matches!(step.state, StepState::Pending | StepState::Running | StepState::Unknown)
    };
    at.filter(is_open).map(|step| step.offers.as_slice()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
