//! `operation.hand_over`: somebody who may act on it looks after an operation that asks for a person or left something.
//!
//! When it fails it is with whoever had it before, or with nobody.

use super::super::world::{World, who_asked};
use super::{Facts, Happened, Place, is_not_of_an_account, seen, somebody_has_to, write};
use crate::store::hand_overs::HandOver;
use async_trait::async_trait;
use operations::{
    Attempt, Blocker, Clearing, Danger, Declaration, FactsError, InputError, Intent, Lock, Observation,
    Operation, Performed, Plan, Repeat, Rule, Step, Trouble, Undo,
};
use read_models::ids::UserId;
use read_models::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The longest note that is kept.
const LONGEST_NOTE: usize = 500;
/// No email is longer.
const LONGEST_NAME: usize = 254;

/// The declaration.
pub(crate) struct HandOverTo;

#[async_trait]
impl Operation<World> for HandOverTo {
    const DECLARATION: Declaration = Declaration {
        id: "operation.hand_over",
        version: 1,
        target: "operation",
        intent: Intent::Recover,
        title: "Hand over operation",
        danger: Danger::Safe,
        steps: &["Write down who looks after it"],
        expected: "It stands with them, with your note: on its page, among what was handed to them, and in the queue. \
                   Nobody's permissions change, and the operation itself goes on, or rests, as before.",
        verified_by: "Who has it is read again.",
        on_failure: "It is with whoever had it before, or with nobody.",
        progress: "On the operation's page, and on the page of the one that is handed over.",
        evidence: "Who handed what to whom, when, and the note; also among the events of the one that is handed over.",
        audit: "asked to hand over",
    };
    const RULES: &'static [Rule<Facts>] = &[
        Rule {
            code: "somebody_has_to",
            holds: "It asks for a person, or something of it is left over.",
            check: somebody_has_to,
        },
        Rule {
            code: "is_not_of_an_account",
            holds: "More than one person may act on it.",
            check: is_not_of_an_account,
        },
        Rule { code: "they_may_act", holds: "Whoever gets it may act on it.", check: they_may_act },
        Rule { code: "they_have_it_not", holds: "They do not have it yet.", check: they_have_it_not },
    ];
    const NEVER_HELD_BACK: Option<&'static str> =
        Some("Who looks after what is stuck has to be said while nothing begins, then above all.");
    type Facts = Facts;
    type Input = HandOverInput;
    type Step = HandOverStep;

    fn usual_input() -> Option<HandOverInput> {
        None
    }

    fn check_input(input: &HandOverInput) -> Result<(), Vec<InputError>> {
        let mut errors = Vec::new();
        if !(1..=LONGEST_NAME).contains(&input.to.trim().chars().count()) {
            errors.push(InputError::at("/to", "Say to whom: the email of their account."));
        }
        if !(1..=LONGEST_NOTE).contains(&input.note.trim().chars().count()) {
            let sentence =
                format!("Say in 1 to {LONGEST_NOTE} characters what they have to know: it is all they get.");
            errors.push(InputError::at("/note", sentence));
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    async fn facts(world: &World, target: &str, input: Option<&HandOverInput>) -> Result<Facts, FactsError> {
        Facts::load(world, target, input.map(|input| input.to.as_str())).await
    }

    fn locks(target: &str, _: &Facts) -> Vec<Lock> {
        Facts::lock(target)
    }

    fn plan(facts: &Facts, input: &HandOverInput) -> Plan<HandOverStep> {
        let Some(person) = facts.named() else {
            return Plan::new().noticed_by("Nobody: whoever is named may not act on it.");
        };
        let mut plan = Plan::new().step(HandOverStep::Write {
            place: facts.place(),
            to: person.id.clone(),
            to_name: person.email.clone(),
            note: input.note.trim().to_owned(),
            before: facts.handed.clone(),
        });
        plan = plan.noticed_by(format!("{}: it is with them from then on.", person.email));
        match &facts.handed {
            Some(before) if before.to != person.id => {
                plan.noticed_by(format!("{}, who has it now.", before.to_name))
            }
            Some(_) | None => plan,
        }
    }
}

/// The same sentence whatever is the matter: who has an account here is nobody's to find out.
fn they_may_act(facts: &Facts) -> Result<(), Blocker> {
    let Some(asked) = &facts.asked else { return Ok(()) };
    let Some(person) = facts.named() else { return Err(nobody(asked)) };
    let approval = facts.about.record.approval.as_ref();
    let waits = !facts.about.state.is_over() && approval.is_some_and(|approval| approval.given.is_none());
    if waits && person.id == facts.about.user {
        let sentence = format!("{} asked for it, so somebody else has to approve it.", person.email);
        return Err(Blocker::new(sentence));
    }
    Ok(())
}

/// That somebody cannot have it.
pub(crate) fn nobody(asked: &str) -> Blocker {
    let asked: String = asked.chars().take(LONGEST_NAME).collect();
    Blocker::new(format!(
        "{asked} is nobody who may act on it: there is no such account, it is suspended, or it has no role for that."
    ))
}

fn they_have_it_not(facts: &Facts) -> Result<(), Blocker> {
    match (facts.named(), &facts.handed) {
        (Some(person), Some(handed)) if person.id == handed.to => {
            Err(Blocker::new(format!("{} has it already.", person.email)).unblocked_by("operation.take_back"))
        }
        (Some(_) | None, Some(_) | None) => Ok(()),
    }
}

/// To whom, and what they have to know.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HandOverInput {
    /// The email or the id of the account of somebody who may act on it, your own included.
    pub(crate) to: String,
    /// What they have to know: what you saw, what you tried, what is next.
    note: String,
}

