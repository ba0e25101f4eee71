//! `sku.update`: how a SKU is called and what it costs. What it takes of a node never changes: for that another is created.
//!
//! When it fails title and price are as they were.

use super::super::world::{World, cannot_look, commit, surely_nothing};
use super::facts::{SkuFacts, lock};
use super::{check_price, check_title, price};
use crate::store::db::StoreError;
use crate::store::skus;
use async_trait::async_trait;
use operations::{
    Attempt, Blocker, Clearing, Danger, Declaration, FactsError, InputError, Intent, Lock, Observation,
    Operation, Performed, Plan, Repeat, Rule, Step, Trouble, Undo,
};
use read_models::ids::SkuId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// The declaration.
pub(crate) struct Update;

#[async_trait]
impl Operation<World> for Update {
    const DECLARATION: Declaration = Declaration {
        id: "sku.update",
        version: 1,
        target: "sku",
        intent: Intent::Maintain,
        title: "Update SKU",
        danger: Danger::Disruptive,
        steps: &["Change title and price"],
        expected: "Launches from now on show and cost this. What runs keeps the price of its launch.",
        verified_by: "The SKU is read again.",
        on_failure: "Title and price are as they were.",
        progress: "On the operation's page, and among the SKUs.",
        evidence: "Title and price, before and after.",
        audit: "asked to update the SKU",
    };
    const RULES: &'static [Rule<UpdateFacts>] = &[
        Rule { code: "is_offered", holds: "It is offered.", check: is_offered },
        Rule { code: "is_different", holds: "Something is to be different from now.", check: is_different },
    ];
    type Facts = UpdateFacts;
    type Input = UpdateInput;
    type Step = UpdateStep;

    fn usual_input() -> Option<UpdateInput> {
        None
    }

    fn check_input(input: &UpdateInput) -> Result<(), Vec<InputError>> {
        let mut errors = Vec::new();
        check_title(&input.title, &mut errors);
        check_price(&input.price_per_hour, &mut errors);
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    async fn facts(
        world: &World,
        target: &str,
        input: Option<&UpdateInput>,
    ) -> Result<UpdateFacts, FactsError> {
        let wanted = input.and_then(|input| {
            let price = price::read(&input.price_per_hour).ok()?;
            Some(Named { title: input.title.trim().to_owned(), price_microcents_per_hour: price })
        });
        Ok(UpdateFacts { of: SkuFacts::load(world, target).await?, wanted })
    }

    fn locks(target: &str, _: &UpdateFacts) -> Vec<Lock> {
        vec![lock(target)]
    }

    fn plan(facts: &UpdateFacts, _: &UpdateInput) -> Plan<UpdateStep> {
        let plan = Plan::new()
            .noticed_by("Everybody who may launch it, from now on.")
            .noticed_by("No workload: each keeps the price of its launch.")
            .stands_on("revision", facts.of.sku.revision.to_string());
        let Some(wanted) = facts.wanted.clone() else { return plan };
        plan.step(UpdateStep::Change { sku: facts.of.sku.id.clone(), from: facts.before(), to: wanted })
    }
}

/// The SKU, and how it is to be.
pub(crate) struct UpdateFacts {
    of: SkuFacts,
    wanted: Option<Named>,
}

impl UpdateFacts {
    fn before(&self) -> Named {
        let sku = &self.of.sku;
        Named { title: sku.title.clone(), price_microcents_per_hour: sku.price_microcents_per_hour }
    }
}

fn is_offered(facts: &UpdateFacts) -> Result<(), Blocker> {
    facts.of.is_offered()
}

fn is_different(facts: &UpdateFacts) -> Result<(), Blocker> {
    if facts.wanted.as_ref() == Some(&facts.before()) {
        return Err(Blocker::new("Title and price are so already."));
    }
    Ok(())
}

/// How it is called and what it costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Named {
    title: String,
    price_microcents_per_hour: i64,
}

/// How it is to be called and what it is to cost.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateInput {
    /// Its title for people.
    title: String,
    /// Dollars an hour, for example 4.10.
    price_per_hour: String,
}

/// What it does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum UpdateStep {
    Change { sku: SkuId, from: Named, to: Named },
}

/// Brings title and price to `to`, whatever they are; that they are so already is as good.
async fn bring(world: &World, attempt: &Attempt, sku: &SkuId, to: &Named) -> Result<Performed, Trouble> {
    let mut tx = world.effect(attempt).await?;
    let found = skus::find(&mut tx, &world.proof, sku).await.map_err(surely_nothing)?;
    let is_so = found.title == to.title && found.price_microcents_per_hour == to.price_microcents_per_hour;
    if is_so {
        return Ok(Performed::Acknowledged("Title and price are so already.".to_owned()));
    }
    let price = to.price_microcents_per_hour;
    match skus::change(&mut tx, &world.proof, (sku, found.revision), &to.title, price).await {
        Ok(()) => commit(tx).await?,
        Err(StoreError::NotFound) => return Err(Trouble::Refused("It was retired meanwhile.".to_owned())),
        Err(error) => return Err(surely_nothing(error)),
    }
    Ok(Performed::Acknowledged("Title and price are written down.".to_owned()))
}

async fn seen(world: &World, sku: &SkuId, to: &Named) -> Observation {
    match skus::find(&mut &world.db, &world.proof, sku).await {
        Ok(found)
            if found.title == to.title && found.price_microcents_per_hour == to.price_microcents_per_hour =>
        {
            let price = price::written(to.price_microcents_per_hour);
            Observation::seen(format!("{} costs $ {price} an hour.", to.title), json!(to))
        }
        Ok(_) => Observation::Absent("Title and price are not so.".to_owned()),
        Err(error) => cannot_look(&error),
    }
}

#[async_trait]
impl Step<World> for UpdateStep {
    fn title(&self) -> String {
        let Self::Change { from, to, .. } = self;
        let said = |named: &Named| {
            format!("{} for $ {}", named.title, price::written(named.price_microcents_per_hour))
        };
        format!("Change {} an hour to {}", said(from), said(to))
    }

    fn observed_by(&self) -> Option<String> {
        Some("the SKU, read again".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        Undo::TakesBack("Title and price are as they were.".to_owned())
    }

    fn clearing(&self) -> Option<Clearing> {
        Some(Clearing::by("sku.update"))
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::Change { sku, to, .. } = self;
        bring(world, attempt, sku, to).await
    }

    async fn observe(&self, world: &World, _: &Attempt) -> Observation {
        let Self::Change { sku, to, .. } = self;
        seen(world, sku, to).await
    }

    async fn undo(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::Change { sku, from, .. } = self;
        bring(world, attempt, sku, from).await
    }

    async fn observe_undone(&self, world: &World, _: &Attempt) -> Observation {
        let Self::Change { sku, from, .. } = self;
        seen(world, sku, from).await
    }
}
