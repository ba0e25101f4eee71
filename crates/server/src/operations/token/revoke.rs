//! `token.revoke`: end an API token for good.
//!
//! When it fails the token stays as it is.

use super::super::world::{World, cannot_look, commit, no_facts, surely_nothing};
use crate::facts::{Asked, PersonFacts};
use crate::store::db::StoreError;
use crate::store::tokens::{self, TokenRecord};
use async_trait::async_trait;
use operations::{
    Attempt, Blocker, Clearing, Danger, Declaration, FactsError, Intent, Lock, Observation, Operation,
    Performed, Plan, Repeat, Rule, Step, Trouble, Undo,
};
use read_models::ids::TokenId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// The declaration.
pub(crate) struct Revoke;

type Facts = Asked<TokenId>;

#[async_trait]
impl Operation<World> for Revoke {
    const DECLARATION: Declaration = Declaration {
        id: "token.revoke",
        version: 1,
        target: "user",
        intent: Intent::Retirement,
        title: "Revoke token",
        danger: Danger::Disruptive,
        steps: &["Revoke the token"],
        expected: "The token lets nobody in any more.",
        verified_by: "The token is read again.",
        on_failure: "The token stays as it is.",
        progress: "On the operation's page, live.",
        evidence: "Who revoked it, and when it was used last.",
        audit: "asked to revoke an API token of",
    };
    const RULES: &'static [Rule<Facts>] =
        &[Rule { code: "is_good", holds: "There is a good token to revoke.", check: is_good }];
    const NEVER_HELD_BACK: Option<&'static str> = Some("It protects people.");
    type Facts = Facts;
    type Input = RevokeInput;
    type Step = RevokeStep;

    fn usual_input() -> Option<RevokeInput> {
        None
    }

    async fn facts(world: &World, target: &str, input: Option<&RevokeInput>) -> Result<Facts, FactsError> {
        let person = PersonFacts::load(world, target).await.map_err(no_facts)?;
        Ok(person.about(input.map(|input| input.token.clone())))
    }

    fn locks(target: &str, _: &Facts) -> Vec<Lock> {
        vec![Lock::exclusive(PersonFacts::lock(target, "tokens"))]
    }

    fn plan(facts: &Facts, input: &RevokeInput) -> Plan<RevokeStep> {
        let name = asked(facts).map_or_else(|| "that is not there".to_owned(), |token| token.name.clone());
        let used = match asked(facts).and_then(|token| token.last_used_at) {
            Some(at) => format!("Whatever uses it; it was used last at {} UTC.", at.date_and_minute()),
            None => "Nobody: it was never used.".to_owned(),
        };
        Plan::new().step(RevokeStep::Revoke { token: input.token.clone(), name }).noticed_by(used)
    }
}

fn asked(facts: &Facts) -> Option<&TokenRecord> {
    let id = facts.about.as_ref()?;
    facts.person.tokens.iter().find(|token| token.id == *id)
}

fn is_good(facts: &Facts) -> Result<(), Blocker> {
    let now = facts.person.now;
    let sentence = match (&facts.about, asked(facts)) {
        (None, _) if facts.person.tokens.iter().any(|token| token.is_good(now)) => return Ok(()),
        (None, _) => "You have no good token.",
        (Some(_), None) => "You have no such token.",
        (Some(_), Some(token)) if token.is_good(now) => return Ok(()),
        (Some(_), Some(token)) if token.revoked_at.is_some() => "The token is revoked already.",
        (Some(_), Some(_)) => "The token has ended by itself already.",
    };
    Err(Blocker::new(sentence))
}

/// Which one.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RevokeInput {
    /// The token to revoke.
    #[schemars(with = "String")]
    token: TokenId,
}

/// What it does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum RevokeStep {
    Revoke { token: TokenId, name: String },
}

#[async_trait]
impl Step<World> for RevokeStep {
    fn title(&self) -> String {
        let Self::Revoke { name, .. } = self;
        format!("Revoke the token {name}")
    }

    fn observed_by(&self) -> Option<String> {
        Some("the token, read again".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        let Self::Revoke { name, .. } = self;
        Undo::Cannot(format!("The token {name} stays revoked: issue another one."))
    }

    fn clearing(&self) -> Option<Clearing> {
        Some(Clearing::by("token.issue"))
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::Revoke { token, .. } = self;
        let mut tx = world.effect(attempt).await?;
        match tokens::revoke(&mut tx, &world.proof, token, world.now()).await {
            Ok(()) => commit(tx).await?,
            Err(StoreError::NotFound) => {
                return Ok(Performed::Acknowledged("It is revoked already.".to_owned()));
            }
            Err(error) => return Err(surely_nothing(error)),
        }
        Ok(Performed::Acknowledged("It is revoked.".to_owned()))
    }

    async fn observe(&self, world: &World, _: &Attempt) -> Observation {
        let Self::Revoke { token, .. } = self;
        match tokens::find(&mut &world.db, &world.proof, token).await {
            Ok(found) if found.revoked_at.is_none() => {
                Observation::Absent("The token is still good.".to_owned())
            }
            Ok(found) => Observation::seen(
                "The token lets nobody in any more.",
                json!({ "id": token, "revoked_at": found.revoked_at, "last_used_at": found.last_used_at }),
            ),
            Err(StoreError::NotFound) => Observation::Contrary("There is no such token.".to_owned()),
            Err(error) => cannot_look(&error),
        }
    }

    async fn undo(&self, _: &World, _: &Attempt) -> Result<Performed, Trouble> {
        Err(Trouble::Refused("A revoked token stays revoked.".to_owned()))
    }

    async fn observe_undone(&self, _: &World, _: &Attempt) -> Observation {
        Observation::Contrary("A revoked token stays revoked.".to_owned())
    }
}
