//! `view.save`: keep a list as it stands, with its filters, under a name.
//!
//! When it fails there is no such view.

use super::super::token::{NAME_NEEDED, is_name};
use super::super::world::{World, cannot_look, commit, operation_of, surely_nothing};
use super::MOST;
use crate::facts::PersonFacts;
use crate::store::db::StoreError;
use crate::store::saved_views::{self, SavedView};
use async_trait::async_trait;
use operations::{
    Attempt, Blocker, Clearing, Danger, Declaration, FactsError, InputError, Intent, Lock, Observation,
    Operation, Performed, Plan, Repeat, Rule, Step, Trouble, Undo,
};
use read_models::ids::{UserId, ViewId};
use read_models::navigation::ListAddress;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// The declaration.
pub(crate) struct Save;

type Facts = super::Facts<Wanted>;

#[async_trait]
impl Operation<World> for Save {
    const DECLARATION: Declaration = Declaration {
        id: "view.save",
        version: 1,
        target: "user",
        intent: Intent::SetUp,
        title: "Save view",
        danger: Danger::Safe,
        steps: &["Write the view down"],
        expected: "The list as it stands, with its filters, is among your views of it.",
        verified_by: "The view is read again.",
        on_failure: "There is no such view.",
        progress: "On the list itself.",
        evidence: "Who saved it, its name and its address.",
        audit: "asked to save a view of a list for",
    };
    const RULES: &'static [Rule<Facts>] = &[
        Rule {
            code: "name_is_free",
            holds: "No view of yours of this list has this name.",
            check: name_is_free,
        },
        Rule { code: "has_room", holds: "You have saved fewer than 50 views.", check: has_room },
    ];
    type Facts = Facts;
    type Input = SaveInput;
    type Step = SaveStep;

    fn usual_input() -> Option<SaveInput> {
        None
    }

    fn check_input(input: &SaveInput) -> Result<(), Vec<InputError>> {
        let mut errors = Vec::new();
        if !is_name(&input.name) {
            errors.push(InputError::at("/name", NAME_NEEDED));
        }
        if let Err(why) = ListAddress::parse(&input.address) {
            errors.push(InputError::at("/address", format!("{why} Save the view from the list itself.")));
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    async fn facts(world: &World, target: &str, input: Option<&SaveInput>) -> Result<Facts, FactsError> {
        super::Facts::load(world, target, input.and_then(SaveInput::wanted)).await
    }

    fn locks(target: &str, _: &Facts) -> Vec<Lock> {
        vec![Lock::exclusive(PersonFacts::lock(target, "views"))]
    }

    fn plan(facts: &Facts, input: &SaveInput) -> Plan<SaveStep> {
        let plan = Plan::new().noticed_by("Nobody but you.");
        // An address that is none was refused before.
        let Some(Wanted { route, name, address }) = input.wanted() else { return plan };
        plan.step(SaveStep::Write { user: facts.user.clone(), route, name, address })
    }
}

fn name_is_free(facts: &Facts) -> Result<(), Blocker> {
    let Some(wanted) = &facts.about else { return Ok(()) };
    facts.name_is_free(&wanted.route, &wanted.name, None)
}

fn has_room(facts: &Facts) -> Result<(), Blocker> {
    let saved = facts.views.len();
    if saved < MOST {
        return Ok(());
    }
    Err(Blocker::new(format!("You have saved {saved} views: delete one first.")).unblocked_by("view.delete"))
}

/// What is to be saved, spelled as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    route: String,
    name: String,
    address: String,
}

/// Which list, and how it is to be called.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SaveInput {
    /// How you want to call it.
    name: String,
    /// The address of the list with its filters.
    address: String,
}

impl SaveInput {
    fn wanted(&self) -> Option<Wanted> {
        let address = ListAddress::parse(&self.address).ok()?;
        Some(Wanted {
            route: address.list().key().to_owned(),
            name: self.name.trim().to_owned(),
            address: address.to_string(),
        })
    }
}

/// What it does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum SaveStep {
    Write { user: UserId, route: String, name: String, address: String },
}

#[async_trait]
impl Step<World> for SaveStep {
    fn title(&self) -> String {
        let Self::Write { name, address, .. } = self;
        format!("Write down the view {name}: {address}")
    }

    fn observed_by(&self) -> Option<String> {
        Some("the view, read again".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        Undo::TakesBack("The view is deleted.".to_owned())
    }

    fn clearing(&self) -> Option<Clearing> {
        Some(Clearing::by("view.delete"))
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::Write { user, route, name, address } = self.clone();
        let id = view_of(attempt)?;
        let mut tx = world.effect(attempt).await?;
        match saved_views::find(&mut tx, &world.proof, &id).await {
            Ok(_) => return Ok(Performed::Acknowledged("It is written down already.".to_owned())),
            Err(StoreError::NotFound) => {}
            Err(error) => return Err(surely_nothing(error)),
        }
        let view = SavedView { id, user, route, name, address, saved_at: world.now() };
        saved_views::save(&mut tx, &world.proof, &view).await.map_err(surely_nothing)?;
        commit(tx).await?;
        Ok(Performed::Acknowledged("It is written down.".to_owned()))
    }

    async fn observe(&self, world: &World, attempt: &Attempt) -> Observation {
        let Ok(id) = view_of(attempt) else {
            return Observation::Contrary("Its id cannot be read.".to_owned());
        };
        match saved_views::find(&mut &world.db, &world.proof, &id).await {
            Ok(view) => Observation::seen("The view is there.", json!({ "id": id, "address": view.address })),
            Err(StoreError::NotFound) => Observation::Absent("There is no such view.".to_owned()),
            Err(error) => cannot_look(&error),
        }
    }

    async fn undo(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::Write { user, .. } = self;
        let id = view_of(attempt)?;
        let mut tx = world.effect(attempt).await?;
        match saved_views::delete(&mut tx, &world.proof, user, &id).await {
            Ok(()) | Err(StoreError::NotFound) => commit(tx).await?,
            Err(error) => return Err(surely_nothing(error)),
        }
        Ok(Performed::Acknowledged("It is deleted.".to_owned()))
    }

    async fn observe_undone(&self, world: &World, attempt: &Attempt) -> Observation {
        let Ok(id) = view_of(attempt) else {
            return Observation::Contrary("Its id cannot be read.".to_owned());
        };
        match saved_views::find(&mut &world.db, &world.proof, &id).await {
            Ok(_) => Observation::Absent("The view is still there.".to_owned()),
            Err(StoreError::NotFound) => Observation::seen("There is no such view.", json!({ "id": id })),
            Err(error) => cannot_look(&error),
        }
    }
}

/// The view of an operation has its digits: written again it is the same one.
fn view_of(attempt: &Attempt) -> Result<ViewId, Trouble> {
    let id = operation_of(attempt)?;
    Ok(ViewId::from_uuid(id.digits()))
}
