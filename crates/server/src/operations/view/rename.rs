//! `view.rename`: give a saved view another name.
//!
//! When it fails the view is called as before.

use super::super::token::{NAME_NEEDED, is_name};
use super::super::world::{World, cannot_look, commit, surely_nothing};
use crate::facts::PersonFacts;
use crate::store::saved_views;
use async_trait::async_trait;
use operations::{
    Attempt, Blocker, Clearing, Danger, Declaration, FactsError, InputError, Intent, Lock, Observation,
    Operation, Performed, Plan, Repeat, Rule, Step, Trouble, Undo,
};
use read_models::ids::{UserId, ViewId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// The declaration.
pub(crate) struct Rename;

type Facts = super::Facts<(ViewId, String)>;

#[async_trait]
impl Operation<World> for Rename {
    const DECLARATION: Declaration = Declaration {
        id: "view.rename",
        version: 1,
        target: "user",
        intent: Intent::Maintain,
        title: "Rename view",
        danger: Danger::Safe,
        steps: &["Write the new name down"],
        expected: "The view has the new name, and the address it had.",
        verified_by: "The view is read again.",
        on_failure: "The view is called as before.",
        progress: "On the list itself.",
        evidence: "Who renamed it, and both names.",
        audit: "asked to rename a saved view of",
    };
    const RULES: &'static [Rule<Facts>] = &[
        Rule { code: "is_there", holds: "There is a view to rename.", check: is_there },
        Rule {
            code: "name_is_free",
            holds: "No other view of yours of this list has this name.",
            check: name_is_free,
        },
    ];
    type Facts = Facts;
    type Input = RenameInput;
    type Step = RenameStep;

    fn usual_input() -> Option<RenameInput> {
        None
    }

    fn check_input(input: &RenameInput) -> Result<(), Vec<InputError>> {
        if is_name(&input.name) { Ok(()) } else { Err(vec![InputError::at("/name", NAME_NEEDED)]) }
    }

    async fn facts(world: &World, target: &str, input: Option<&RenameInput>) -> Result<Facts, FactsError> {
        let about = input.map(|input| (input.view.clone(), input.name.trim().to_owned()));
        super::Facts::load(world, target, about).await
    }

    fn locks(target: &str, _: &Facts) -> Vec<Lock> {
        vec![Lock::exclusive(PersonFacts::lock(target, "views"))]
    }

    fn plan(facts: &Facts, input: &RenameInput) -> Plan<RenameStep> {
        let plan = Plan::new().noticed_by("Nobody but you.");
        // Without the view there is nothing to do, and the rule says so.
        let Some(view) = facts.view(&input.view) else { return plan };
        plan.step(RenameStep::Write {
            user: facts.user.clone(),
            view: view.id.clone(),
            before: view.name.clone(),
            after: input.name.trim().to_owned(),
        })
    }
}

fn is_there(facts: &Facts) -> Result<(), Blocker> {
    facts.has(facts.about.as_ref().map(|(id, _)| id))
}

fn name_is_free(facts: &Facts) -> Result<(), Blocker> {
    let Some((id, name)) = &facts.about else { return Ok(()) };
    let Some(view) = facts.view(id) else { return Ok(()) };
    facts.name_is_free(&view.route, name, Some(id))
}

/// Which view, and what it is to be called.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RenameInput {
    /// The view to rename.
    #[schemars(with = "String")]
    view: ViewId,
    /// How you want to call it from now on.
    name: String,
}

/// What it does, with the name to go back to.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum RenameStep {
    Write { user: UserId, view: ViewId, before: String, after: String },
}

#[async_trait]
impl Step<World> for RenameStep {
    fn title(&self) -> String {
        let Self::Write { before, after, .. } = self;
        format!("Call the view {before} {after} from now on")
    }

    fn observed_by(&self) -> Option<String> {
        Some("the view, read again".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        let Self::Write { before, .. } = self;
        Undo::TakesBack(format!("The view is called {before} again."))
    }

    fn clearing(&self) -> Option<Clearing> {
        Some(Clearing::by("view.rename"))
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::Write { after, .. } = self;
        self.write(world, attempt, after).await
    }

    async fn observe(&self, world: &World, _: &Attempt) -> Observation {
        let Self::Write { after, .. } = self;
        self.seen(world, after).await
    }

    async fn undo(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::Write { before, .. } = self;
        self.write(world, attempt, before).await
    }

    async fn observe_undone(&self, world: &World, _: &Attempt) -> Observation {
        let Self::Write { before, .. } = self;
        self.seen(world, before).await
    }
}

impl RenameStep {
    async fn write(&self, world: &World, attempt: &Attempt, name: &str) -> Result<Performed, Trouble> {
        let Self::Write { user, view, .. } = self;
        let mut tx = world.effect(attempt).await?;
        saved_views::rename(&mut tx, &world.proof, user, view, name).await.map_err(surely_nothing)?;
        commit(tx).await?;
        Ok(Performed::Acknowledged("It is written down.".to_owned()))
    }

    async fn seen(&self, world: &World, name: &str) -> Observation {
        let Self::Write { view, .. } = self;
        match saved_views::find(&mut &world.db, &world.proof, view).await {
            Ok(found) if found.name == name => {
                Observation::seen("The view is called so.", json!({ "id": view, "name": name }))
            }
            Ok(_) => Observation::Absent("The view is called otherwise.".to_owned()),
            Err(error) => cannot_look(&error),
        }
    }
}
