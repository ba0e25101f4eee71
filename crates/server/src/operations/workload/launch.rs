//! `workload.launch`: reserve a slot, start the program on its node, see it ready.
//!
//! When it fails the slot is given back, what was started is stopped, and the log is kept.

use super::super::stopping::seen_gone;
use super::super::world::{World, cannot_look, no_facts};
use super::starting::{ready, seen_started};
use crate::facts::PlacementFacts;
use crate::projections::placement;
use crate::store::db::StoreError;
use crate::store::projects;
use crate::store::skus::{self, Sku};
use crate::store::workloads;
use acts::{give_back, of_launch, reserve, start, take_down};
use async_trait::async_trait;
use operations::{
    Attempt, Blocker, Clearing, Danger, Declaration, FactsError, InputError, Intent, Lock, Observation,
    Operation, Performed, Plan, Repeat, Rule, Step, Trouble, Undo,
};
use read_models::ids::{ProjectId, SkuId, WorkloadId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

mod acts;
mod input;

pub(crate) use input::LaunchInput;

/// While nothing is chosen so many offers are looked at, by name.
const LOOKED_AT: i64 = 100;

/// The declaration.
pub(crate) struct Launch;

#[async_trait]
impl Operation<World> for Launch {
    const DECLARATION: Declaration = Declaration {
        id: "workload.launch",
        version: 1,
        target: "project",
        intent: Intent::SetUp,
        title: "Launch compute",
        danger: Danger::Safe,
        steps: &["Reserve a slot", "Start it on its node", "See that it is ready"],
        expected: "The workload runs, and answers on its port when it has one.",
        verified_by: "The node's agent reports its process, and that its port answers.",
        on_failure: "The slot is given back, what was started is stopped, and the log is kept.",
        progress: "On the operation's page and in the workbench, live.",
        evidence: "The order, the agent's answer, the reports that followed, and the log.",
        audit: "asked to launch a workload",
    };
    const RULES: &'static [Rule<LaunchFacts>] = &[
        Rule { code: "sku_is_offered", holds: "The SKU is offered.", check: sku_is_offered },
        Rule { code: "a_slot_is_free", holds: "A node has room for it.", check: a_slot_is_free },
        Rule {
            code: "name_is_free",
            holds: "No active workload of the project has this name.",
            check: name_is_free,
        },
    ];
    type Facts = LaunchFacts;
    type Input = LaunchInput;
    type Step = LaunchStep;

    fn check_input(input: &LaunchInput) -> Result<(), Vec<InputError>> {
        input.check()
    }

    fn usual_input() -> Option<LaunchInput> {
        None
    }

    async fn facts(
        world: &World,
        target: &str,
        input: Option<&LaunchInput>,
    ) -> Result<LaunchFacts, FactsError> {
        LaunchFacts::load(world, target, input).await
    }

    /// Slots are not locks: the unique index of allocations keeps two launches apart.
    fn locks(_: &str, _: &LaunchFacts) -> Vec<Lock> {
        Vec::new()
    }

    fn plan(facts: &LaunchFacts, input: &LaunchInput) -> Plan<LaunchStep> {
        let order = Order {
            project: facts.project.clone(),
            name: input.name.clone(),
            sku: input.sku.clone(),
            command: input.command.clone(),
            port: input.port,
            ssh_keys: input.keys().into_iter().map(|key| key.text).collect(),
        };
        let price = facts.sku.as_ref().map_or(0, |sku| sku.price_microcents_per_hour);
        Plan::new()
            .step(LaunchStep::Reserve(order))
            .step(LaunchStep::Start)
            .step(LaunchStep::Ready { port: input.port })
            .noticed_by(format!("{} holds one more slot.", facts.project_name))
            .noticed_by(costs(price))
            .noticed_by(logs_in(input))
            .stands_on("price_microcents_per_hour", price.to_string())
    }
}

/// Where it would run, and what it would be.
pub(crate) struct LaunchFacts {
    project: ProjectId,
    project_name: String,
    sku: Option<Sku>,
    asked_for_sku: bool,
    /// What is offered, as far as it matters: nothing is chosen yet.
    offered: Vec<Sku>,
    placement: PlacementFacts,
    name_taken_by: Option<WorkloadId>,
    name: String,
}

