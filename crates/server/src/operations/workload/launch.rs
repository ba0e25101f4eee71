//! `workload.launch`: reserve a slot, start the program on its node, see it ready.
//!
//! When it fails the slot is given back, what was started is stopped, and the log is kept.

use super::super::asking::ask;
use super::super::stopping::{has_ended, node_protocol_id, seen_gone};
use super::super::world::{World, cannot_look, commit, no_facts, surely_nothing};
use crate::facts::{PlacementFacts, free_slots};
use crate::store::db::StoreError;
use crate::store::events::{self, NewEvent};
use crate::store::skus::{self, Sku};
use crate::store::workloads::{self, NewWorkload, WorkloadRecord};
use crate::store::{operations as stored_operations, projects};
use async_trait::async_trait;
use node_protocol::{CommandBody, Limits, StopSignal, WorkloadSpec};
use operations::{
    Attempt, Blocker, Danger, Declaration, FactsError, InputError, Intent, Lock, Observation, Operation, Performed, Plan,
    Repeat, Rule, Step, StepState, Trouble, Undo,
};
use read_models::ids::{OperationId, ProjectId, SkuId, WorkloadId};
use read_models::workloads::{WorkloadKind, WorkloadState};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

mod input;

pub(crate) use input::LaunchInput;

/// How long a failed launch stays on the default view.
const ACTIONABLE: Duration = Duration::from_secs(24 * 3600);
const LOOK_AGAIN: Duration = Duration::from_secs(2);

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
        Rule { code: "a_slot_is_free", holds: "A slot is free on a node that takes workloads.", check: a_slot_is_free },
        Rule { code: "name_is_free", holds: "No active workload of the project has this name.", check: name_is_free },
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

    async fn facts(world: &World, target: &str, input: Option<&LaunchInput>) -> Result<LaunchFacts, FactsError> {
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
        };
        let price = facts.sku.as_ref().map_or(0, |sku| sku.price_microcents_per_hour);
        Plan::new()
            .step(LaunchStep::Reserve(order))
            .step(LaunchStep::Start)
            .step(LaunchStep::Ready { port: input.port })
            .noticed_by(format!("{} holds one more slot.", facts.project_name))
            .stands_on("price_microcents_per_hour", price.to_string())
    }
}

/// Where it would run, and what it would be.
pub(crate) struct LaunchFacts {
    project: ProjectId,
    project_name: String,
    sku: Option<Sku>,
    asked_for_sku: bool,
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
                    return Err(FactsError::Input(vec![InputError::at("/sku", "There is no such SKU: choose one that is offered.")]));
                }
                Err(error) => return Err(no_facts(error)),
            },
            None => None,
        };
        let name = input.map(|input| input.name.clone()).unwrap_or_default();
        let taken = workloads::active_named(&mut from, &world.proof, &project, &name).await.map_err(no_facts)?;
        Ok(Self {
            project,
            project_name: found.name,
            sku,
            asked_for_sku: input.is_some(),
            placement: free_slots(&mut from, &world.proof).await.map_err(no_facts)?,
            name_taken_by: taken,
            name,
        })
    }
}

fn sku_is_offered(facts: &LaunchFacts) -> Result<(), Blocker> {
    match &facts.sku {
        Some(sku) if sku.retired_at.is_some() => Err(Blocker::new(format!("{} is not offered any more.", sku.title))),
        Some(_) => Ok(()),
        None if facts.asked_for_sku => Err(Blocker::new("The SKU is not known.")),
        None => Ok(()),
    }
}

fn a_slot_is_free(facts: &LaunchFacts) -> Result<(), Blocker> {
    if facts.placement.free() > 0 {
        return Ok(());
    }
    let total = facts.placement.total();
    let sentence = match (facts.placement.nodes.len(), total) {
        (0, _) => "No node takes workloads now.".to_owned(),
        (_, total) => format!("All {total} slots are held."),
    };
    let way_out = if total == 0 { "node.resume" } else { "workload.release" };
    Err(Blocker::new(sentence).unblocked_by(way_out))
}

