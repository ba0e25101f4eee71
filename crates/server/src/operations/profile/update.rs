//! `profile.update`: how one is called, and on which page one lands.
//!
//! When it fails the profile is as it was.

use super::super::token::{NAME_NEEDED, is_name};
use super::super::world::{World, cannot_look, commit, no_facts, surely_nothing};
use crate::facts::{Asked, PersonFacts};
use crate::store::users;
use async_trait::async_trait;
use operations::{
    Attempt, Blocker, Clearing, Danger, Declaration, FactsError, InputError, Intent, Lock, Observation,
    Operation, Performed, Plan, Repeat, Rule, Step, Trouble, Undo,
};
use read_models::ids::UserId;
use read_models::navigation::{CONTRACT, Family};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// The declaration.
pub(crate) struct Update;

type Facts = Asked<Profile>;

#[async_trait]
impl Operation<World> for Update {
    const DECLARATION: Declaration = Declaration {
        id: "profile.update",
        version: 1,
        target: "user",
        intent: Intent::SetUp,
        title: "Update profile",
        danger: Danger::Safe,
        steps: &["Write name and landing page down"],
        expected: "You are called so, and land there after signing in.",
        verified_by: "The account is read again.",
        on_failure: "The profile is as it was.",
        progress: "On the profile page.",
        evidence: "Name and landing page, before and after.",
        audit: "asked to update the profile of",
    };
    const RULES: &'static [Rule<Facts>] = &[
        Rule { code: "is_different", holds: "Something is to be different from now.", check: is_different },
        Rule { code: "may_land_there", holds: "You may see the page you land on.", check: may_land_there },
    ];
    type Facts = Facts;
    type Input = UpdateInput;
    type Step = UpdateStep;

    fn usual_input() -> Option<UpdateInput> {
        None
    }

    fn check_input(input: &UpdateInput) -> Result<(), Vec<InputError>> {
        let mut errors = Vec::new();
        if !is_name(&input.display_name) {
            errors.push(InputError::at("/display_name", NAME_NEEDED));
        }
        if input.landing.as_ref().is_some_and(|word| family(word).is_none()) {
            errors.push(InputError::at("/landing", "Choose one of the pages in the list."));
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    async fn facts(world: &World, target: &str, input: Option<&UpdateInput>) -> Result<Facts, FactsError> {
        let person = PersonFacts::load(world, target).await.map_err(no_facts)?;
        Ok(person.about(input.map(UpdateInput::profile)))
    }

    fn locks(target: &str, _: &Facts) -> Vec<Lock> {
        vec![Lock::exclusive(PersonFacts::lock(target, "profile"))]
    }

    fn plan(facts: &Facts, input: &UpdateInput) -> Plan<UpdateStep> {
        let step = UpdateStep::Write {
            user: facts.person.account.id.clone(),
            before: now(facts),
            after: input.profile(),
        };
        Plan::new().step(step).noticed_by("You, when you sign in next.")
    }
}

/// A family that pages of the rail belong to, by its stable word.
fn family(word: &str) -> Option<Family> {
    Family::parse(word).filter(|family| family.entry().is_some())
}

fn now(facts: &Facts) -> Profile {
    let account = &facts.person.account;
    Profile { display_name: account.display_name.clone(), landing: account.landing }
}

fn is_different(facts: &Facts) -> Result<(), Blocker> {
    match &facts.about {
        Some(wanted) if *wanted == now(facts) => Err(Blocker::new("It is so already.")),
        None | Some(_) => Ok(()),
    }
}

fn may_land_there(facts: &Facts) -> Result<(), Blocker> {
    let Some(family) = facts.about.as_ref().and_then(|wanted| wanted.landing) else { return Ok(()) };
    let held = |role| facts.person.grants.iter().any(|grant| grant.role == role);
    let opens = CONTRACT.iter().any(|page| page.family == family && page.roles.iter().copied().any(held));
    if opens { Ok(()) } else { Err(Blocker::new(format!("None of your roles opens {}.", family.word()))) }
}

/// How one is called, and where one lands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Profile {
    display_name: String,
    landing: Option<Family>,
}

/// What is to be so.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateInput {
    /// How you are called.
    display_name: String,
    /// Where you land after signing in; left empty, your role decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    landing: Option<String>,
}

impl UpdateInput {
    fn profile(&self) -> Profile {
        Profile {
            display_name: self.display_name.trim().to_owned(),
            landing: self.landing.as_deref().and_then(family),
        }
    }
}

/// What it does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum UpdateStep {
    Write { user: UserId, before: Profile, after: Profile },
}

#[async_trait]
impl Step<World> for UpdateStep {
    fn title(&self) -> String {
        let Self::Write { after, .. } = self;
        let place = after.landing.map_or("where the role says", Family::word);
        format!("Write down the name {}, landing: {place}", after.display_name)
    }

    fn observed_by(&self) -> Option<String> {
        Some("the account, read again".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        let Self::Write { before, .. } = self;
        Undo::TakesBack(format!("The name is {} again, and the landing page as before.", before.display_name))
    }

    fn clearing(&self) -> Option<Clearing> {
        Some(Clearing::by("profile.update"))
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::Write { user, after, .. } = self;
        write(world, attempt, user, after).await
    }

    async fn observe(&self, world: &World, _: &Attempt) -> Observation {
        let Self::Write { user, after, .. } = self;
        seen(world, user, after).await
    }

    async fn undo(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::Write { user, before, .. } = self;
        write(world, attempt, user, before).await
    }

    async fn observe_undone(&self, world: &World, _: &Attempt) -> Observation {
        let Self::Write { user, before, .. } = self;
        seen(world, user, before).await
    }
}

async fn write(
    world: &World,
    attempt: &Attempt,
    user: &UserId,
    wanted: &Profile,
) -> Result<Performed, Trouble> {
    let mut tx = world.effect(attempt).await?;
    let written = users::set_profile(&mut tx, &world.proof, user, &wanted.display_name, wanted.landing).await;
    written.map_err(surely_nothing)?;
    commit(tx).await?;
    Ok(Performed::Acknowledged("It is written down.".to_owned()))
}

async fn seen(world: &World, user: &UserId, wanted: &Profile) -> Observation {
    match users::by_id(&mut &world.db, &world.proof, user).await {
        Ok(account) => {
            let is = Profile { display_name: account.display_name, landing: account.landing };
            if is == *wanted {
                return Observation::seen("The account says so.", json!(is));
            }
            Observation::Absent("The account says something else.".to_owned())
        }
        Err(error) => cannot_look(&error),
    }
}