impl LaunchFacts {
    async fn load(world: &World, target: &str, input: Option<&LaunchInput>) -> Result<Self, FactsError> {
        let project = ProjectId::parse(target).map_err(|_| FactsError::NoTarget)?;
        let mut from = &world.db;
        let found = projects::find(&mut from, &world.proof, &project).await.map_err(no_facts)?;
        let sku = match input {
            Some(input) => match skus::find(&mut from, &world.proof, &input.sku).await {
                Ok(sku) => Some(sku),
                Err(StoreError::NotFound) => {
                    return Err(FactsError::Input(vec![InputError::at(
                        "/sku",
                        "There is no such SKU: choose one that is offered.",
                    )]));
                }
                Err(error) => return Err(no_facts(error)),
            },
            None => None,
        };
        let offered = match input {
            Some(_) => Vec::new(),
            None => skus::offered(&world.db, &world.proof, None, LOOKED_AT).await.map_err(no_facts)?,
        };
        let name = input.map(|input| input.name.clone()).unwrap_or_default();
        let taken =
            workloads::active_named(&mut from, &world.proof, &project, &name).await.map_err(no_facts)?;
        Ok(Self {
            project,
            project_name: found.name,
            sku,
            asked_for_sku: input.is_some(),
            offered,
            placement: PlacementFacts::load(&mut from, &world.proof).await.map_err(no_facts)?,
            name_taken_by: taken,
            name,
        })
    }
}

fn sku_is_offered(facts: &LaunchFacts) -> Result<(), Blocker> {
    match &facts.sku {
        Some(sku) if sku.retired_at.is_some() => {
            Err(Blocker::new(format!("{} is not offered any more: choose another.", sku.title)))
        }
        None if facts.asked_for_sku => Err(Blocker::new("The SKU is not known.")),
        None if facts.offered.is_empty() => {
            Err(Blocker::new("Nothing is offered yet.").unblocked_by("sku.create"))
        }
        Some(_) | None => Ok(()),
    }
}

/// Room for the chosen SKU; while nothing is chosen, for any that is offered.
fn a_slot_is_free(facts: &LaunchFacts) -> Result<(), Blocker> {
    let any: Vec<&Sku> = facts.sku.as_ref().map_or_else(|| facts.offered.iter().collect(), |sku| vec![sku]);
    let mut nowhere = None;
    for sku in any {
        match placement::nowhere(&facts.placement.judge(sku)) {
            None => return Ok(()),
            Some(why) => nowhere = nowhere.or(Some(why)),
        }
    }
    match nowhere {
        None => Ok(()),
        Some((sentence, way_out)) => Err(Blocker::new(sentence).unblocked_by(way_out)),
    }
}

/// What it will cost, as far as the price tells. Nothing is metered.
fn costs(microcents_per_hour: i64) -> String {
    if microcents_per_hour == 0 {
        return "Nobody pays: it costs nothing.".to_owned();
    }
    let dollars = |microcents: i64| {
        let cents = microcents / 1_000_000;
        format!("$ {}.{:02}", cents / 100, cents % 100)
    };
    let (hour, day) = (microcents_per_hour, microcents_per_hour.saturating_mul(24));
    format!("Whoever pays: about {} an hour, {} a day while it runs.", dollars(hour), dollars(day))
}

fn logs_in(input: &LaunchInput) -> String {
    let keys: Vec<_> = input.keys().into_iter().map(|key| key.fingerprint).collect();
    if keys.is_empty() {
        return "Nobody is let in over SSH: no key is given.".to_owned();
    }
    format!("Who has one of these keys may log in, where it serves SSH: {}.", keys.join(", "))
}

fn name_is_free(facts: &LaunchFacts) -> Result<(), Blocker> {
    match &facts.name_taken_by {
        None => Ok(()),
        Some(id) => {
            let sentence = format!(
                "A workload named {} is active already: choose another name, or release that one.",
                facts.name
            );
            Err(Blocker::new(sentence).unblocked_by(&format!("/workloads/{id}")))
        }
    }
}

