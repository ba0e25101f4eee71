//! An operation as people see it: steps, what it waits for, what can be chosen, the four facts.

use super::operation_words;
use crate::store::operations::StoredOperation;
use operations::{Declaration, Direction, OperationRecord, StepRecord, StepState, StoredAtDeadline, Undo};
use read_models::ids::OperationId;
use read_models::operation::{
    Attention, CancelView, Choice, Fact, FourFacts, HandOverView, LastRun, PlannedStep, StepView, Usually,
    Waiting,
};
use read_models::operations::OperationRow;
use read_models::time::{Timestamp, spoken};
use read_models::workloads::ProgressBrief;

/// Runs that must be known before "usually" is said.
pub const KNOWN_RUNS: usize = 5;
/// Runs that "usually" is made from, the newest.
pub const RUNS: i64 = 50;

/// A step that will be carried out.
pub fn planned(step: &StepRecord) -> PlannedStep {
    PlannedStep {
        title: step.title.clone(),
        observed_by: step.observed_by.clone(),
        undo: step.undo.sentence().to_owned(),
        can_be_undone: !matches!(step.undo, Undo::Cannot(_)),
        deadline_s: step.deadline.as_secs(),
        tries: step.retry.attempts,
        wait_s: step.retry.wait.as_secs(),
        then: then(&step.at_deadline),
    }
}

/// What happens when a step's time is over, in words that go on after "then".
fn then(at_deadline: &StoredAtDeadline) -> String {
    match at_deadline {
        StoredAtDeadline::Fail => "it has failed and what was done is undone".to_owned(),
        StoredAtDeadline::GoOn => "it is left as it is and the next step begins".to_owned(),
        StoredAtDeadline::Ask { choices, .. } => {
            let titles: Vec<_> = choices.iter().map(|choice| choice.title.as_str()).collect();
            format!("somebody is asked: {}", titles.join(", "))
        }
    }
}

/// The steps of an operation that was asked for.
pub fn steps(record: &OperationRecord) -> Vec<StepView> {
    let time = |micros: Option<i64>| micros.map(Timestamp::from_micros);
    let view = |(number, step): (u32, &StepRecord)| StepView {
        number,
        title: step.title.clone(),
        state: operation_words::step_state(step.state),
        attempts: step.attempts,
        started_at: time(step.begun_at),
        acknowledged_at: time(step.acknowledged_at),
        observed_at: time(step.observed_at),
        finished_at: time(step.finished_at),
        deadline_at: time(step.deadline_at),
        observed_by: step.observed_by.clone(),
        last_observation: step.last_observation.clone(),
        undo: step.undo.sentence().to_owned(),
        can_be_undone: !matches!(step.undo, Undo::Cannot(_)),
    };
    (1..).zip(&record.steps).map(view).collect()
}

/// When it begins, while it can still be undone with nothing done.
pub fn begins_at(record: &OperationRecord, now: Timestamp) -> Option<Timestamp> {
    let waits = record.state == operations::OperationState::Queued && record.cancel.is_none();
    record.begins_at.map(Timestamp::from_micros).filter(|begins_at| waits && *begins_at > now)
}

/// What it waits for.
pub fn waiting(record: &OperationRecord) -> Option<Waiting> {
    record.waiting.as_ref().map(|waiting| Waiting {
        on: waiting.on.clone(),
        operation: waiting.operation.as_deref().and_then(|id| OperationId::parse(id).ok()),
        since: Timestamp::from_micros(waiting.since),
        next_check: waiting.next_check.map(Timestamp::from_micros),
    })
}

/// What a person has to decide, and what can be chosen: what is asked, or what is offered while it goes on.
pub fn attention(record: &OperationRecord) -> (Option<Attention>, Vec<Choice>) {
    let choices = operations::machine::offered(record).iter().map(|choice| Choice {
        id: choice.id.clone(),
        title: choice.title.clone(),
        what: choice.what.clone(),
        danger: operation_words::danger(choice.danger),
        confirm: None,
        second_person: None,
    });
    let attention = record.attention.as_ref().map(|attention| Attention {
        sentence: attention.sentence.clone(),
        since: Timestamp::from_micros(attention.since),
    });
    (attention, choices.collect())
}

/// Requested, accepted, acknowledged, observed. The last two hold when they hold for every step.
pub fn four_facts(stored: &StoredOperation, declaration: &Declaration) -> FourFacts {
    let steps = &stored.record.steps;
    let counted: Vec<_> = steps.iter().filter(|step| step.state != StepState::Skipped).collect();
    let every = |of: fn(&StepRecord) -> Option<i64>| {
        let times: Option<Vec<i64>> = counted.iter().map(|step| of(step)).collect();
        times.and_then(|times| times.into_iter().max()).map(Timestamp::from_micros)
    };
    let acknowledged = every(|step| step.acknowledged_at);
    let observed = every(|step| step.observed_at);
    let seen = steps.iter().filter(|step| step.observed_at.is_some()).count();
    let said = steps.iter().filter(|step| step.acknowledged_at.is_some()).count();
    FourFacts {
        requested: Fact {
            at: Some(stored.requested_at),
            sentence: format!("{} asked.", stored.requested_by),
        },
        accepted: Fact { at: Some(stored.accepted_at), sentence: "It is durably ours.".to_owned() },
        acknowledged: Fact {
            at: acknowledged,
            sentence: format!("{said} of {} steps: the other side said yes.", steps.len()),
        },
        observed: Fact {
            at: observed,
            sentence: format!("{seen} of {} steps were seen. {}", steps.len(), declaration.verified_by),
        },
    }
}

