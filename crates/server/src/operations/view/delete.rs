//! `view.delete`: forget a saved view. The list itself stays as it is.
//!
//! When it fails the view stays, or is put back.

use super::super::world::{World, cannot_look, commit, surely_nothing};
use crate::facts::PersonFacts;
use crate::store::db::StoreError;
use crate::store::saved_views::{self, SavedView};
use async_trait::async_trait;
use operations::{
    Attempt, Blocker, Clearing, Danger, Declaration, FactsError, Intent, Lock, Observation, Operation,
    Performed, Plan, Repeat, Rule, Step, Trouble, Undo,
};
use read_models::ids::ViewId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// The declaration.
pub(crate) struct Delete;

type Facts = super::Facts<ViewId>;

#[async_trait]
impl Operation<World> for Delete {
    const DECLARATION: Declaration = Declaration {
        id: "view.delete",
        version: 1,
        target: "user",
        intent: Intent::Retirement,
        title: "Delete view",
        danger: Danger::Safe,
        steps: &["Take the view away"],
        expected: "The view is not among yours any more. The list itself stays as it is.",
        verified_by: "The view is looked for again.",
        on_failure: "The view stays, or is put back.",
        progress: "On the list itself.",
        evidence: "Who deleted it, its name and its address.",
        audit: "asked to delete a saved view of",
    };
    const RULES: &'static [Rule<Facts>] =
        &[Rule { code: "is_there", holds: "There is a view to delete.", check: is_there }];
    type Facts = Facts;
    type Input = DeleteInput;
    type Step = DeleteStep;

    fn usual_input() -> Option<DeleteInput> {
        None
    }

    async fn facts(world: &World, target: &str, input: Option<&DeleteInput>) -> Result<Facts, FactsError> {
        super::Facts::load(world, target, input.map(|input| input.view.clone())).await
    }

    fn locks(target: &str, _: &Facts) -> Vec<Lock> {
        vec![Lock::exclusive(PersonFacts::lock(target, "views"))]
    }

    fn plan(facts: &Facts, input: &DeleteInput) -> Plan<DeleteStep> {
        let plan = Plan::new().noticed_by("Nobody but you.");
        // Without the view there is nothing to do, and the rule says so.
        let Some(view) = facts.view(&input.view) else { return plan };
        plan.step(DeleteStep::Delete { view: view.clone() })
    }
}

fn is_there(facts: &Facts) -> Result<(), Blocker> {
    facts.has(facts.about.as_ref())
}

/// Which one.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteInput {
    /// The view to delete.
    #[schemars(with = "String")]
    view: ViewId,
}

/// What it does, with what it takes to put the view back.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum DeleteStep {
    Delete { view: SavedView },
}

#[async_trait]
impl Step<World> for DeleteStep {
    fn title(&self) -> String {
        let Self::Delete { view } = self;
        format!("Take the view {} away: {}", view.name, view.address)
    }

    fn observed_by(&self) -> Option<String> {
        Some("the view, looked for again".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        Undo::TakesBack("The view is put back as it was.".to_owned())
    }

    fn clearing(&self) -> Option<Clearing> {
        Some(Clearing::by("view.save"))
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::Delete { view } = self;
        let mut tx = world.effect(attempt).await?;
        match saved_views::delete(&mut tx, &world.proof, &view.user, &view.id).await {
            Ok(()) | Err(StoreError::NotFound) => commit(tx).await?,
            Err(error) => return Err(surely_nothing(error)),
        }
        Ok(Performed::Acknowledged("It is taken away.".to_owned()))
    }

    async fn observe(&self, world: &World, _: &Attempt) -> Observation {
        let Self::Delete { view } = self;
        match saved_views::find(&mut &world.db, &world.proof, &view.id).await {
            Ok(_) => Observation::Absent("The view is still there.".to_owned()),
            Err(StoreError::NotFound) => {
                Observation::seen("The view is not there.", json!({ "id": view.id }))
            }
            Err(error) => cannot_look(&error),
        }
    }

    async fn undo(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::Delete { view } = self;
        let mut tx = world.effect(attempt).await?;
        match saved_views::find(&mut tx, &world.proof, &view.id).await {
            Ok(_) => return Ok(Performed::Acknowledged("It is there.".to_owned())),
            Err(StoreError::NotFound) => {}
            Err(error) => return Err(surely_nothing(error)),
        }
        saved_views::save(&mut tx, &world.proof, view).await.map_err(surely_nothing)?;
        commit(tx).await?;
        Ok(Performed::Acknowledged("It is put back.".to_owned()))
    }

    async fn observe_undone(&self, world: &World, _: &Attempt) -> Observation {
        let Self::Delete { view } = self;
        match saved_views::find(&mut &world.db, &world.proof, &view.id).await {
            Ok(_) => Observation::seen("The view is there.", json!({ "id": view.id })),
            Err(StoreError::NotFound) => Observation::Absent("The view is not there.".to_owned()),
            Err(error) => cannot_look(&error),
        }
    }
}
