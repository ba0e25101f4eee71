//! `sku.retire`: nobody launches it any more; what runs goes on.
//!
//! When it fails it is offered as before.

use super::super::world::{World, cannot_look, commit, surely_nothing};
use super::facts::{SkuFacts, lock};
use crate::store::db::StoreError;
use crate::store::skus;
use async_trait::async_trait;
use operations::{
    Attempt, Clearing, Danger, Declaration, FactsError, Intent, Lock, Observation, Operation, Performed,
    Plan, Repeat, Rule, Step, Trouble, Undo,
};
use read_models::ids::SkuId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// The declaration.
pub(crate) struct Retire;

#[async_trait]
impl Operation<World> for Retire {
    const DECLARATION: Declaration = Declaration {
        id: "sku.retire",
        version: 1,
        target: "sku",
        intent: Intent::Retirement,
        title: "Retire SKU",
        danger: Danger::Disruptive,
        steps: &["Take the SKU off the offer"],
        expected: "Nobody launches it any more. What runs with it goes on, at its price.",
        verified_by: "The SKU is read again.",
        on_failure: "It is offered as before.",
        progress: "On the operation's page, and among the SKUs.",
        evidence: "Who retired it, and when.",
        audit: "asked to retire the SKU",
    };
    const RULES: &'static [Rule<SkuFacts>] =
        &[Rule { code: "is_offered", holds: "It is offered.", check: SkuFacts::is_offered }];
    type Facts = SkuFacts;
    type Input = RetireInput;
    type Step = RetireStep;

    fn usual_input() -> Option<RetireInput> {
        Some(RetireInput {})
    }

    async fn facts(world: &World, target: &str, _: Option<&RetireInput>) -> Result<SkuFacts, FactsError> {
        SkuFacts::load(world, target).await
    }

    fn locks(target: &str, _: &SkuFacts) -> Vec<Lock> {
        vec![lock(target)]
    }

    fn plan(facts: &SkuFacts, _: &RetireInput) -> Plan<RetireStep> {
        Plan::new()
            .step(RetireStep::TakeOff { sku: facts.sku.id.clone() })
            .noticed_by("Everybody who may launch: it is not among what they can choose.")
            .noticed_by("No workload: what runs with it goes on.")
    }
}

/// Nothing has to be said.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RetireInput {}

/// What it does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum RetireStep {
    TakeOff { sku: SkuId },
}

async fn seen(world: &World, sku: &SkuId, is_retired: bool) -> Observation {
    let sentence = if is_retired { "It is not offered." } else { "It is offered." };
    match skus::find(&mut &world.db, &world.proof, sku).await {
        Ok(found) if found.retired_at.is_some() == is_retired => {
            Observation::seen(sentence, json!({ "name": found.name, "retired_at": found.retired_at }))
        }
        Ok(_) if is_retired => Observation::Absent("It is still offered.".to_owned()),
        Ok(_) => Observation::Absent("It is not offered yet.".to_owned()),
        Err(error) => cannot_look(&error),
    }
}

#[async_trait]
impl Step<World> for RetireStep {
    fn title(&self) -> String {
        "Take the SKU off the offer".to_owned()
    }

    fn observed_by(&self) -> Option<String> {
        Some("the SKU, read again".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        Undo::TakesBack("It is offered again.".to_owned())
    }

    fn clearing(&self) -> Option<Clearing> {
        Some(Clearing::on("sku.create", "platform", "platform"))
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::TakeOff { sku } = self;
        let mut tx = world.effect(attempt).await?;
        match skus::retire(&mut tx, &world.proof, sku, world.now()).await {
            Ok(()) => commit(tx).await?,
            Err(StoreError::NotFound) => {}
            Err(error) => return Err(surely_nothing(error)),
        }
        Ok(Performed::Acknowledged("It is off the offer.".to_owned()))
    }

    async fn observe(&self, world: &World, _: &Attempt) -> Observation {
        let Self::TakeOff { sku } = self;
        seen(world, sku, true).await
    }

    async fn undo(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::TakeOff { sku } = self;
        let mut tx = world.effect(attempt).await?;
        match skus::offer_again(&mut tx, &world.proof, sku).await {
            Ok(()) => commit(tx).await?,
            Err(StoreError::NotFound) => {}
            Err(error) => return Err(surely_nothing(error)),
        }
        Ok(Performed::Acknowledged("It is offered again.".to_owned()))
    }

    async fn observe_undone(&self, world: &World, _: &Attempt) -> Observation {
        let Self::TakeOff { sku } = self;
        seen(world, sku, false).await
    }
}