/// Whether it can be cancelled, and what that would leave.
pub fn cancel(record: &OperationRecord, may: bool) -> CancelView {
    let turned_back = matches!(record.direction, Direction::Back { .. });
    let requested = record.cancel.is_some();
    let begun: Vec<_> = record.steps.iter().filter(|step| step.may_have_acted).collect();
    let left: Vec<_> = begun
        .iter()
        .filter_map(|step| match &step.undo {
            Undo::Cannot(left) => Some(left.as_str()),
            Undo::Nothing | Undo::TakesBack(_) => None,
        })
        .collect();
    let what = match (record.state.is_over(), turned_back, begun.is_empty()) {
        (true, _, _) => "It is over.".to_owned(),
        (false, true, _) => "It is being undone already.".to_owned(),
        (false, false, true) => "Nothing has been done yet, so nothing is left.".to_owned(),
        (false, false, false) if left.is_empty() => {
            "What was done is undone, last first; nothing is left.".to_owned()
        }
        (false, false, false) => {
            format!("What can be undone is undone, last first. Left: {}", left.join(" "))
        }
    };
    CancelView { possible: may && !record.state.is_over() && !turned_back && !requested, requested, what }
}

/// What went wrong last in the step it is at: of a try that failed, or of which nobody knows how it ended.
pub fn last_error(record: &OperationRecord) -> Option<String> {
    let step = &record.steps[operations::machine::current(record)?];
    let has_failed = match step.state {
        StepState::Pending => step.attempts > 0,
        StepState::Failed | StepState::Unknown | StepState::UndoFailed => true,
        StepState::Running
        | StepState::Observed
        | StepState::Undoing
        | StepState::Undone
        | StepState::Skipped => false,
    };
    step.last_observation.clone().filter(|_| has_failed)
}

/// Why it takes longer than it should: the current step's time is over and nobody has been asked yet, or a person is.
pub fn above_sla(stored: &StoredOperation, usually: Option<&Usually>, now: Timestamp) -> Option<String> {
    // How long a second person takes says nothing about the operation.
    let waits_for_approval = stored.record.approval.as_ref().is_some_and(|approval| approval.given.is_none());
    if stored.state.is_over() || waits_for_approval {
        return None;
    }
    let elapsed = now.since(stored.accepted_at);
    let usual = usually.filter(|usual| elapsed.as_millis() > u128::from(usual.p90_ms))?;
    let p90 = spoken(std::time::Duration::from_millis(usual.p90_ms));
    let why = stored.record.attention.as_ref().map(|attention| attention.sentence.clone());
    let why = why.or_else(|| stored.record.waiting.as_ref().map(|waiting| waiting.on.clone()));
    Some(match why {
        Some(why) => format!("Nine in ten take less than {p90}. {why}"),
        None => format!("Nine in ten take less than {p90}."),
    })
}

/// When an operation of a kind is above its SLA.
pub fn sla(usually: Option<&Usually>) -> String {
    match usually {
        Some(usual) => {
            let (p90, runs) = (spoken(std::time::Duration::from_millis(usual.p90_ms)), usual.runs);
            format!(
                "Longer than {p90}, which nine in ten of its last {runs} runs here took at most, is above its SLA."
            )
        }
        None => format!("It has no SLA before {KNOWN_RUNS} runs here are known; each step has its own time."),
    }
}

/// Median and ninth decile of durations that are sorted; none until enough runs are known.
pub fn usually(durations_ms: &[u64]) -> Option<Usually> {
    let runs = durations_ms.len();
    if runs < KNOWN_RUNS {
        return None;
    }
    let p90 = durations_ms[(runs * 9 / 10).min(runs - 1)];
    Some(Usually {
        median_ms: durations_ms[runs / 2],
        p90_ms: p90,
        runs: u32::try_from(runs).unwrap_or(u32::MAX),
    })
}

/// An operation in a list.
pub fn row(stored: &StoredOperation, title: &str, handed: Option<HandOverView>) -> OperationRow {
    OperationRow {
        id: stored.id.clone(),
        operation: stored.operation.clone(),
        title: title.to_owned(),
        target: stored.target.clone(),
        state: stored.state,
        requested_at: stored.requested_at,
        requested_by: stored.requested_by.clone(),
        waiting: stored.record.waiting.as_ref().map(|waiting| waiting.on.clone()),
        attention: stored.record.attention.as_ref().map(|attention| attention.sentence.clone()),
        handed,
    }
}

/// An operation as the last run of a card.
pub fn last_run(stored: &StoredOperation, title: &str) -> LastRun {
    LastRun {
        id: stored.id.clone(),
        title: title.to_owned(),
        state: stored.state,
        requested_at: stored.requested_at,
        requested_by: stored.requested_by.clone(),
    }
}

/// An operation under way, in the row of its target.
pub fn brief(stored: &StoredOperation, title: &str) -> ProgressBrief {
    let record = &stored.record;
    let of = u32::try_from(record.steps.len()).unwrap_or(u32::MAX);
    let done = record
        .steps
        .iter()
        .filter(|step| matches!(step.state, StepState::Observed | StepState::Skipped))
        .count();
    let step = u32::try_from(done + 1).unwrap_or(of).min(of);
    let waits = record.waiting.as_ref().map(|waiting| waiting.on.clone());
    let does = operations::machine::current(record).map(|index| record.steps[index].title.clone());
    let asks = record.attention.as_ref().map(|attention| attention.sentence.clone());
    let observation = asks.or(waits).or(does).unwrap_or_else(|| "It is about to end.".to_owned());
    ProgressBrief {
        id: stored.id.clone(),
        title: title.to_owned(),
        step,
        of,
        observation,
        needs_attention: record.attention.is_some(),
    }
}

#[cfg(test)]
mod tests;
