//! Starting the operations of a bulk's targets, each in its turn.

use super::super::world::{World, commit, surely_nothing};
use super::children::{Child, ChildStart};
use super::counting::{Due, Part, due};
use super::step::{LOOK_AGAIN, Run, look, not_now, selection_of};
use crate::store::bulks::{self, BulkTarget};
use crate::store::events::{self, NewEvent};
use crate::store::operations::{self as stored, StoredOperation};
use operations::{Attempt, Performed, Trouble};
use read_models::ids::OperationId;
use serde_json::json;

impl Run {
    /// Starts whose turn has come, until somebody has to be waited for.
    pub(super) async fn carry_on(
        &self,
        world: &World,
        attempt: &Attempt,
        parent: &OperationId,
    ) -> Result<Performed, Trouble> {
        let part = Part {
            from: 0,
            until: self.until,
            parallelism: self.parallelism,
            stop_after: self.stop_after,
            is_last: self.is_last,
        };
        loop {
            let (bulk, targets) = match look(world, attempt).await {
                Ok(found) => found,
                // To begin another try for that would end the whole of it after three.
                Err(error) => return Ok(not_now(attempt, format!("the database: {error}"))),
            };
            let position = match due(part, &bulk, &targets) {
                Due::Start(position) => position,
                Due::Wait(on) => return Ok(Performed::Pending { on, look_again: LOOK_AGAIN }),
                Due::Ask { sentence, choices } => return Ok(Performed::Asks { sentence, choices }),
                Due::Done(sentence) => return Ok(Performed::Acknowledged(sentence)),
                Due::Failed(sentence) => return Err(Trouble::Failed(sentence)),
            };
            let Some(target) = targets.iter().find(|target| target.position == position) else { continue };
            if let Some(later) = self.start(world, attempt, parent, target).await? {
                return Ok(later);
            }
        }
    }

    /// Starts one; what to wait for when that is not possible now.
    async fn start(
        &self,
        world: &World,
        attempt: &Attempt,
        parent: &OperationId,
        target: &BulkTarget,
    ) -> Result<Option<Performed>, Trouble> {
        let stored = parent_of(world, parent).await?;
        let child = self.child(world, attempt, &stored, target);
        match world.children.start(&child).await {
            ChildStart::Accepted => Ok(None),
            ChildStart::NotNow(why) => {
                Ok(Some(not_now(attempt, format!("{} to be started: {why}", target.name))))
            }
            ChildStart::NotStarted(why) => {
                let mut tx = world.effect(attempt).await?;
                let place = (parent, target.position);
                bulks::set_not_started(&mut tx, &world.proof, place, &why).await.map_err(surely_nothing)?;
                let event = not_started(world, attempt, &stored, target, &why);
                events::append(&mut tx, &*world.ids, event).await.map_err(surely_nothing)?;
                commit(tx).await?;
                Ok(None)
            }
        }
    }

    fn child(
        &self,
        world: &World,
        attempt: &Attempt,
        parent: &StoredOperation,
        target: &BulkTarget,
    ) -> Child {
        let selection = selection_of(&parent.record.steps).unwrap_or_default();
        let place = usize::try_from(target.position).unwrap_or(usize::MAX);
        let looked = selection.included.get(place).map(|included| included.looked.clone());
        Child {
            parent: parent.id.clone(),
            fencing_token: world.token(attempt),
            position: target.position,
            attempt: target.attempt,
            operation: self.operation.clone(),
            target: target.target.clone(),
            input: self.with.clone(),
            plan_hash: target.plan_hash.clone(),
            looked: looked.unwrap_or_default(),
        }
    }
}

fn not_started(
    world: &World,
    attempt: &Attempt,
    parent: &StoredOperation,
    target: &BulkTarget,
    why: &str,
) -> NewEvent {
    NewEvent {
        at: world.now(),
        kind: "bulk.not_started",
        actor: world.proof.who(),
        sentence: format!("{} was not started: {why}", target.name),
        operation: Some(parent.id.clone()),
        step: Some(attempt.step),
        project: parent.project.clone(),
        resource: Some(target.target.to_string()),
        body: json!({ "target": target.target.to_string(), "position": target.position, "attempt": target.attempt,
            "plan_hash": target.plan_hash, "why": why }),
    }
}

async fn parent_of(world: &World, id: &OperationId) -> Result<StoredOperation, Trouble> {
    let found = stored::find_system(&mut &world.db, &world.proof, id).await;
    found.map_err(|error| Trouble::Unknown(error.to_string()))
}
