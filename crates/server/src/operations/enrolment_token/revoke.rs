//! `enrolment_token.revoke`: a token that nobody has used lets nobody in any more.
//!
//! When it fails the token is as good as it was. A revoked token stays revoked: another one is issued in its place.

use super::super::world::{World, cannot_look, commit, no_facts, surely_nothing};
use crate::store::db::StoreError;
use crate::store::enrolment_tokens::{self, EnrolmentToken};
use async_trait::async_trait;
use operations::{
    Attempt, Blocker, Clearing, Danger, Declaration, FactsError, Intent, Lock, Observation, Operation,
    Performed, Plan, Repeat, Rule, Step, Trouble, Undo,
};
use read_models::ids::EnrolmentTokenId;
use read_models::navigation::Address;
use read_models::time::{Timestamp, spoken};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// The declaration.
pub(crate) struct Revoke;

#[async_trait]
impl Operation<World> for Revoke {
    const DECLARATION: Declaration = Declaration {
        id: "enrolment_token.revoke",
        version: 1,
        target: "enrolment_token",
        intent: Intent::Retirement,
        title: "Revoke enrolment token",
        danger: Danger::Disruptive,
        steps: &["Revoke the token"],
        expected: "Whoever still has its command can bring no machine in with it. Machines that came in stay.",
        verified_by: "The token is read again.",
        on_failure: "The token is as good as it was.",
        progress: "On the operation's page, live.",
        evidence: "Who revoked it, when, and for which name it was issued.",
        audit: "asked to revoke the enrolment token",
    };
    const RULES: &'static [Rule<RevokeFacts>] = &[
        Rule { code: "is_not_used", holds: "No machine has come in with it.", check: is_not_used },
        Rule { code: "is_not_revoked", holds: "It is not revoked.", check: is_not_revoked },
        Rule { code: "is_in_its_time", holds: "Its time is not over.", check: is_in_its_time },
    ];
    const NEVER_HELD_BACK: Option<&'static str> = Some("It keeps machines out.");
    type Facts = RevokeFacts;
    type Input = RevokeInput;
    type Step = RevokeStep;

    fn usual_input() -> Option<RevokeInput> {
        Some(RevokeInput {})
    }

    async fn facts(world: &World, target: &str, _: Option<&RevokeInput>) -> Result<RevokeFacts, FactsError> {
        let id = EnrolmentTokenId::parse(target).map_err(|_| FactsError::NoTarget)?;
        let token = enrolment_tokens::find(&mut &world.db, &world.proof, &id).await.map_err(no_facts)?;
        Ok(RevokeFacts { token, now: world.now() })
    }

    fn locks(target: &str, _: &RevokeFacts) -> Vec<Lock> {
        vec![Lock::exclusive(format!("enrolment_token/{target}"))]
    }

    fn plan(facts: &RevokeFacts, _: &RevokeInput) -> Plan<RevokeStep> {
        let token = &facts.token;
        let machine = token
            .node_name
            .as_ref()
            .map_or_else(|| "one machine of any name".to_owned(), |name| format!("one machine as {name}"));
        let cut_off = format!(
            "Whoever has the command that {} issued: until {} UTC it would have let in {machine}.",
            token.issued_by,
            token.expires_at.time_of_day()
        );
        Plan::new()
            .step(RevokeStep::Revoke { token: token.id.clone() })
            .noticed_by(cut_off)
            .noticed_by("No node: what came in with other tokens stays.")
    }
}

/// A token, and now.
pub(crate) struct RevokeFacts {
    token: EnrolmentToken,
    now: Timestamp,
}

fn is_not_used(facts: &RevokeFacts) -> Result<(), Blocker> {
    match &facts.token.used {
        None => Ok(()),
        Some(used) => {
            let node = Address::Node(used.node_id.clone()).to_string();
            let sentence = "A machine has come in with it: revoking it would cut nothing off.";
            Err(Blocker::new(sentence).unblocked_by(&node))
        }
    }
}

fn is_not_revoked(facts: &RevokeFacts) -> Result<(), Blocker> {
    match facts.token.revoked_at {
        None => Ok(()),
        Some(at) => Err(Blocker::new(format!("It was revoked {} ago.", spoken(facts.now.since(at))))),
    }
}

fn is_in_its_time(facts: &RevokeFacts) -> Result<(), Blocker> {
    let ended = facts.token.expires_at;
    if ended > facts.now {
        return Ok(());
    }
    Err(Blocker::new(format!("It ended {} ago and lets nobody in.", spoken(facts.now.since(ended)))))
}

/// Nothing has to be said.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RevokeInput {}

/// What it does.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum RevokeStep {
    Revoke { token: EnrolmentTokenId },
}

#[async_trait]
impl Step<World> for RevokeStep {
    fn title(&self) -> String {
        "Revoke the token".to_owned()
    }

    fn observed_by(&self) -> Option<String> {
        Some("the token, read again".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        Undo::Cannot("A revoked token stays revoked: issue another one.".to_owned())
    }

    fn clearing(&self) -> Option<Clearing> {
        Some(Clearing::on("enrolment_token.issue", "platform", "platform"))
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::Revoke { token } = self;
        let mut tx = world.effect(attempt).await?;
        let found = enrolment_tokens::hold(&mut tx, &world.proof, token).await.map_err(surely_nothing)?;
        if found.revoked_at.is_some() {
            return Ok(Performed::Acknowledged("It is revoked already.".to_owned()));
        }
        match enrolment_tokens::revoke(&mut tx, &world.proof, token, world.now()).await {
            Ok(()) => commit(tx).await?,
            Err(StoreError::NotFound) => {
                return Err(Trouble::Refused("A machine has come in with it meanwhile.".to_owned()));
            }
            Err(error) => return Err(surely_nothing(error)),
        }
        Ok(Performed::Acknowledged("It is revoked.".to_owned()))
    }

    async fn observe(&self, world: &World, _: &Attempt) -> Observation {
        let Self::Revoke { token } = self;
        match enrolment_tokens::find(&mut &world.db, &world.proof, token).await {
            Err(error) => cannot_look(&error),
            Ok(found) => match (found.revoked_at, found.used) {
                (Some(at), _) => {
                    let evidence = json!({ "id": token, "revoked_at": at });
                    Observation::seen("The token lets nobody in any more.", evidence)
                }
                (None, Some(_)) => {
                    Observation::Contrary("A machine has come in with it meanwhile.".to_owned())
                }
                (None, None) => Observation::Absent("The token is not revoked.".to_owned()),
            },
        }
    }

    async fn undo(&self, _: &World, _: &Attempt) -> Result<Performed, Trouble> {
        Ok(Performed::Acknowledged("There is nothing to undo.".to_owned()))
    }

    async fn observe_undone(&self, _: &World, _: &Attempt) -> Observation {
        Observation::seen("There was nothing to undo.", json!(null))
    }
}
