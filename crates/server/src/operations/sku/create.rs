//! `sku.create`: something else that can be launched.
//!
//! When it fails nothing more is offered.

use super::super::world::{World, cannot_look, commit, no_facts, operation_of, surely_nothing};
use super::{check_price, check_title, price};
use crate::store::db::StoreError;
use crate::store::skus::{self, Placement, Sku};
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

/// More than any machine has; it keeps slips of the finger out.
const MOST_CPUS: u32 = 4_096;
const MOST_GIB: u32 = 65_536;
const MOST_GPUS: u32 = 1_024;

/// The declaration.
pub(crate) struct Create;

#[async_trait]
impl Operation<World> for Create {
    const DECLARATION: Declaration = Declaration {
        id: "sku.create",
        version: 1,
        target: "platform",
        intent: Intent::SetUp,
        title: "Create SKU",
        danger: Danger::Safe,
        steps: &["Put the SKU on the offer"],
        expected: "Every project can launch it where there is room for it.",
        verified_by: "The SKU is read again.",
        on_failure: "Nothing more is offered.",
        progress: "On the operation's page, and among the SKUs.",
        evidence: "Who created it, what it takes and what it costs.",
        audit: "asked to create a SKU",
    };
    const RULES: &'static [Rule<CreateFacts>] =
        &[Rule { code: "name_is_new", holds: "No SKU has or had this name.", check: name_is_new }];
    type Facts = CreateFacts;
    type Input = CreateInput;
    type Step = CreateStep;

    fn usual_input() -> Option<CreateInput> {
        None
    }

    fn check_input(input: &CreateInput) -> Result<(), Vec<InputError>> {
        input.check()
    }

    async fn facts(world: &World, _: &str, input: Option<&CreateInput>) -> Result<CreateFacts, FactsError> {
        let same_name = match input {
            Some(input) => skus::named(&mut &world.db, &world.proof, &input.name).await.map_err(no_facts)?,
            None => None,
        };
        Ok(CreateFacts { same_name })
    }

    fn locks(_: &str, _: &CreateFacts) -> Vec<Lock> {
        vec![Lock::exclusive("skus/names".to_owned())]
    }

    fn plan(_: &CreateFacts, input: &CreateInput) -> Plan<CreateStep> {
        let plan = Plan::new().noticed_by("Everybody who may launch: it stands among what they can choose.");
        // Checked before: what cannot be read never gets here.
        let Ok(price) = price::read(&input.price_per_hour) else { return plan };
        let model = input.gpu_model.as_ref().map(|model| model.trim().to_owned());
        plan.step(CreateStep::Offer {
            name: input.name.clone(),
            title: input.title.trim().to_owned(),
            placement: input.placement,
            cpus: input.cpus,
            memory_gib: input.memory_gib,
            gpu_model: model.filter(|model| !model.is_empty()),
            gpu_count: input.gpu_count,
            price_microcents_per_hour: price,
        })
    }
}

/// Whether the name is taken.
pub(crate) struct CreateFacts {
    same_name: Option<Sku>,
}

fn name_is_new(facts: &CreateFacts) -> Result<(), Blocker> {
    match &facts.same_name {
        None => Ok(()),
        Some(sku) if sku.retired_at.is_some() => {
            Err(Blocker::new(format!("A retired SKU has the name {}: choose another one.", sku.name)))
        }
        Some(sku) => {
            Err(Blocker::new(format!("A SKU has the name {} already: choose another one.", sku.name)))
        }
    }
}

/// How much of a node it takes: one slot of a slice host, beside others, or a whole bare-metal machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum Shape {
    Slice,
    BareMetal,
}

impl Shape {
    const fn placement(self) -> Placement {
        match self {
            Self::Slice => Placement::Slice,
            Self::BareMetal => Placement::BareMetal,
        }
    }
}

