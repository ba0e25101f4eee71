//! Choices within an operation that destroy something: the same rules as for starting what destroys something.
//!
//! What it will do is said, the target's name is typed, a browser gives a fresh factor; and where the policy asks for a second
//! person, the choice waits for somebody else who makes exactly the same one of exactly the same question.

use super::decide::tag_of;
use crate::console::Asking;
use crate::console::targets::Found;
use crate::operations::BulkOver;
use crate::projections::operation_view;
use crate::store::events::{self, NewEvent};
use crate::store::operations::StoredOperation;
use crate::store::proposed_choices::{self, Proposed};
use operations::{Danger, Declaration, StoredEffect};
use read_models::error::{ConsoleError, ErrorKind, FieldError};
use read_models::operation::{self as shown, Choice, Decision, ProposedChoice};
use read_models::time::spoken;
use serde_json::json;
use std::time::Duration;

/// For how long a second person can approve it.
const GOOD_FOR: Duration = Duration::from_hours(24);

/// What becomes of a choice.
pub(super) enum Chosen {
    /// It is made now.
    Now {
        /// Who had asked for it, when a second person makes it.
        asked: Option<Proposed>,
    },
    /// It waits for a second person.
    Proposed,
}

impl Asking {
    /// Whether a choice destroys something by itself. Approving and declining are judged with what they approve; and a bulk goes
    /// on with what was named target by target and approved as a whole.
    fn destroys(stored: &StoredOperation, choice: &str) -> bool {
        if BulkOver::by_id(&stored.operation).is_some() {
            return false;
        }
        let chosen = operations::machine::offered(&stored.record).iter().find(|one| one.id == choice);
        chosen.is_some_and(|chosen| {
            let is_of_approval = matches!(chosen.effect, StoredEffect::Approve | StoredEffect::Decline);
            chosen.danger == Danger::Destructive && !is_of_approval
        })
    }

    /// Says of each choice what has to be typed, and whether a second person is needed.
    pub(super) async fn dress_choices(
        &self,
        stored: &StoredOperation,
        declared: &Declaration,
        found: &Found,
        choices: &mut Vec<Choice>,
    ) -> Result<Option<ProposedChoice>, ConsoleError> {
        if !choices.iter().any(|choice| Self::destroys(stored, &choice.id)) {
            return Ok(None);
        }
        let needs = self.needs_second(declared, found).await?;
        let proposed = if needs { self.proposed(stored).await? } else { None };
        let own = self.who().map(|who| who.user_id.clone()).ok();
        let view = proposed.map(|proposed| {
            let title = choices.iter().find(|choice| choice.id == proposed.choice);
            ProposedChoice {
                title: title.map(|choice| choice.title.clone()).unwrap_or_default(),
                is_own: own.as_ref() == Some(&proposed.user),
                until: proposed.at.plus(GOOD_FOR),
                choice: proposed.choice,
                by: proposed.by,
                reason: proposed.reason,
                at: proposed.at,
            }
        });
        for choice in choices.iter_mut().filter(|choice| Self::destroys(stored, &choice.id)) {
            choice.confirm = Some(found.view.name.clone());
            choice.second_person = needs.then(|| match &view {
                Some(asked) if asked.choice == choice.id => {
                    format!("{} asked for it: it is done when you choose it too.", asked.by)
                }
                Some(_) | None => format!(
                    "After you choose it, a second person has to choose it too within {}. Until then nothing is done.",
                    spoken(GOOD_FOR)
                ),
            });
        }
        // It is not theirs to approve.
        if let Some(asked) = view.as_ref().filter(|asked| asked.is_own) {
            choices.retain(|choice| choice.id != asked.choice);
        }
        Ok(view)
    }

