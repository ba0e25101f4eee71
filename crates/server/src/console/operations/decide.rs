//! Decide what waits for a person, or ask that it be cancelled.
//!
//! A decision is written into the operation under a lease of its own, like everything that happens to it.

use super::choosing::Chosen;
use crate::console::Asking;
use crate::projections::operation_view;
use crate::store::events::{self, NewEvent};
use crate::store::operations::{Leased, Rested, StoredOperation, commit, lease_now_for_decision};
use operations::machine::apply;
use operations::{Declaration, Direction, Event, OperationRecord};
use read_models::error::{ConsoleError, ErrorKind, FieldError};
use read_models::ids::OperationId;
use read_models::operation::{Attention, Choice, Decision, OperationView, Question};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::time::Duration;

/// How long a decision may hold the operation.
const LEASE: Duration = Duration::from_secs(5);
/// A worker holds an operation for moments; so long is waited for it.
const TRIES: u32 = 60;
const BETWEEN: Duration = Duration::from_millis(50);
/// The longest reason that is kept.
const LONGEST_REASON: usize = 1000;

impl Asking {
    pub(super) async fn decide_operation(
        &self,
        id: OperationId,
        decision: Decision,
    ) -> Result<OperationView, ConsoleError> {
        let stored = self.may_change(&id).await?;
        check_reason(&decision.reason)?;
        let questions = decision.questions.as_deref();
        check_question(questions, &stored.id, &stored.record)?;
        let offered = offered(&stored);
        if !offered.contains(&decision.choice) {
            return Err(not_offered(&decision.choice, &offered));
        }
        self.check_approval(&stored, &decision).await?;
        self.may_choose(&stored, &decision.choice).await?;
        let asked = match self.check_choice(&stored, &decision).await? {
            Chosen::Now { asked } => asked,
            Chosen::Proposed => {
                self.propose(&stored, &decision).await?;
                return self.operation_view(self.readable(&id).await?.0).await;
            }
        };
        let by = self.who()?.audit_name();
        let mut sentence = format!("{by} chose {}: {}", decision.choice, decision.reason);
        let mut said = json!({ "choice": decision.choice, "reason": decision.reason });
        // What two people chose is of this question, whatever is asked by then.
        let same = asked.as_ref().map(|asked| vec![asked.question.clone()]);
        if let Some(asked) = asked {
            sentence = format!("{by} chose {}, as {} had: {}", decision.choice, asked.by, decision.reason);
            said["asked_by"] = json!(asked.by);
            said["asked_at"] = json!(asked.at);
        }
        let questions = same.as_deref().or(questions);
        if let Some(hash) = &decision.plan_hash {
            said["plan_hash"] = json!(hash);
        }
        let event = Event::Decided { choice: decision.choice, by, reason: decision.reason };
        self.write_decision(&id, event, questions, (sentence, said)).await?;
        self.operation_view(self.readable(&id).await?.0).await
    }

    /// What it asks now. Whoever may not decide sees what is asked and nothing to choose, as on its page.
    pub(super) async fn ask(&self, id: &OperationId) -> Result<Question, ConsoleError> {
        let (stored, _) = self.readable(id).await?;
        let found = self.target(&stored.target).await?;
        let may = self.check_operate(self.declaration(&stored.operation)?, &found).is_ok();
        let (attention, choices) = operation_view::attention(&stored.record);
        let mut choices = if may && !self.waits_for_another(&stored) { choices } else { Vec::new() };
        let tag = tag_of(&stored.id, attention.as_ref(), &choices);
        let declared = self.declaration(&stored.operation)?;
        self.dress_choices(&stored, declared, &found, &mut choices).await?;
        Ok(Question { operation: stored.id, attention, choices, tag })
    }

    pub(super) async fn cancel_operation(
        &self,
        id: OperationId,
        reason: String,
    ) -> Result<OperationView, ConsoleError> {
        let stored = self.may_change(&id).await?;
        check_reason(&reason)?;
        if stored.state.is_over() {
            let error = ConsoleError::new(
                ErrorKind::Conflict,
                "operation_over",
                "The operation is over. Nothing was changed.",
            );
            return Err(error.next("Read how it ended."));
        }
        if stored.record.cancel.is_none() && matches!(stored.record.direction, Direction::Back { .. }) {
            let error = ConsoleError::new(
                ErrorKind::Conflict,
                "being_undone",
                "It is being undone already. Nothing was changed.",
            );
            return Err(error.next("Follow it until it is over."));
        }
        if stored.record.cancel.is_none() {
            let by = self.who()?.audit_name();
            let sentence = format!("{by} asked to cancel it: {reason}");
            let said = json!({ "choice": "cancel", "reason": reason });
            self.write_decision(&id, Event::CancelRequested { by, reason }, None, (sentence, said)).await?;
        }
        self.operation_view(self.readable(&id).await?.0).await
    }

    /// The operation, when this person may carry it out and so decide about it.
    async fn may_change(&self, id: &OperationId) -> Result<StoredOperation, ConsoleError> {
        let (stored, _) = self.readable(id).await?;
        let found = self.target(&stored.target).await?;
        self.check_operate(self.declaration(&stored.operation)?, &found)?;
        Ok(stored)
    }

