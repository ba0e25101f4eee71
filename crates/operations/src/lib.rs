//! A durable operation engine: plan, lock, step, observe, undo.
//!
//! An [`Operation`] is declared once: its words, its rules, its plan and its [`Step`]s. The [`machine`] says, given a
//! stored [`OperationRecord`] and the time, what comes next, and what a fact does to the record; it does no I/O.
//! [`drive`] carries that out through two ports: the steps of the world, and a [`Journal`] that commits. There is no
//! SQL, no HTTP, no timer and no noun of the product in here.
#![deny(missing_docs)]

mod declaration;
mod drive;
mod erased;
mod hold;
pub mod kit;
mod leftover;
mod lock;
pub mod machine;
mod plan;
mod record;
#[cfg(test)]
mod simulation;
mod step;

pub use declaration::{
    Blocker, Danger, Declaration, FactsError, InputError, Intent, Operation, Rule, RuleOutcome,
};
pub use drive::{DriveError, Journal, JournalError, LockAnswer, Rest, drive};
pub use erased::{AnyOperation, AnyStep, Erased, EvaluateError, Evaluated, Register};
pub use hold::{Approval, Given, Hold, HoldKind};
pub use leftover::{Clearing, Leftover, On};
pub use lock::{Lock, LockEntry, LockMode, blocking};
pub use machine::{Event, Next, Note};
pub use plan::Plan;
pub use record::{
    Attention, Cancel, Direction, Ending, OperationRecord, OperationState, StepRecord, StepState,
    StoredAtDeadline, StoredChoice, StoredEffect, Waiting,
};
pub use step::{
    AtDeadline, Attempt, Choice, Effect, Observation, Performed, Repeat, Retry, Step, Trouble, Undo,
};

/// Microseconds since the Unix epoch, by the clock of whoever drives the engine.
pub type Micros = i64;
