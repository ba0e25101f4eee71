//! `operation.take_back`: nobody in particular looks after an operation any more.
//!
//! When it fails it is with whoever had it.

use super::super::world::{World, who_asked};
use super::{Facts, Happened, Place, seen, write};
use crate::store::hand_overs::HandOver;
use async_trait::async_trait;
use operations::{
    Attempt, Blocker, Clearing, Danger, Declaration, FactsError, Intent, Lock, Observation, Operation,
    Performed, Plan, Repeat, Rule, Step, Trouble, Undo,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The declaration.
pub(crate) struct TakeBack;

#[async_trait]
impl Operation<World> for TakeBack {
    const DECLARATION: Declaration = Declaration {
        id: "operation.take_back",
        version: 1,
        target: "operation",
        intent: Intent::Recover,
        title: "Take back operation",
        danger: Danger::Safe,
        steps: &["Write down that nobody in particular looks after it"],
        expected: "It is with nobody in particular, as before it was handed over; everybody who may act on it still may.",
        verified_by: "Who has it is read again.",
        on_failure: "It is with whoever had it.",
        progress: "On the operation's page, and on the page of the one that is taken back.",
        evidence: "Who took what back from whom, and when; also among the events of the one that is taken back.",
        audit: "asked to take back",
    };
    const RULES: &'static [Rule<Facts>] =
        &[Rule { code: "somebody_has_it", holds: "Somebody has it.", check: somebody_has_it }];
    const NEVER_HELD_BACK: Option<&'static str> =
        Some("Who looks after what is stuck has to be said while nothing begins, then above all.");
    type Facts = Facts;
    type Input = TakeBackInput;
    type Step = TakeBackStep;

    fn usual_input() -> Option<TakeBackInput> {
        Some(TakeBackInput {})
    }

    async fn facts(world: &World, target: &str, _: Option<&TakeBackInput>) -> Result<Facts, FactsError> {
        Facts::load(world, target, None).await
    }

    fn locks(target: &str, _: &Facts) -> Vec<Lock> {
        Facts::lock(target)
    }

    fn plan(facts: &Facts, _: &TakeBackInput) -> Plan<TakeBackStep> {
        match &facts.handed {
            Some(known) => Plan::new()
                .step(TakeBackStep::Forget { place: facts.place(), known: known.clone() })
                .noticed_by(format!("{}, who has it now.", known.to_name)),
            None => Plan::new().noticed_by("Nobody: nobody has it."),
        }
    }
}

fn somebody_has_it(facts: &Facts) -> Result<(), Blocker> {
    match facts.handed {
        Some(_) => Ok(()),
        None => {
            Err(Blocker::new("It was handed to nobody, or taken back.").unblocked_by("operation.hand_over"))
        }
    }
}

/// Nothing has to be said.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TakeBackInput {}

/// What it does, with what it takes to put it back.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum TakeBackStep {
    Forget { place: Place, known: HandOver },
}

#[async_trait]
impl Step<World> for TakeBackStep {
    fn title(&self) -> String {
        let Self::Forget { known, .. } = self;
        format!("Write down that it is not {}'s to look after any more", known.to_name)
    }

    fn observed_by(&self) -> Option<String> {
        Some("who has it, read again".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        let Self::Forget { known, .. } = self;
        Undo::TakesBack(format!("{} has it again.", known.to_name))
    }

    fn clearing(&self) -> Option<Clearing> {
        Some(Clearing::by("operation.hand_over"))
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::Forget { place, known } = self;
        let (_, by) = who_asked(world, attempt).await?;
        let sentence = format!("{by} took it back from {}.", known.to_name);
        let happened = Happened { kind: "operation.handed_back", by: &by, sentence, to: None, note: "" };
        write(world, attempt, place, None, happened).await
    }

    async fn observe(&self, world: &World, _: &Attempt) -> Observation {
        let Self::Forget { place, .. } = self;
        seen(world, &place.about, None, "It is with nobody in particular.").await
    }

    async fn undo(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::Forget { place, known } = self;
        let (_, by) = who_asked(world, attempt).await?;
        let to = Some(known.to_name.as_str());
        let sentence = format!("Taking it back was undone: {} has it.", known.to_name);
        let happened = Happened { kind: "operation.handed_over", by: &by, sentence, to, note: &known.note };
        write(world, attempt, place, Some(known), happened).await
    }

    async fn observe_undone(&self, world: &World, _: &Attempt) -> Observation {
        let Self::Forget { place, known } = self;
        seen(world, &place.about, Some(known), &format!("{} has it again.", known.to_name)).await
    }
}