/// What is offered.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateInput {
    /// Its name for programs: lower-case letters, digits and dashes, at most 40. It is given once and never changes.
    name: String,
    /// Its title for people, for example 1 × H200 slice.
    title: String,
    /// A slice, or a whole machine.
    placement: Shape,
    /// How many vCPUs it may use.
    cpus: u32,
    /// How much memory it may use, in GiB.
    memory_gib: u32,
    /// The model of its GPUs, as the nodes report it. Leave empty without GPUs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gpu_model: Option<String>,
    /// How many GPUs it gets; none without a model.
    #[serde(default)]
    gpu_count: u32,
    /// Dollars an hour, for example 4.10.
    price_per_hour: String,
}

impl CreateInput {
    fn check(&self) -> Result<(), Vec<InputError>> {
        let mut errors = Vec::new();
        let is_name = (1..=40).contains(&self.name.len())
            && self.name.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit())
            && self.name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if !is_name {
            let sentence = "Use 1 to 40 lower-case letters, digits and dashes, not beginning with a dash.";
            errors.push(InputError::at("/name", sentence));
        }
        check_title(&self.title, &mut errors);
        let mut bounded = |pointer: &str, value: u32, most: u32| {
            if !(1..=most).contains(&value) {
                errors.push(InputError::at(pointer, format!("Use a number from 1 to {most}.")));
            }
        };
        bounded("/cpus", self.cpus, MOST_CPUS);
        bounded("/memory_gib", self.memory_gib, MOST_GIB);
        let model = self.gpu_model.as_deref().map(str::trim).unwrap_or_default();
        match (model.is_empty(), self.gpu_count) {
            (true, 0) => {}
            (true, _) => {
                errors.push(InputError::at("/gpu_model", "Say which GPUs, as the nodes report them."));
            }
            (false, count) if !(1..=MOST_GPUS).contains(&count) => {
                let sentence = format!("Say how many of {model}, from 1 to {MOST_GPUS}.");
                errors.push(InputError::at("/gpu_count", sentence));
            }
            (false, _) if !super::super::token::is_name(model) => {
                errors.push(InputError::at("/gpu_model", "Use 1 to 63 characters, on one line."));
            }
            (false, _) => {}
        }
        check_price(&self.price_per_hour, &mut errors);
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

/// What it does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum CreateStep {
    Offer {
        name: String,
        title: String,
        placement: Shape,
        cpus: u32,
        memory_gib: u32,
        gpu_model: Option<String>,
        gpu_count: u32,
        price_microcents_per_hour: i64,
    },
}

impl CreateStep {
    fn sku(&self, id: SkuId, world: &World) -> Sku {
        let Self::Offer {
            name,
            title,
            placement,
            cpus,
            memory_gib,
            gpu_model,
            gpu_count,
            price_microcents_per_hour,
        } = self;
        Sku {
            id,
            name: name.clone(),
            title: title.clone(),
            placement: placement.placement(),
            cpus: i64::from(*cpus),
            memory_bytes: i64::from(*memory_gib) << 30,
            gpu_model: gpu_model.clone(),
            gpu_count: i64::from(*gpu_count),
            price_microcents_per_hour: *price_microcents_per_hour,
            created_at: world.now(),
            retired_at: None,
            revision: 1,
        }
    }
}

#[async_trait]
impl Step<World> for CreateStep {
    fn title(&self) -> String {
        let Self::Offer { name, cpus, memory_gib, gpu_model, gpu_count, price_microcents_per_hour, .. } =
            self;
        let gpus = gpu_model.as_ref().map(|model| format!("{gpu_count} × {model}, ")).unwrap_or_default();
        let price = price::written(*price_microcents_per_hour);
        format!("Offer {name}: {gpus}{cpus} vCPU, {memory_gib} GiB for $ {price} an hour")
    }