/// What was ordered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Order {
    project: ProjectId,
    name: String,
    sku: SkuId,
    command: Vec<String>,
    port: Option<u16>,
    #[serde(default)]
    ssh_keys: Vec<String>,
}

/// What it does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum LaunchStep {
    Reserve(Order),
    Start,
    Ready { port: Option<u16> },
}

#[async_trait]
impl Step<World> for LaunchStep {
    fn title(&self) -> String {
        match self {
            Self::Reserve(_) => "Reserve a slot".to_owned(),
            Self::Start => "Start it on its node".to_owned(),
            Self::Ready { .. } => "See that it is ready".to_owned(),
        }
    }

    fn observed_by(&self) -> Option<String> {
        Some(match self {
            Self::Reserve(_) => "the allocation, read again".to_owned(),
            Self::Start => "the agent's report of its process".to_owned(),
            Self::Ready { port: Some(port) } => format!("the agent's report that port {port} answers"),
            Self::Ready { port: None } => "the agent's report that it runs".to_owned(),
        })
    }

    fn undo_promise(&self) -> Undo {
        match self {
            Self::Reserve(_) => Undo::TakesBack("The slot is given back.".to_owned()),
            Self::Start => {
                Undo::TakesBack("It is killed and removed from its node; its log is kept.".to_owned())
            }
            Self::Ready { .. } => Undo::Nothing,
        }
    }

    fn clearing(&self) -> Option<Clearing> {
        match self {
            Self::Reserve(_) | Self::Start => Some(Clearing::of_made("workload.release")),
            Self::Ready { .. } => None,
        }
    }

    fn repeat(&self) -> Repeat {
        match self {
            Self::Reserve(_) | Self::Start => Repeat::Idempotent,
            Self::Ready { .. } => Repeat::Pure,
        }
    }

    fn deadline(&self) -> Duration {
        match self {
            Self::Reserve(_) => Duration::from_secs(30),
            Self::Start | Self::Ready { .. } => Duration::from_mins(2),
        }
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        match self {
            Self::Reserve(order) => reserve(world, attempt, order).await,
            Self::Start => start(world, attempt).await,
            Self::Ready { .. } => Ok(Performed::Acknowledged("The agent reports by itself.".to_owned())),
        }
    }

    async fn observe(&self, world: &World, attempt: &Attempt) -> Observation {
        let workload = match of_launch(world, attempt).await {
            Ok(workload) => workload,
            Err(StoreError::NotFound) => {
                return Observation::Absent("There is no such workload yet.".to_owned());
            }
            Err(error) => return cannot_look(&error),
        };
        match self {
            Self::Reserve(_) => match (&workload.node, workload.slot) {
                (Some(node), Some(slot)) => {
                    let sentence = format!("Slot {slot} is held for {}.", workload.name);
                    Observation::seen(sentence, json!({ "node": node, "slot": slot }))
                }
                _ => Observation::Absent("No slot is held yet.".to_owned()),
            },
            Self::Start => seen_started(&workload),
            Self::Ready { port } => ready(&workload, *port),
        }
    }

    async fn undo(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        match self {
            Self::Reserve(_) => give_back(world, attempt).await,
            Self::Start => take_down(world, attempt).await,
            Self::Ready { .. } => Ok(Performed::Acknowledged("There is nothing to undo.".to_owned())),
        }
    }

    async fn observe_undone(&self, world: &World, attempt: &Attempt) -> Observation {
        let workload = match of_launch(world, attempt).await {
            Ok(workload) => workload,
            Err(StoreError::NotFound) => return Observation::seen("It was never made.", json!(null)),
            Err(error) => return cannot_look(&error),
        };
        match self {
            Self::Reserve(_) => {
                let held = workloads::holds_slot(&mut &world.db, &world.proof, &workload.id).await;
                match held {
                    Ok(false) => Observation::seen("Its slot is free.", json!({ "state": workload.state })),
                    Ok(true) => Observation::Absent("Its slot is still held.".to_owned()),
                    Err(error) => cannot_look(&error),
                }
            }
            Self::Start => seen_gone(world, &workload).await,
            Self::Ready { .. } => Observation::seen("There was nothing to undo.", json!(null)),
        }
    }
}
