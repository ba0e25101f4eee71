//! Carries an operation on, under a lease, until it parks or is over.

use crate::{
    AnyStep, Attempt, Event, Hold, Micros, Next, Note, OperationRecord, Register, Repeat,
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
    /// What is different from what was approved, now that its locks are taken; none when it is the same.
    async fn differs_from_approved(
        &mut self,
        _record: &OperationRecord,
    ) -> Result<Option<String>, JournalError> {
        Ok(None)
    }
    /// Whether no further step is to begin here: then what is known is committed, and the next worker goes on.
    fn is_stopping(&self) -> bool {
        false
    }
}

/// Why a commit was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// Nothing begins now, and this would have: nothing was written.
    #[error("held back: it waits for {}", .0.on)]
    HeldBack(Hold),
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
    /// None; nothing begins now.
    HeldBack(Hold),
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
    /// Until what holds it back is lifted. The journal makes sure in the same transaction that it is still there.
    Held,
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
                LockAnswer::HeldBack(hold) => {
                    return rest_held(record, notes, hold, journal, clock()).await;
                }
                LockAnswer::Busy { on, operation } => {
                    let busy = Event::LocksBusy { on, operation };
                    return rest_after(record, notes, busy, Rest::Parked { until: None }, journal, clock())
                        .await;
                }
            },
            Next::ComparePlan => compared(journal.differs_from_approved(record).await?),
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
        // What would begin may be held back: then nothing of it has happened.
        let before = begins.then(|| (record.clone(), notes.len()));
        notes.extend(apply(record, event, clock()));
        if record.state.is_over() {
            // The end and the release in one transaction: nothing is over and still has its locks.
            journal.commit(record, notes, Some(Rest::Over)).await?;
            return Ok(Rest::Over);
        }
        // Durable before effect: an attempt is committed before it is made. What came of it is committed before the next
        // one is made, together with that one where nothing happens in between.
        if begins || !is_committed_with_what_comes(record, journal.is_stopping(), clock()) {
            let written = std::mem::take(&mut notes);
            if let Some(rest) = commit_or_rest(record, written, before, journal, clock()).await? {
                return Ok(rest);
            }
        }
    }
}

/// Commits and goes on; or, when what would begin is held back, goes back to before it and rests.
async fn commit_or_rest(
    record: &mut OperationRecord,
    notes: Vec<Note>,
    before: Option<(OperationRecord, usize)>,
    journal: &mut dyn Journal,
    now: Micros,
) -> Result<Option<Rest>, DriveError> {
    let before = before.map(|(was, count)| (was, notes[..count].to_vec()));
    match (journal.commit(record, notes, None).await, before) {
        (Err(JournalError::HeldBack(hold)), Some((was, earlier))) => {
            *record = was;
            rest_held(record, earlier, hold, journal, now).await.map(Some)
        }
        (committed, _) => Ok(committed.map(|()| None)?),
    }
}

/// What it means whether something differs from what was approved.
fn compared(differs: Option<String>) -> Event {
    differs.map_or(Event::PlanIsTheSame, |because| Event::CalledOff { because })
}

/// Rests until what holds it back is lifted.
async fn rest_held(
    record: &mut OperationRecord,
    notes: Vec<Note>,
    hold: Hold,
    journal: &mut dyn Journal,
    now: Micros,
) -> Result<Rest, DriveError> {
    rest_after(record, notes, Event::HeldBack(hold), Rest::Held, journal, now).await
}

/// Takes an event in and rests.
async fn rest_after(
    record: &mut OperationRecord,
    mut notes: Vec<Note>,
    event: Event,
    rest: Rest,
    journal: &mut dyn Journal,
    now: Micros,
) -> Result<Rest, DriveError> {
    notes.extend(apply(record, event, now));
    journal.commit(record, notes, Some(rest)).await?;
    Ok(rest)
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
        Next::TakeLocks | Next::ComparePlan | Next::Perform(_) | Next::Undo(_) => false,
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
