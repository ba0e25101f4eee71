//! `approval_policy.set`: say what needs a second person's approval, on the platform or in a project.
//!
//! When it fails what needed it needs it still, and nothing else does.

use super::super::user::place_of;
use super::super::world::{World, cannot_look, commit, no_facts, surely_nothing, who_asked};
use crate::store::approval_policies::{self, Needs, Policy};
use async_trait::async_trait;
use operations::{
    Attempt, Blocker, Clearing, Danger, Declaration, FactsError, Intent, Lock, Observation, Operation,
    Performed, Plan, Repeat, Rule, Step, Trouble, Undo,
};
use read_models::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// The declaration.
pub(crate) struct Set;

/// What is so, and what is asked for.
pub(crate) struct Facts {
    scope: String,
    place: String,
    before: Option<Policy>,
    asked: Option<Needs>,
}

#[async_trait]
impl Operation<World> for Set {
    const DECLARATION: Declaration = Declaration {
        id: "approval_policy.set",
        version: 1,
        target: "people",
        intent: Intent::Maintain,
        title: "Set approval policy",
        danger: Danger::Disruptive,
        steps: &["Write down what needs a second person's approval"],
        expected: "What needs it waits for a second person who may carry it out, from the next start on. What the platform \
                   needs it for needs it in every project. Whatever waits for one already goes on waiting.",
        verified_by: "The policy is read again, as every start reads it.",
        on_failure: "The policy stays as it was.",
        progress: "On the operation's page, live.",
        evidence: "Who set it, for where, and what it was before and after.",
        audit: "asked to set the approval policy of",
    };
    const RULES: &'static [Rule<Facts>] =
        &[Rule { code: "is_another", holds: "It is another policy than now.", check: is_another }];
    type Facts = Facts;
    type Input = SetInput;
    type Step = SetStep;

    fn usual_input() -> Option<SetInput> {
        None
    }

    async fn facts(world: &World, target: &str, input: Option<&SetInput>) -> Result<Facts, FactsError> {
        let (_, place) = place_of(world, target).await?;
        let before = approval_policies::find(&mut &world.db, &world.proof, target).await.map_err(no_facts)?;
        Ok(Facts { scope: target.to_owned(), place, before, asked: input.map(|input| input.needs.into()) })
    }

    fn locks(target: &str, _: &Facts) -> Vec<Lock> {
        vec![Lock::exclusive(format!("approval_policy/{target}"))]
    }

    fn plan(facts: &Facts, input: &SetInput) -> Plan<SetStep> {
        let (scope, needs, before) = (facts.scope.clone(), input.needs.into(), facts.before.clone());
        let step = SetStep::Write { scope, place: facts.place.clone(), needs, before };
        Plan::new()
            .step(step)
            .noticed_by("Whoever starts something that needs approval, and whoever may give it.")
    }
}

fn is_another(facts: &Facts) -> Result<(), Blocker> {
    let now = facts.before.as_ref().map(|policy| policy.needs).unwrap_or_default();
    match facts.asked {
        Some(asked) if asked == now => {
            Err(Blocker::new(format!("On {}, {} needs approval already.", facts.place, now.words())))
        }
        Some(_) | None => Ok(()),
    }
}

/// What needs approval.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetInput {
    /// Which operations need a second person: those that destroy something, or none.
    needs: Asked,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum Asked {
    Destructive,
    Nothing,
}

impl From<Asked> for Needs {
    fn from(asked: Asked) -> Self {
        match asked {
            Asked::Destructive => Self::Destructive,
            Asked::Nothing => Self::Nothing,
        }
    }
}

/// What it does, with what it takes to put it back.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum SetStep {
    Write { scope: String, place: String, needs: Needs, before: Option<Policy> },
}

#[async_trait]
impl Step<World> for SetStep {
    fn title(&self) -> String {
        let Self::Write { place, needs, .. } = self;
        format!("On {place}, let {} need a second person's approval", needs.words())
    }

    fn observed_by(&self) -> Option<String> {
        Some("the policy, read again as every start reads it".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        Undo::TakesBack("The policy is what it was before.".to_owned())
    }

    fn clearing(&self) -> Option<Clearing> {
        Some(Clearing::by("approval_policy.set"))
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::Write { scope, needs, .. } = self;
        let (operation, by) = who_asked(world, attempt).await?;
        let new = Policy { needs: *needs, operation, by, at: Timestamp::from_micros(attempt.begun_at) };
        write(world, attempt, scope, Some(&new)).await
    }

    async fn observe(&self, world: &World, attempt: &Attempt) -> Observation {
        let Self::Write { scope, .. } = self;
        match approval_policies::find(&mut &world.db, &world.proof, scope).await {
            Ok(Some(policy)) if policy.operation.as_str() == attempt.operation => {
                Observation::seen("The policy is in force.", json!({ "needs": policy.needs }))
            }
            Ok(_) => Observation::Absent("Another policy is in force.".to_owned()),
            Err(error) => cannot_look(&error),
        }
    }

    async fn undo(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::Write { scope, before, .. } = self;
        write(world, attempt, scope, before.as_ref()).await
    }

    async fn observe_undone(&self, world: &World, _: &Attempt) -> Observation {
        let Self::Write { scope, before, .. } = self;
        match approval_policies::find(&mut &world.db, &world.proof, scope).await {
            Ok(now) if now == *before => {
                Observation::seen("The policy is what it was before.", json!({ "needs": before }))
            }
            Ok(_) => Observation::Absent("It is not what it was before.".to_owned()),
            Err(error) => cannot_look(&error),
        }
    }
}

async fn write(
    world: &World,
    attempt: &Attempt,
    scope: &str,
    policy: Option<&Policy>,
) -> Result<Performed, Trouble> {
    let mut tx = world.effect(attempt).await?;
    approval_policies::set(&mut tx, &world.proof, scope, policy).await.map_err(surely_nothing)?;
    commit(tx).await?;
    Ok(Performed::Acknowledged("It is written down.".to_owned()))
}
