//! `token.issue`: an API token for one's own scripts, which can do no more than its person and no more than its scope.
//!
//! When it fails there is no token.

use super::super::world::{World, cannot_look, commit, no_facts, operation_of, surely_nothing};
use super::{NAME_NEEDED, is_name};
use crate::authn::token;
use crate::authz::TokenScope;
use crate::facts::{Asked, PersonFacts};
use crate::store::db::StoreError;
use crate::store::tokens::{self, NewApiToken};
use async_trait::async_trait;
use operations::{
    Attempt, Blocker, Clearing, Danger, Declaration, FactsError, InputError, Intent, Lock, Observation,
    Operation, Performed, Plan, Repeat, Rule, Step, Trouble, Undo,
};
use read_models::ids::{TokenId, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// The longest life of a token, in days.
const LONGEST: u16 = 366;
const A_DAY: Duration = Duration::from_hours(24);
/// More than these help nobody to know which is which.
const MOST: usize = 50;

/// The declaration.
pub(crate) struct Issue;

type Facts = Asked<String>;

#[async_trait]
impl Operation<World> for Issue {
    const DECLARATION: Declaration = Declaration {
        id: "token.issue",
        version: 1,
        target: "user",
        intent: Intent::SetUp,
        title: "Issue token",
        danger: Danger::Safe,
        steps: &["Write the token down"],
        expected: "There is an API token with this name. Its text is shown on the security page for ten minutes, or until it is first used, and never again; a script that issued it takes it once (POST /api/v1/account/tokens/ID/text).",
        verified_by: "The token is read again.",
        on_failure: "There is no token.",
        progress: "On the security page.",
        evidence: "Who issued it, with which scope, and until when it is good. Never its text.",
        audit: "asked for an API token for",
    };
    const RULES: &'static [Rule<Facts>] = &[
        Rule { code: "name_is_free", holds: "No good token of yours has this name.", check: name_is_free },
        Rule { code: "has_room", holds: "You have fewer than 50 good tokens.", check: has_room },
    ];
    const LETS_IN: bool = true;
    type Facts = Facts;
    type Input = IssueInput;
    type Step = IssueStep;

    fn usual_input() -> Option<IssueInput> {
        Some(IssueInput { name: String::new(), scope: AskedScope::Read, days: 30 })
    }

    fn check_input(input: &IssueInput) -> Result<(), Vec<InputError>> {
        let mut errors = Vec::new();
        if !is_name(&input.name) {
            errors.push(InputError::at("/name", NAME_NEEDED));
        }
        if !(1..=LONGEST).contains(&input.days) {
            errors.push(InputError::at("/days", format!("Use 1 to {LONGEST} days.")));
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    async fn facts(world: &World, target: &str, input: Option<&IssueInput>) -> Result<Facts, FactsError> {
        let person = PersonFacts::load(world, target).await.map_err(no_facts)?;
        Ok(person.about(input.map(|input| input.name.trim().to_owned())))
    }

    fn locks(target: &str, _: &Facts) -> Vec<Lock> {
        vec![Lock::exclusive(PersonFacts::lock(target, "tokens"))]
    }

    fn plan(facts: &Facts, input: &IssueInput) -> Plan<IssueStep> {
        let user = facts.person.account.id.clone();
        let (name, scope) = (input.name.trim().to_owned(), input.scope);
        let who = format!("Whoever has its text can {} as you, until it ends or is revoked.", scope.what());
        Plan::new().step(IssueStep::Write { user, name, scope, days: input.days }).noticed_by(who)
    }
}

fn name_is_free(facts: &Facts) -> Result<(), Blocker> {
    let Some(name) = &facts.about else { return Ok(()) };
    let person = &facts.person;
    let taken = person.tokens.iter().any(|token| token.is_good(person.now) && token.name == *name);
    if taken {
        Err(Blocker::new(format!("A good token of yours is named {name}: choose another name.")))
    } else {
        Ok(())
    }
}

fn has_room(facts: &Facts) -> Result<(), Blocker> {
    let good = facts.person.tokens.iter().filter(|token| token.is_good(facts.person.now)).count();
    if good < MOST {
        return Ok(());
    }
    Err(Blocker::new(format!("You have {good} good tokens: revoke one first.")).unblocked_by("token.revoke"))
}

/// What the token is for.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IssueInput {
    /// What it is for, so that you know later which one to revoke.
    name: String,
    /// The most it may do. It never does more than you may.
    scope: AskedScope,
    /// Days until it ends, 1 to 366.
    days: u16,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum AskedScope {
    Read,
    Operate,
    Destructive,
}

impl AskedScope {
    const fn scope(self) -> TokenScope {
        match self {
            Self::Read => TokenScope::Read,
            Self::Operate => TokenScope::Operate,
            Self::Destructive => TokenScope::Destructive,
        }
    }

    const fn what(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Operate => "read and operate",
            Self::Destructive => "read, operate and destroy",
        }
    }
}

/// What it does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum IssueStep {
    Write { user: UserId, name: String, scope: AskedScope, days: u16 },
}

