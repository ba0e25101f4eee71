//! Carries an operation on, under a lease, until it parks or is over.

use crate::{
    AnyStep, Attempt, Event, Micros, Next, Note, OperationRecord, Register, Repeat,
    machine::{apply, later, next},
};
use async_trait::async_trait;

/// Where an operation is kept. Every commit is refused once the lease is lost.
#[async_trait]
pub trait Journal: Send {
    /// Commits the record and what there is to write down, in one transaction, under the fencing token.
    async fn commit(
        &mut self,
        record: &OperationRecord,
        notes: Vec<Note>,
        rest: Option<Rest>,
    ) -> Result<(), JournalError>;
    /// Takes all locks of the operation, or queues for them and says who is in the way.
    async fn take_locks(&mut self, record: &OperationRecord) -> Result<LockAnswer, JournalError>;
    /// Whether no further step is to begin here: then what is known is committed, and the next worker goes on.
    fn is_stopping(&self) -> bool {
        false
    }
}

/// Why a commit was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// Another worker has it: nothing was written, stop.
    #[error("another worker has the lease")]
    LeaseLost,
    /// The store does not answer: nothing is known to be written, stop; the lease will run out.
    #[error("the store does not answer: {0}")]
    Unavailable(String),
}

/// Whether the locks are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockAnswer {
    /// All of them.
    Taken,
    /// None; this is in the way.
    Busy {
        /// Which lock, in words.
        on: String,
        /// Which operation has it.
        operation: Option<String>,
    },
}

/// How an operation rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// Until then, or until woken.
    Parked {
        /// When to look again.
        until: Option<Micros>,
    },
    /// For good.
    Over,
}

/// Why an operation could not be carried on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DriveError {
    /// The journal refused; whatever was in flight is looked at by whoever has the lease next.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A stored step cannot be read by this program.
    #[error("operation {operation}: {why}")]
    Unreadable {
        /// Which operation.
        operation: String,
        /// Why.
        why: String,
    },
}

/// Carries an operation on, from the moment its lease was taken, until it parks or is over.
pub async fn drive<W: Sync + 'static>(
    register: &Register<W>,
    world: &W,
    journal: &mut dyn Journal,
    record: &mut OperationRecord,
    fencing_token: i64,
    clock: &(dyn Fn() -> Micros + Send + Sync),
) -> Result<Rest, DriveError> {
    let mut notes = apply(record, Event::Leased, clock());
    loop {
        let event = match next(record, clock()) {
            Next::Over => {
                journal.commit(record, notes, Some(Rest::Over)).await?;
                return Ok(Rest::Over);
            }
            Next::Park { until } => {
                let rest = Rest::Parked { until };
                journal.commit(record, notes, Some(rest)).await?;
                return Ok(rest);
            }
            Next::TakeLocks => match journal.take_locks(record).await? {
                LockAnswer::Taken => Event::LocksTaken,
                LockAnswer::Busy { on, operation } => {
                    notes.extend(apply(record, Event::LocksBusy { on, operation }, clock()));
                    let rest = Rest::Parked { until: None };
                    journal.commit(record, notes, Some(rest)).await?;
                    return Ok(rest);
                }
            },
            Next::Apply(event) => event,
            Next::Begin(index) => Event::Begun(index),
            Next::BeginUndo(index) => Event::UndoBegun(index),
            Next::Perform(index) => {
                let (step, attempt) = at(register, record, index, fencing_token, clock())?;
                Event::Performed(index, step.perform(world, &attempt).await)
            }
            Next::Observe(index) => {
                let (step, attempt) = at(register, record, index, fencing_token, clock())?;
                Event::Observed(index, step.observe(world, &attempt).await)
            }
            Next::Undo(index) => {
                let (step, attempt) = at(register, record, index, fencing_token, clock())?;
                Event::UndoPerformed(index, step.undo(world, &attempt).await)
            }
            Next::ObserveUndone(index) => {
                let (step, attempt) = at(register, record, index, fencing_token, clock())?;
                Event::UndoObserved(index, step.observe_undone(world, &attempt).await)
            }
        };
        let begins = matches!(event, Event::Begun(_) | Event::UndoBegun(_));
        notes.extend(apply(record, event, clock()));
        if record.state.is_over() {
            // The end and the release in one transaction: nothing is over and still has its locks.
            journal.commit(record, notes, Some(Rest::Over)).await?;
            return Ok(Rest::Over);
        }
        // Durable before effect: an attempt is committed before it is made. What came of it is committed before the next
        // one is made, together with that one where nothing happens in between.
        if begins || !is_committed_with_what_comes(record, journal.is_stopping(), clock()) {
            journal.commit(record, std::mem::take(&mut notes), None).await?;
        }
    }
}

/// Whether nothing is carried out before the next commit, so that what is known now may be written down with it.
///
/// Looking counts as nothing: a worker that is lost while it looks leaves the step unknown, which is looked at or repeated
/// with the same key. Only where a person would have to be asked the answer is written down first.
fn is_committed_with_what_comes(record: &OperationRecord, is_stopping: bool, now: Micros) -> bool {
    match next(record, now) {
        Next::Over | Next::Park { .. } | Next::Apply(_) => true,
        Next::Begin(_) | Next::BeginUndo(_) => !is_stopping,
        Next::Observe(index) | Next::ObserveUndone(index) => record.steps[index].repeat != Repeat::Manual,
        Next::TakeLocks | Next::Perform(_) | Next::Undo(_) => false,
    }
}

fn at<W: Sync + 'static>(
    register: &Register<W>,
    record: &OperationRecord,
    index: usize,
    fencing_token: i64,
    now: Micros,
) -> Result<(Box<dyn AnyStep<W>>, Attempt), DriveError> {
    let unreadable = |why: String| DriveError::Unreadable { operation: record.id.clone(), why };
    let step = &record.steps[index];
    let operation = register
        .find(&record.operation)
        .ok_or_else(|| unreadable(format!("this program does not know {}", record.operation)))?;
    let readable = operation.step(record.version, &step.payload).map_err(unreadable)?;
    let attempt = Attempt {
        operation: record.id.clone(),
        step: step.key,
        number: step.attempts,
        undoing: step.state == crate::StepState::Undoing,
        fencing_token,
        now,
        begun_at: step.begun_at.unwrap_or(now),
        // A person put something in front of it: it has its whole time again.
        deadline_at: step.deadline_at.unwrap_or_else(|| later(now, step.deadline)),
    };
    Ok((readable, attempt))
}