fn name_is_free(facts: &LaunchFacts) -> Result<(), Blocker> {
    match &facts.name_taken_by {
        None => Ok(()),
        Some(id) => {
            let sentence = format!("A workload named {} is active already: choose another name, or release that one.", facts.name);
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
            Self::Start => Undo::TakesBack("It is killed and removed from its node; its log is kept.".to_owned()),
            Self::Ready { .. } => Undo::Nothing,
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
            Self::Start | Self::Ready { .. } => Duration::from_secs(120),
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
            Err(StoreError::NotFound) => return Observation::Absent("There is no such workload yet.".to_owned()),
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
            Self::Start => match &workload.report {
                Some(report) if report.pid.is_some() || report.exit.is_some() => {
                    Observation::seen("The agent reports its process.", json!(report))
                }
                _ => Observation::not_yet("The agent has not reported its process.", LOOK_AGAIN),
            },
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

/// The workload of a launch has the digits of its operation: made again it is the same one.
fn workload_of(operation: &str) -> Result<WorkloadId, StoreError> {
    let id = OperationId::parse(operation).map_err(|error| StoreError::corrupt(error.to_string()))?;
    Ok(WorkloadId::from_uuid(id.digits()))
}

async fn of_launch(world: &World, attempt: &Attempt) -> Result<WorkloadRecord, StoreError> {
    workloads::find_system(&mut &world.db, &world.proof, &workload_of(&attempt.operation)?).await
}

/// Makes the workload and takes the first free slot. Losing a slot to another launch is tried again.
async fn reserve(world: &World, attempt: &Attempt, order: &Order) -> Result<Performed, Trouble> {
    let id = workload_of(&attempt.operation).map_err(surely_nothing)?;
    let operation = OperationId::parse(&attempt.operation).map_err(|error| Trouble::Refused(error.to_string()))?;
    let mut tx = world.effect(attempt).await?;
    let now = world.now();
    let named = workloads::active_named(&mut tx, &world.proof, &order.project, &order.name).await;
    if named.map_err(surely_nothing)?.is_some_and(|other| other != id) {
        return Err(Trouble::Refused(format!("A workload named {} is active by now.", order.name)));
    }
    let requested_by = stored_operations::find_system(&mut tx, &world.proof, &operation).await;
    let new = NewWorkload {
        id: id.clone(),
        project: order.project.clone(),
        name: order.name.clone(),
        kind: WorkloadKind::Slice,
        sku: order.sku.clone(),
        command: order.command.clone(),
        port: order.port,
        created_by: requested_by.map_err(surely_nothing)?.requested_by,
        launch_operation: operation.clone(),
    };
    workloads::insert(&mut tx, &world.proof, &new, now).await.map_err(surely_nothing)?;
    if workloads::holds_slot(&mut tx, &world.proof, &id).await.map_err(surely_nothing)? {
        return Ok(Performed::Acknowledged("A slot is held already.".to_owned()));
    }
    let placement = free_slots(&mut tx, &world.proof).await.map_err(surely_nothing)?;
    for (node, total, _) in &placement.nodes {
        let taken = workloads::taken_slots(&mut tx, &world.proof, node).await.map_err(surely_nothing)?;
        let Some(slot) = (0..*total).find(|slot| !taken.contains(slot)) else { continue };
        workloads::place(&mut tx, &world.proof, &id, node, slot, now).await.map_err(surely_nothing)?;
        let event = NewEvent {
            at: now,
            kind: "workload.state",
            actor: world.proof.who(),
            sentence: format!("{} is being provisioned.", order.name),
            operation: Some(operation),
            step: Some(attempt.step),
            project: Some(order.project.clone()),
            resource: Some(format!("workload:{id}")),
            body: json!({ "state": "provisioning", "slot": slot }),
        };
        events::append(&mut tx, &*world.ids, event).await.map_err(surely_nothing)?;
        commit(tx).await?;
        return Ok(Performed::Acknowledged(format!("Slot {slot} is reserved.")));
    }
    Err(Trouble::Retry("No slot is free.".to_owned()))
}

async fn start(world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
    let workload = of_launch(world, attempt).await.map_err(surely_nothing)?;
    let (Some(node), Some(slot)) = (&workload.node, workload.slot) else {
        return Err(Trouble::Refused("It holds no slot.".to_owned()));
    };
    let spec = WorkloadSpec {
        workload_id: node_protocol_id(&workload.id)?,
        name: workload.name.clone(),
        command: workload.command.clone(),
        slot: u32::try_from(slot).unwrap_or(u32::MAX),
        port: workload.port,
        env: Vec::new(),
        limits: Limits {
            memory_bytes: u64::try_from(workload.sku_memory_bytes).ok(),
            cpus: u32::try_from(workload.sku_cpus).ok(),
            max_processes: Some(512),
            max_open_files: Some(4096),
            log_bytes: None,
        },
    };
    ask(world, attempt, "start", node, CommandBody::StartWorkload(spec)).await
}

fn ready(workload: &WorkloadRecord, port: Option<u16>) -> Observation {
    let evidence = json!(workload.report);
    match (workload.state, port) {
        (WorkloadState::Running, Some(port)) => Observation::seen(format!("It runs and port {port} answers."), evidence),
        (WorkloadState::Running, None) => Observation::seen("It runs.", evidence),
        (WorkloadState::Finished, _) if workload.exit_code == Some(0) => {
            Observation::seen("It ran and has already ended with exit code 0.", evidence)
        }
        (WorkloadState::Requested | WorkloadState::Provisioning | WorkloadState::Paused, Some(port)) => {
            Observation::not_yet(format!("It runs; port {port} does not answer yet."), LOOK_AGAIN)
        }
        (WorkloadState::Requested | WorkloadState::Provisioning | WorkloadState::Paused, None) => {
            Observation::not_yet("It is not reported as running yet.", LOOK_AGAIN)
        }
        (WorkloadState::Finished | WorkloadState::Failed, _) => {
            let why = workload.failure.clone().unwrap_or_else(|| "it ended".to_owned());
            Observation::Contrary(format!("It ended before it was ready: {why}."))
        }
        (WorkloadState::Stopping | WorkloadState::Stopped | WorkloadState::Released, _) => {
            Observation::Contrary("Somebody stopped it before it was ready.".to_owned())
        }
    }
}

/// Kills it, then removes it from its node: the agent gives the slot back only when nothing runs in it.
async fn take_down(world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
    let workload = match of_launch(world, attempt).await {
        Ok(workload) => workload,
        Err(StoreError::NotFound) => return Ok(Performed::Acknowledged("It was never made.".to_owned())),
        Err(error) => return Err(surely_nothing(error)),
    };
    let Some(node) = &workload.node else {
        return Ok(Performed::Acknowledged("It was never placed.".to_owned()));
    };
    let workload_id = node_protocol_id(&workload.id)?;
    if !has_ended(&workload) {
        let body = CommandBody::StopWorkload { workload_id: workload_id.clone(), signal: StopSignal::Kill };
        // Whatever it says, removing it decides: the agent removes nothing that still runs.
        if let Ok(pending @ Performed::Pending { .. }) = ask(world, attempt, "kill", node, body).await {
            return Ok(pending);
        }
    }
    ask(world, attempt, "remove", node, CommandBody::RemoveWorkload { workload_id }).await
}

async fn give_back(world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
    let workload = match of_launch(world, attempt).await {
        Ok(workload) => workload,
        Err(StoreError::NotFound) => return Ok(Performed::Acknowledged("It was never made.".to_owned())),
        Err(error) => return Err(surely_nothing(error)),
    };
    let mut tx = world.effect(attempt).await?;
    let now = world.now();
    let operation = OperationId::parse(&attempt.operation).map_err(|error| Trouble::Refused(error.to_string()))?;
    let launch = stored_operations::find_system(&mut tx, &world.proof, &operation).await.map_err(surely_nothing)?;
    if launch.record.steps.iter().any(|step| step.state == StepState::UndoFailed) {
        // Something may run in it. Releasing the workload is the way out, and needs the slot to be its own.
        return Err(Trouble::Refused("What was started could not be taken down, so its slot is kept.".to_owned()));
    }
    workloads::free_slot(&mut tx, &world.proof, &workload.id).await.map_err(surely_nothing)?;
    let why = "its launch did not work";
    if workloads::fail_launch(&mut tx, &world.proof, &workload.id, why, now.plus(ACTIONABLE), now)
        .await
        .map_err(surely_nothing)?
    {
        let event = NewEvent {
            at: now,
            kind: "workload.state",
            actor: world.proof.who(),
            sentence: format!("{} failed: {why}.", workload.name),
            operation: Some(operation),
            step: Some(attempt.step),
            project: Some(workload.project.clone()),
            resource: Some(format!("workload:{}", workload.id)),
            body: json!({ "state": "failed" }),
        };
        events::append(&mut tx, &*world.ids, event).await.map_err(surely_nothing)?;
    }
    commit(tx).await?;
    Ok(Performed::Acknowledged("Its slot is given back.".to_owned()))
}