    fn observed_by(&self) -> Option<String> {
        Some("the SKU, read again".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        Undo::TakesBack("It is taken off the offer; its name stays given.".to_owned())
    }

    fn clearing(&self) -> Option<Clearing> {
        Some(Clearing::of_made("sku.retire"))
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let id = sku_of(attempt)?;
        let sku = self.sku(id, world);
        let mut tx = world.effect(attempt).await?;
        match skus::named(&mut tx, &world.proof, &sku.name).await.map_err(surely_nothing)? {
            Some(found) if found.id == sku.id => {
                return Ok(Performed::Acknowledged("It is offered already.".to_owned()));
            }
            Some(_) => return Err(Trouble::Refused(format!("A SKU named {} is there by now.", sku.name))),
            None => skus::create(&mut tx, &world.proof, &sku).await.map_err(surely_nothing)?,
        }
        commit(tx).await?;
        Ok(Performed::Acknowledged("It is offered.".to_owned()))
    }

    async fn observe(&self, world: &World, attempt: &Attempt) -> Observation {
        let Ok(id) = sku_of(attempt) else {
            return Observation::Contrary("Its id cannot be read.".to_owned());
        };
        match skus::find(&mut &world.db, &world.proof, &id).await {
            Ok(sku) => Observation::seen(
                format!("{} stands among the SKUs.", sku.name),
                json!({ "id": id, "name": sku.name, "price_microcents_per_hour": sku.price_microcents_per_hour }),
            ),
            Err(StoreError::NotFound) => Observation::Absent("There is no such SKU.".to_owned()),
            Err(error) => cannot_look(&error),
        }
    }

    async fn undo(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let id = sku_of(attempt)?;
        let mut tx = world.effect(attempt).await?;
        match skus::retire(&mut tx, &world.proof, &id, world.now()).await {
            Ok(()) => commit(tx).await?,
            Err(StoreError::NotFound) => {}
            Err(error) => return Err(surely_nothing(error)),
        }
        Ok(Performed::Acknowledged("It is not offered.".to_owned()))
    }

    async fn observe_undone(&self, world: &World, attempt: &Attempt) -> Observation {
        let Ok(id) = sku_of(attempt) else {
            return Observation::Contrary("Its id cannot be read.".to_owned());
        };
        match skus::find(&mut &world.db, &world.proof, &id).await {
            Ok(sku) if sku.retired_at.is_none() => Observation::Absent("It is still offered.".to_owned()),
            Ok(_) | Err(StoreError::NotFound) => Observation::seen("It is not offered.", json!(null)),
            Err(error) => cannot_look(&error),
        }
    }
}

/// The SKU of an operation has its digits: made again it is the same one.
fn sku_of(attempt: &Attempt) -> Result<SkuId, Trouble> {
    let id = operation_of(attempt)?;
    Ok(SkuId::from_uuid(id.digits()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(change: impl FnOnce(&mut CreateInput)) -> Vec<String> {
        let mut input = CreateInput {
            name: "h200-1".to_owned(),
            title: "1 × H200".to_owned(),
            placement: Shape::Slice,
            cpus: 24,
            memory_gib: 220,
            gpu_model: Some("NVIDIA H200".to_owned()),
            gpu_count: 1,
            price_per_hour: "4.10".to_owned(),
        };
        change(&mut input);
        input.check().err().unwrap_or_default().into_iter().map(|error| error.pointer).collect()
    }

    #[test]
    fn what_makes_no_sense_is_said_beside_its_field() {
        assert!(wrong(|_| {}).is_empty());
        assert!(wrong(|input| (input.gpu_model, input.gpu_count) = (None, 0)).is_empty());
        assert!(wrong(|input| (input.gpu_model, input.gpu_count) = (Some(" ".to_owned()), 0)).is_empty());
        assert_eq!(wrong(|input| input.name = "H 200".to_owned()), ["/name"]);
        assert_eq!(wrong(|input| input.title = "\n".to_owned()), ["/title"]);
        assert_eq!(wrong(|input| input.cpus = 0), ["/cpus"]);
        assert_eq!(wrong(|input| input.memory_gib = 1_000_000), ["/memory_gib"]);
        assert_eq!(wrong(|input| input.gpu_count = 0), ["/gpu_count"]);
        assert_eq!(wrong(|input| input.gpu_model = None), ["/gpu_model"]);
        assert_eq!(wrong(|input| input.price_per_hour = "four".to_owned()), ["/price_per_hour"]);
    }
}