#[async_trait]
impl Step<World> for IssueStep {
    fn title(&self) -> String {
        let Self::Write { name, scope, days, .. } = self;
        format!("Write down the token {name}: scope {}, {days} days", scope.scope().word())
    }

    fn observed_by(&self) -> Option<String> {
        Some("the token, read again".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        Undo::TakesBack("The token is revoked.".to_owned())
    }

    fn clearing(&self) -> Option<Clearing> {
        Some(Clearing::by("token.revoke"))
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::Write { user, name, scope, days } = self;
        let id = token_of(attempt)?;
        let mut tx = world.effect(attempt).await?;
        match tokens::find(&mut tx, &world.proof, &id).await {
            Ok(_) => return Ok(Performed::Acknowledged("It is written down already.".to_owned())),
            Err(StoreError::NotFound) => {}
            Err(error) => return Err(surely_nothing(error)),
        }
        let now = world.now();
        let new = NewApiToken {
            id: &id,
            user_id: user,
            hash: &token::hash(&token::derived(&world.sealing, &id)),
            scope: scope.scope(),
            name,
            expires_at: now.plus(A_DAY * u32::from(*days)),
        };
        tokens::issue(&mut tx, &world.proof, new, now).await.map_err(surely_nothing)?;
        commit(tx).await?;
        Ok(Performed::Acknowledged("It is written down.".to_owned()))
    }

    async fn observe(&self, world: &World, attempt: &Attempt) -> Observation {
        let Ok(id) = token_of(attempt) else {
            return Observation::Contrary("Its id cannot be read.".to_owned());
        };
        match tokens::find(&mut &world.db, &world.proof, &id).await {
            Ok(token) => Observation::seen(
                "The token is good.",
                json!({ "id": id, "scope": token.scope.word(), "expires_at": token.expires_at }),
            ),
            Err(StoreError::NotFound) => Observation::Absent("There is no token.".to_owned()),
            Err(error) => cannot_look(&error),
        }
    }

    async fn undo(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let id = token_of(attempt)?;
        let mut tx = world.effect(attempt).await?;
        match tokens::revoke(&mut tx, &world.proof, &id, world.now()).await {
            Ok(()) | Err(StoreError::NotFound) => commit(tx).await?,
            Err(error) => return Err(surely_nothing(error)),
        }
        Ok(Performed::Acknowledged("It is revoked.".to_owned()))
    }

    async fn observe_undone(&self, world: &World, attempt: &Attempt) -> Observation {
        let Ok(id) = token_of(attempt) else {
            return Observation::Contrary("Its id cannot be read.".to_owned());
        };
        match tokens::find(&mut &world.db, &world.proof, &id).await {
            Ok(token) if token.revoked_at.is_none() => {
                Observation::Absent("The token is still good.".to_owned())
            }
            Ok(_) => Observation::seen("The token lets nobody in any more.", json!({ "id": id })),
            Err(StoreError::NotFound) => Observation::seen("There is no token.", json!(null)),
            Err(error) => cannot_look(&error),
        }
    }
}

/// The token of an operation has its digits: written again it is the same one.
fn token_of(attempt: &Attempt) -> Result<TokenId, Trouble> {
    let id = operation_of(attempt)?;
    Ok(TokenId::from_uuid(id.digits()))
}