    /// A choice may cost more than its operation: what loses something needs the permission to lose it.
    async fn may_choose(&self, stored: &StoredOperation, choice: &str) -> Result<(), ConsoleError> {
        let chosen = operations::machine::offered(&stored.record).iter().find(|c| c.id == choice);
        let Some(danger) = chosen.map(|chosen| chosen.danger) else { return Ok(()) };
        let found = self.target(&stored.target).await?;
        let declared = Declaration { danger, ..*self.declaration(&stored.operation)? };
        self.check_operate(&declared, &found)?;
        self.check_fresh_factor(danger, false).await
    }

    pub(super) async fn write_decision(
        &self,
        id: &OperationId,
        event: Event,
        questions: Option<&[String]>,
        (sentence, said): (String, Value),
    ) -> Result<(), ConsoleError> {
        let state = self.state();
        let mut leased = self.lease(id).await?;
        let now = self.now();
        // Looked at again under the lease: from here on nobody else changes what it asks.
        let same = check_question(questions, id, &leased.record);
        let notes = if same.is_ok() { apply(&mut leased.record, event, now.as_micros()) } else { Vec::new() };
        let too_late = notes.is_empty();
        let written = async {
            let mut tx = state.db.begin().await?;
            let rested = Rested::Parked { until: Some(now) };
            commit(&mut tx, id, &leased.record, leased.fencing_token, rested, &*state.clock).await?;
            if too_late {
                return tx.commit().await;
            }
            let actor = self.0.who.as_ref().map(crate::authz::Principal::audit_name).unwrap_or_default();
            let of = |kind, sentence, body| NewEvent {
                at: now,
                kind,
                actor: actor.clone(),
                sentence,
                operation: Some(id.clone()),
                step: None,
                project: leased.project.clone(),
                resource: Some(leased.resource.clone()),
                body,
            };
            events::append(&mut tx, &*state.ids, of("audit.decision", sentence, said)).await?;
            // The person's act itself is the audit event above.
            let acts = ["operation.decided", "operation.cancel_requested"];
            for note in notes.into_iter().filter(|note| !acts.contains(&note.kind)) {
                events::append(&mut tx, &*state.ids, of(note.kind, note.sentence, note.evidence)).await?;
            }
            tx.commit().await
        };
        written.await.map_err(|error| self.broken(error))?;
        state.hub.wake_sequencer();
        state.hub.wake_workers();
        same?;
        if too_late {
            let error = ConsoleError::new(
                ErrorKind::Conflict,
                "already_decided",
                "Somebody else has decided meanwhile. Nothing of yours was changed.",
            );
            return Err(error.next("Look where the operation stands now."));
        }
        Ok(())
    }

    async fn lease(&self, id: &OperationId) -> Result<Leased, ConsoleError> {
        let state = self.state();
        let owner = format!("{}/decision", state.instance);
        for _ in 0..TRIES {
            let leased = lease_now_for_decision(&state.db, &owner, LEASE, &*state.clock, id).await;
            if let Some(leased) = leased.map_err(|error| self.broken(error))? {
                return Ok(leased);
            }
            tokio::time::sleep(BETWEEN).await;
        }
        let error = ConsoleError::new(
            ErrorKind::Conflict,
            "operation_busy",
            "A worker is in the middle of a step. Nothing was changed.",
        );
        Err(error.next("Try again in a moment."))
    }
}

/// Refuses an answer to another question than the one that is asked.
fn check_question(
    questions: Option<&[String]>,
    id: &OperationId,
    record: &OperationRecord,
) -> Result<(), ConsoleError> {
    let Some(answered) = questions else { return Ok(()) };
    let (attention, choices) = operation_view::attention(record);
    if answered.contains(&tag_of(id, attention.as_ref(), &choices)) {
        return Ok(());
    }
    let error = ConsoleError::new(
        ErrorKind::Conflict,
        "another_question",
        "The operation asks something else by now, or nothing. Nothing was decided.",
    );
    Err(error.next("Read what it asks now, then decide."))
}

/// Covers everything a person decides on.
pub(super) fn tag_of(id: &OperationId, attention: Option<&Attention>, choices: &[Choice]) -> String {
    let print = Sha256::digest(json!([id, attention, choices]).to_string());
    hex::encode(print)[..32].to_owned()
}

fn offered(stored: &StoredOperation) -> Vec<String> {
    operations::machine::offered(&stored.record).iter().map(|choice| choice.id.clone()).collect()
}

fn not_offered(choice: &str, offered: &[String]) -> ConsoleError {
    let choice: String = choice.chars().take(40).collect();
    let (sentence, next) = if offered.is_empty() {
        (
            "Nothing waits for a decision here. Nothing was changed.".to_owned(),
            "Look where the operation stands.".to_owned(),
        )
    } else {
        (
            format!("`{choice}` is not offered. Nothing was changed."),
            format!("Choose one of: {}.", offered.join(", ")),
        )
    };
    let field = FieldError { pointer: "/choice".to_owned(), sentence: next.clone() };
    ConsoleError::new(ErrorKind::Invalid, "not_offered", sentence).next(next).with_fields(vec![field])
}

fn check_reason(reason: &str) -> Result<(), ConsoleError> {
    if reason.chars().count() <= LONGEST_REASON {
        return Ok(());
    }
    let sentence = format!("Use at most {LONGEST_REASON} characters.");
    let field = FieldError { pointer: "/reason".to_owned(), sentence: sentence.clone() };
    let error = ConsoleError::new(
        ErrorKind::Invalid,
        "reason_too_long",
        format!("The reason is too long. {sentence}"),
    );
    Err(error.with_fields(vec![field]))
}