/// What it does, with what it takes to put it back.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum HandOverStep {
    Write { place: Place, to: UserId, to_name: String, note: String, before: Option<HandOver> },
}

impl HandOverStep {
    /// What is written down; the same for every repetition of a try.
    async fn new_one(&self, world: &World, attempt: &Attempt) -> Result<HandOver, Trouble> {
        let Self::Write { place, to, to_name, note, .. } = self;
        let (operation, by) = who_asked(world, attempt).await?;
        Ok(HandOver {
            about: place.about.clone(),
            to: to.clone(),
            to_name: to_name.clone(),
            by,
            note: note.clone(),
            at: Timestamp::from_micros(attempt.begun_at),
            operation,
        })
    }
}

#[async_trait]
impl Step<World> for HandOverStep {
    fn title(&self) -> String {
        let Self::Write { to_name, .. } = self;
        format!("Write down that {to_name} looks after it")
    }

    fn observed_by(&self) -> Option<String> {
        Some("who has it, read again".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        let Self::Write { before, .. } = self;
        Undo::TakesBack(match before {
            Some(before) => format!("{} has it again.", before.to_name),
            None => "Nobody has it.".to_owned(),
        })
    }

    fn clearing(&self) -> Option<Clearing> {
        Some(Clearing::by("operation.take_back"))
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::Write { place, to_name, note, .. } = self;
        let new = self.new_one(world, attempt).await?;
        let sentence = format!("{} handed it to {to_name}: {note}", new.by);
        let (kind, by) = ("operation.handed_over", new.by.clone());
        let happened = Happened { kind, by: &by, sentence, to: Some(to_name), note };
        write(world, attempt, place, Some(&new), happened).await
    }

    async fn observe(&self, world: &World, attempt: &Attempt) -> Observation {
        let Self::Write { place, to_name, .. } = self;
        match self.new_one(world, attempt).await {
            Ok(new) => seen(world, &place.about, Some(&new), &format!("{to_name} has it.")).await,
            Err(trouble) => {
                Observation::CannotTell { sentence: trouble.to_string(), look_again: Duration::from_secs(2) }
            }
        }
    }

    async fn undo(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::Write { place, before, .. } = self;
        let (_, by) = who_asked(world, attempt).await?;
        let to = before.as_ref().map(|before| before.to_name.as_str());
        let sentence = format!("Handing it over was undone: {} has it.", to.unwrap_or("nobody"));
        let happened = Happened { kind: "operation.handed_back", by: &by, sentence, to, note: "" };
        write(world, attempt, place, before.as_ref(), happened).await
    }

    async fn observe_undone(&self, world: &World, _: &Attempt) -> Observation {
        let Self::Write { place, before, .. } = self;
        seen(world, &place.about, before.as_ref(), "It is with whoever had it before.").await
    }
}