    /// Refuses what is not confirmed, and has what needs a second person wait for one.
    pub(super) async fn check_choice(
        &self,
        stored: &StoredOperation,
        decision: &Decision,
    ) -> Result<Chosen, ConsoleError> {
        if !Self::destroys(stored, &decision.choice) {
            return Ok(Chosen::Now { asked: None });
        }
        let (found, declared) = (self.target(&stored.target).await?, self.declaration(&stored.operation)?);
        check_name(&found.view.name, decision.confirmation.as_deref())?;
        if !self.needs_second(declared, &found).await? {
            return Ok(Chosen::Now { asked: None });
        }
        match self.proposed(stored).await? {
            Some(asked) if asked.choice == decision.choice && asked.user == self.who()?.user_id => {
                let sentence =
                    "You asked for it, so somebody else has to choose it too. Nothing was changed.";
                Err(ConsoleError::new(ErrorKind::Denied, "own_approval", sentence)
                    .next("Ask somebody else who may do it; or choose something else."))
            }
            Some(asked) if asked.choice == decision.choice => Ok(Chosen::Now { asked: Some(asked) }),
            Some(_) | None => Ok(Chosen::Proposed),
        }
    }

    /// Writes down that somebody chose it and a second person is needed.
    pub(super) async fn propose(
        &self,
        stored: &StoredOperation,
        decision: &Decision,
    ) -> Result<(), ConsoleError> {
        let (who, state, now) = (self.who()?, self.state(), self.now());
        let by = who.audit_name();
        let (question, choice, reason) =
            (question_of(stored), decision.choice.clone(), decision.reason.trim().to_owned());
        let said = json!({ "choice": choice, "reason": reason, "question": question, "waits_for": "a second person" });
        let new = Proposed { choice, question, user: who.user_id.clone(), by: by.clone(), reason, at: now };
        let event = NewEvent {
            at: now,
            kind: "audit.decision",
            actor: by.clone(),
            sentence: format!(
                "{by} asked for {}, which a second person has to choose too: {}",
                new.choice, new.reason
            ),
            operation: Some(stored.id.clone()),
            step: None,
            project: stored.project.clone(),
            resource: Some(stored.target.to_string()),
            body: said,
        };
        let written = async {
            let mut tx = state.db.begin().await?;
            proposed_choices::set(&mut tx, &self.proof(), &stored.id, &new).await?;
            events::append(&mut tx, &*state.ids, event).await?;
            tx.commit().await
        };
        written.await.map_err(|error| self.broken(error))?;
        state.hub.wake_sequencer();
        Ok(())
    }

    /// What somebody chose and a second person may approve now: of the question that is asked now.
    async fn proposed(&self, stored: &StoredOperation) -> Result<Option<Proposed>, ConsoleError> {
        let found = proposed_choices::find(&mut &self.state().db, &self.proof(), &stored.id).await;
        let found = found.map_err(|error| self.broken(error))?;
        let question = question_of(stored);
        let is_good = |asked: &Proposed| asked.question == question && self.now() < asked.at.plus(GOOD_FOR);
        Ok(found.filter(is_good))
    }

    /// Whether the policy asks for a second person before something is destroyed there.
    async fn needs_second(&self, declared: &Declaration, found: &Found) -> Result<bool, ConsoleError> {
        let destroying = Declaration { danger: Danger::Destructive, ..*declared };
        self.needs_approval(&mut &self.state().db, &destroying, found).await
    }
}

/// Names the question that is asked now, and no other.
pub(super) fn question_of(stored: &StoredOperation) -> String {
    let (attention, choices) = operation_view::attention(&stored.record);
    tag_of(&stored.id, attention.as_ref(), &choices)
}

fn check_name(wanted: &str, given: Option<&str>) -> Result<(), ConsoleError> {
    if given == Some(wanted) {
        return Ok(());
    }
    let sentence = format!("It destroys something: type {wanted} to confirm.");
    let field = FieldError { pointer: "/confirmation".to_owned(), sentence: sentence.clone() };
    let error =
        ConsoleError::new(ErrorKind::Invalid, "not_confirmed", format!("{sentence} Nothing was changed."));
    Err(error.next(sentence).with_fields(vec![field]))
}

/// Whether a browser has to give its factor again for one of them.
pub(super) fn any_destroys(choices: &[Choice]) -> bool {
    choices.iter().any(|choice| choice.danger == shown::Danger::Destructive)
}
