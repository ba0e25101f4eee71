//! `audit.verify`: every event's hash and every checkpoint's signature, from the first to the last or in a range.
//!
//! When something does not fit it fails and names the first thing; operators are told until a later check finds all good.

use super::super::world::{World, cannot_look, commit, no_facts, operation_of, surely_nothing};
use super::checking;
use crate::store::events;
use crate::store::verifications::{self, Verification};
use async_trait::async_trait;
use operations::{
    Attempt, Blocker, Danger, Declaration, FactsError, InputError, Intent, Lock, Observation, Operation,
    Performed, Plan, Repeat, Rule, Step, Trouble, Undo,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// Between two parts of the chain, others are served.
const PAUSE: Duration = Duration::from_millis(50);

/// The declaration.
pub(crate) struct Verify;

#[async_trait]
impl Operation<World> for Verify {
    const DECLARATION: Declaration = Declaration {
        id: "audit.verify",
        version: 1,
        target: "platform",
        intent: Intent::Inspect,
        title: "Verify audit chain",
        danger: Danger::Safe,
        steps: &["Check every event and every checkpoint"],
        expected: "Every event has the hash it was written with, follows on the one before it, and is signed where a checkpoint says so; none is missing.",
        verified_by: "What the check wrote down is read again.",
        on_failure: "The first thing that does not fit is named with its number, and stands under Needs action until a later check finds all good. Nothing is changed.",
        progress: "On the operation's page, with the number it has reached.",
        evidence: "Which events were checked, how many checkpoints, and the hash of the last event.",
        audit: "asked to verify the audit chain of",
    };
    const RULES: &'static [Rule<VerifyFacts>] =
        &[Rule { code: "chain_has_events", holds: "The audit chain has events.", check: chain_has_events }];
    type Facts = VerifyFacts;
    type Input = VerifyInput;
    type Step = VerifyStep;

    fn usual_input() -> Option<VerifyInput> {
        Some(VerifyInput::default())
    }

    fn check_input(input: &VerifyInput) -> Result<(), Vec<InputError>> {
        let mut errors = Vec::new();
        if input.from == Some(0) {
            errors.push(InputError::at("/from", "The first event has the number 1."));
        }
        if input.from.zip(input.to).is_some_and(|(from, to)| from > to) {
            errors.push(InputError::at("/to", "Choose a last event that is not before the first."));
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    async fn facts(
        world: &World,
        target: &str,
        input: Option<&VerifyInput>,
    ) -> Result<VerifyFacts, FactsError> {
        if target != "platform" {
            return Err(FactsError::NoTarget);
        }
        let last = events::last(&world.db).await.map_err(no_facts)?;
        if input.and_then(|input| input.from).is_some_and(|from| i64::from(from) > last.max(1)) {
            let sentence = "The chain has no event of this number yet.";
            return Err(FactsError::Input(vec![InputError::at("/from", sentence)]));
        }
        Ok(VerifyFacts { is_empty: last == 0 })
    }

    fn locks(_: &str, _: &VerifyFacts) -> Vec<Lock> {
        Vec::new()
    }

    fn plan(_: &VerifyFacts, input: &VerifyInput) -> Plan<VerifyStep> {
        let number = |number: u32| i64::from(number);
        let step = VerifyStep::Check { from: input.from.map(number), to: input.to.map(number) };
        Plan::new().step(step).noticed_by("Nobody. It reads a part at a time, and others are served between.")
    }
}

/// Whether there is anything.
pub(crate) struct VerifyFacts {
    is_empty: bool,
}

fn chain_has_events(facts: &VerifyFacts) -> Result<(), Blocker> {
    if facts.is_empty { Err(Blocker::new("Nothing has happened yet that could be checked.")) } else { Ok(()) }
}

/// Which part of the chain.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VerifyInput {
    /// The number of the first event; the first of all when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<u32>,
    /// The number of the last event; the last there is when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<u32>,
}

/// What it does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum VerifyStep {
    Check { from: Option<i64>, to: Option<i64> },
}

#[async_trait]
impl Step<World> for VerifyStep {
    fn title(&self) -> String {
        let Self::Check { from, to } = self;
        match (from, to) {
            (None, None) => "Check every event and every checkpoint".to_owned(),
            (Some(from), None) => format!("Check events from {from} to the last, and their checkpoints"),
            (None, Some(to)) => format!("Check events up to {to}, and their checkpoints"),
            (Some(from), Some(to)) => format!("Check events {from} to {to}, and their checkpoints"),
        }
    }

    fn observed_by(&self) -> Option<String> {
        Some("what the check wrote down, read again".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        Undo::Nothing
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        Duration::from_hours(2)
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::Check { from, to } = self;
        let id = operation_of(attempt)?;
        let known = verifications::find(&mut &world.db, &world.proof, &id).await.map_err(surely_nothing)?;
        let is_new = known.is_none();
        let mut check = match known {
            Some(known) => known,
            None => checking::begun(world, id, (*from, *to)).await.map_err(surely_nothing)?,
        };
        if check.finished_at.is_none() {
            checking::part(world, &mut check).await.map_err(surely_nothing)?;
            let mut tx = world.effect(attempt).await?;
            if is_new {
                verifications::begin(&mut tx, &world.proof, &check).await.map_err(surely_nothing)?;
            }
            verifications::progress(&mut tx, &world.proof, &check).await.map_err(surely_nothing)?;
            commit(tx).await?;
        }
        if check.finished_at.is_none() {
            let on = format!("event {} of {} is reached", check.reached.0, check.range.1);
            return Ok(Performed::Pending { on, look_again: PAUSE });
        }
        Ok(Performed::Acknowledged(format!(
            "Events {} to {} were looked at.",
            check.range.0, check.reached.0
        )))
    }

    async fn observe(&self, world: &World, attempt: &Attempt) -> Observation {
        let Ok(id) = operation_of(attempt) else {
            return Observation::Contrary("Its id cannot be read.".to_owned());
        };
        match verifications::find(&mut &world.db, &world.proof, &id).await {
            Ok(Some(check)) if check.finished_at.is_some() => judged(&check),
            Ok(_) => Observation::Absent("The check has not come to its end.".to_owned()),
            Err(error) => cannot_look(&error),
        }
    }

    async fn undo(&self, _: &World, _: &Attempt) -> Result<Performed, Trouble> {
        Ok(Performed::Acknowledged("There is nothing to undo.".to_owned()))
    }

    async fn observe_undone(&self, _: &World, _: &Attempt) -> Observation {
        Observation::seen("There was nothing to undo.", json!(null))
    }
}

fn judged(check: &Verification) -> Observation {
    let ((from, to), (reached, hash)) = (check.range, &check.reached);
    if let Some((number, sentence)) = &check.misfit {
        return Observation::Contrary(format!("The chain does not fit at event {number}. {sentence}"));
    }
    let sentence = format!(
        "Events {from} to {to} fit, and {} checkpoints are signed with the key of this platform.",
        check.checkpoints
    );
    let evidence = json!({ "from": from, "to": reached, "hash": hash, "checkpoints": check.checkpoints });
    Observation::seen(sentence, evidence)
}
