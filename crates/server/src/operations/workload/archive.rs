//! `workload.archive`: it is over and nobody needs it in sight any more; from now on it is History.
//!
//! When it fails it stays where it was.

use super::super::world::{World, cannot_look, commit, no_facts, surely_nothing};
use super::telling::tell;
use crate::facts::WorkloadFacts;
use crate::store::workloads;
use async_trait::async_trait;
use operations::{
    Attempt, Blocker, Clearing, Danger, Declaration, FactsError, Intent, Lock, Observation, Operation,
    Performed, Plan, Repeat, Rule, Step, Trouble, Undo,
};
use read_models::ids::WorkloadId;
use read_models::workloads::WorkloadState;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// The declaration.
pub(crate) struct Archive;

#[async_trait]
impl Operation<World> for Archive {
    const DECLARATION: Declaration = Declaration {
        id: "workload.archive",
        version: 1,
        target: "workload",
        intent: Intent::Retirement,
        title: "Archive workload",
        danger: Danger::Safe,
        steps: &["File it under History"],
        expected: "It is in History and asks for nobody any more. Its log and history are kept.",
        verified_by: "What is written down about it is read again.",
        on_failure: "It stays where it was.",
        progress: "On the operation's page, live.",
        evidence: "Who filed it, and when.",
        audit: "asked to archive",
    };
    const RULES: &'static [Rule<WorkloadFacts>] = &[
        Rule { code: "is_over", holds: "It is over.", check: is_over },
        Rule { code: "is_not_archived", holds: "It is not in History yet.", check: is_not_archived },
        Rule { code: "holds_no_slot", holds: "It holds no slot.", check: holds_no_slot },
        Rule { code: "launch_is_over", holds: "Its launch is over.", check: WorkloadFacts::launch_is_over },
    ];
    type Facts = WorkloadFacts;
    type Input = ArchiveInput;
    type Step = ArchiveStep;

    fn usual_input() -> Option<ArchiveInput> {
        Some(ArchiveInput {})
    }

    async fn facts(
        world: &World,
        target: &str,
        _: Option<&ArchiveInput>,
    ) -> Result<WorkloadFacts, FactsError> {
        WorkloadFacts::load(world, target).await.map_err(no_facts)
    }

    fn locks(target: &str, _: &WorkloadFacts) -> Vec<Lock> {
        vec![Lock::exclusive(WorkloadFacts::lock(target))]
    }

    fn plan(facts: &WorkloadFacts, _: &ArchiveInput) -> Plan<ArchiveStep> {
        let step = ArchiveStep::File { workload: facts.workload.id.clone() };
        Plan::new().step(step).noticed_by("Nobody: it is over, and its log and history are kept.")
    }
}

fn is_over(facts: &WorkloadFacts) -> Result<(), Blocker> {
    match facts.workload.state {
        WorkloadState::Stopped
        | WorkloadState::Finished
        | WorkloadState::Failed
        | WorkloadState::Released => Ok(()),
        WorkloadState::Requested
        | WorkloadState::Provisioning
        | WorkloadState::Running
        | WorkloadState::Paused
        | WorkloadState::Stopping => {
            Err(Blocker::new("It is not over: stop or release it first.").unblocked_by("workload.release"))
        }
    }
}

fn is_not_archived(facts: &WorkloadFacts) -> Result<(), Blocker> {
    if facts.standing().archived_at.is_some() {
        return Err(Blocker::new("It is in History already."));
    }
    Ok(())
}

/// What keeps a slot costs something: it does not go where nobody looks.
fn holds_no_slot(facts: &WorkloadFacts) -> Result<(), Blocker> {
    if facts.holds_slot {
        return Err(Blocker::new("It holds a slot: release it, or wait until the slot is given back.")
            .unblocked_by("workload.release"));
    }
    Ok(())
}

/// Nothing has to be said.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ArchiveInput {}

/// What it does.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum ArchiveStep {
    File { workload: WorkloadId },
}

#[async_trait]
impl Step<World> for ArchiveStep {
    fn title(&self) -> String {
        "File it under History".to_owned()
    }

    fn observed_by(&self) -> Option<String> {
        Some("what is written down about it, read again".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        Undo::TakesBack("It is taken out of History.".to_owned())
    }

    fn clearing(&self) -> Option<Clearing> {
        Some(Clearing::by_hand(
            "No operation takes it out of History: it is read there, and nothing else depends on where it is shown.",
        ))
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        Duration::from_mins(1)
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::File { workload: id } = self;
        let (mut tx, now) = (world.effect(attempt).await?, world.now());
        let workload = workloads::find_system(&mut tx, &world.proof, id).await.map_err(surely_nothing)?;
        if workload.archived_at.is_some() {
            return Ok(Performed::Acknowledged("It is in History already.".to_owned()));
        }
        if !workloads::archive(&mut tx, &world.proof, id, now).await.map_err(surely_nothing)? {
            return Err(Trouble::Refused("It is not over any more.".to_owned()));
        }
        let archived = (format!("{} is archived.", workload.name), json!({ "archived_at": now }));
        tell(world, &mut tx, attempt, &workload, archived).await.map_err(surely_nothing)?;
        commit(tx).await?;
        Ok(Performed::Acknowledged("It is written down.".to_owned()))
    }

    async fn observe(&self, world: &World, _: &Attempt) -> Observation {
        let Self::File { workload } = self;
        match workloads::find_system(&mut &world.db, &world.proof, workload).await {
            Err(error) => cannot_look(&error),
            Ok(found) if found.archived_at.is_some() => {
                Observation::seen("It is in History.", json!({ "archived_at": found.archived_at }))
            }
            Ok(_) => Observation::Absent("It is not in History yet.".to_owned()),
        }
    }

    async fn undo(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::File { workload } = self;
        let mut tx = world.effect(attempt).await?;
        workloads::no_longer_archive(&mut tx, &world.proof, workload).await.map_err(surely_nothing)?;
        commit(tx).await?;
        Ok(Performed::Acknowledged("It is taken back.".to_owned()))
    }

    async fn observe_undone(&self, world: &World, _: &Attempt) -> Observation {
        let Self::File { workload } = self;
        match workloads::find_system(&mut &world.db, &world.proof, workload).await {
            Err(error) => cannot_look(&error),
            Ok(found) if found.archived_at.is_none() => {
                Observation::seen("It is not in History.", json!(found.state))
            }
            // What was released meanwhile stays there.
            Ok(found) if found.state == WorkloadState::Released => {
                Observation::seen("It is released by now.", json!(found.state))
            }
            Ok(_) => Observation::Absent("It is still in History.".to_owned()),
        }
    }
}
