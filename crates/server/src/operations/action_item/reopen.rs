//! `action_item.reopen`: what was acknowledged needs action again.
//!
//! When it fails it is left alone as before.

use super::super::world::{World, cannot_look, commit, surely_nothing};
use super::{Facts, found, keep, seen_left_alone};
use crate::facts::ItemKey;
use crate::store::acknowledgements::{self, Acknowledgement};
use async_trait::async_trait;
use operations::{
    Attempt, Blocker, Clearing, Danger, Declaration, FactsError, InputError, Intent, Lock, Observation,
    Operation, Performed, Plan, Repeat, Rule, Step, Trouble, Undo,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// The declaration.
pub(crate) struct Reopen;

#[async_trait]
impl Operation<World> for Reopen {
    const DECLARATION: Declaration = Declaration {
        id: "action_item.reopen",
        version: 1,
        target: "platform",
        intent: Intent::Recover,
        title: "Reopen item",
        danger: Danger::Safe,
        steps: &["Take the acknowledgement back"],
        expected: "It needs action again, for every operator.",
        verified_by: "What is written down about it is read again.",
        on_failure: "It is left alone as before.",
        progress: "On the operation's page, and under Needs action.",
        evidence: "Who reopened it, and what was written down about it.",
        audit: "asked to reopen what was acknowledged on",
    };
    const RULES: &'static [Rule<Facts>] =
        &[Rule { code: "is_acknowledged", holds: "Somebody has acknowledged it.", check: is_acknowledged }];
    type Facts = Facts;
    type Input = ReopenInput;
    type Step = ReopenStep;

    fn usual_input() -> Option<ReopenInput> {
        None
    }

    fn check_input(input: &ReopenInput) -> Result<(), Vec<InputError>> {
        match ItemKey::parse(&input.item) {
            Some(_) => Ok(()),
            None => Err(vec![InputError::at("/item", "Choose one of the items that are acknowledged.")]),
        }
    }

    async fn facts(world: &World, target: &str, input: Option<&ReopenInput>) -> Result<Facts, FactsError> {
        Facts::load(world, target, input.map(|input| input.item.as_str())).await
    }

    fn locks(_: &str, _: &Facts) -> Vec<Lock> {
        Facts::lock()
    }

    fn plan(facts: &Facts, _: &ReopenInput) -> Plan<ReopenStep> {
        let plan = Plan::new().noticed_by("Every operator: it asks for them again.");
        let all = facts.items.all();
        let item = all.iter().find(|item| Some(&item.key) == facts.about.as_ref());
        match item.and_then(|item| Some((item.name(), item.acknowledged?))) {
            Some((name, known)) => plan.step(ReopenStep::TakeBack { name, known: known.clone() }),
            // Without it there is nothing to do, and the rule says so.
            None => plan,
        }
    }
}

fn is_acknowledged(facts: &Facts) -> Result<(), Blocker> {
    let all = facts.items.all();
    let Some(about) = &facts.about else {
        if all.iter().any(|item| item.acknowledged.is_some()) {
            return Ok(());
        }
        return Err(Blocker::new("Nothing is acknowledged."));
    };
    match all.iter().find(|item| item.key == *about) {
        Some(item) if item.acknowledged.is_some() => Ok(()),
        Some(_) => Err(Blocker::new("Nobody has acknowledged it, or that has expired: it needs action.")),
        None => Err(Blocker::new("It does not need action any more, acknowledged or not.")),
    }
}

/// Which one.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReopenInput {
    /// The item that was acknowledged.
    item: String,
}

/// What it does, with what it takes to put it back.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum ReopenStep {
    TakeBack { name: String, known: Acknowledgement },
}

#[async_trait]
impl Step<World> for ReopenStep {
    fn title(&self) -> String {
        let Self::TakeBack { name, known } = self;
        format!("Let it need action again: {name}, acknowledged by {}", known.by)
    }

    fn observed_by(&self) -> Option<String> {
        Some("what is written down about it, read again".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        Undo::TakesBack("It is left alone as before.".to_owned())
    }

    fn clearing(&self) -> Option<Clearing> {
        Some(Clearing::by("action_item.acknowledge"))
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::TakeBack { known, .. } = self;
        let mut tx = world.effect(attempt).await?;
        acknowledgements::withdraw(&mut tx, &world.proof, &known.item).await.map_err(surely_nothing)?;
        commit(tx).await?;
        Ok(Performed::Acknowledged("It is taken back.".to_owned()))
    }

    async fn observe(&self, world: &World, _: &Attempt) -> Observation {
        let Self::TakeBack { known, .. } = self;
        match found(world, &known.item).await {
            Ok(None) => Observation::seen("It needs action again.", json!({ "item": known.item })),
            Ok(Some(_)) => Observation::Absent("It is still acknowledged.".to_owned()),
            Err(error) => cannot_look(&error),
        }
    }

    async fn undo(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::TakeBack { known, .. } = self;
        keep(world, attempt, std::slice::from_ref(known)).await
    }

    async fn observe_undone(&self, world: &World, _: &Attempt) -> Observation {
        let Self::TakeBack { known, .. } = self;
        seen_left_alone(world, &known.item).await
    }
}
