//! `user.revoke_invitation`: a link that nobody has used lets nobody in any more.
//!
//! When it fails the link is as good as it was. A revoked invitation stays revoked: another one is made in its place.

use super::super::world::{World, cannot_look, commit, surely_nothing};
use super::place_of;
use crate::store::db::StoreError;
use crate::store::invitations::{self, Invitation, Standing};
use async_trait::async_trait;
use operations::{
    Attempt, Blocker, Clearing, Danger, Declaration, FactsError, Intent, Lock, Observation, Operation,
    Performed, Plan, Repeat, Rule, Step, Trouble, Undo,
};
use read_models::ids::InvitationId;
use read_models::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// The declaration.
pub(crate) struct RevokeInvitation;

/// The invitation that is asked about; nothing on a card, or when there is no such one here.
pub(crate) struct Facts {
    asked: bool,
    invitation: Option<Invitation>,
    now: Timestamp,
}

#[async_trait]
impl Operation<World> for RevokeInvitation {
    const DECLARATION: Declaration = Declaration {
        id: "user.revoke_invitation",
        version: 1,
        target: "people",
        intent: Intent::Retirement,
        title: "Revoke invitation",
        danger: Danger::Disruptive,
        steps: &["Revoke the invitation"],
        expected: "Whoever still has its link cannot come in with it. Who came in stays.",
        verified_by: "The invitation is read again.",
        on_failure: "The link is as good as it was.",
        progress: "On the operation's page, live.",
        evidence: "Who revoked it, when, and for whom it was.",
        audit: "asked to revoke an invitation to",
    };
    const RULES: &'static [Rule<Facts>] =
        &[Rule { code: "is_open", holds: "The invitation is open.", check: is_open }];
    const NEVER_HELD_BACK: Option<&'static str> = Some("It keeps people out.");
    type Facts = Facts;
    type Input = RevokeInput;
    type Step = RevokeStep;

    fn usual_input() -> Option<RevokeInput> {
        None
    }

    async fn facts(world: &World, target: &str, input: Option<&RevokeInput>) -> Result<Facts, FactsError> {
        let (scope, _) = place_of(world, target).await?;
        let invitation = match input {
            None => None,
            Some(input) => match invitations::find(&mut &world.db, &world.proof, &input.invitation).await {
                // One of another project is not there.
                Ok(found) => Some(found).filter(|found| found.grant.scope == scope),
                Err(StoreError::NotFound) => None,
                Err(error) => return Err(super::super::world::no_facts(error)),
            },
        };
        Ok(Facts { asked: input.is_some(), invitation, now: world.now() })
    }

    fn locks(target: &str, _: &Facts) -> Vec<Lock> {
        vec![Lock::exclusive(format!("people/{target}"))]
    }

    fn plan(facts: &Facts, _: &RevokeInput) -> Plan<RevokeStep> {
        // Without the invitation there is nothing to do, and the rule says so.
        let Some(found) = &facts.invitation else { return Plan::new().noticed_by("Nobody.") };
        let (invitation, email) = (found.id.clone(), found.email.clone());
        let who = format!("Whoever has the link that {} made for {email}.", found.inviter);
        Plan::new().step(RevokeStep::Revoke { invitation, email }).noticed_by(who)
    }
}

fn is_open(facts: &Facts) -> Result<(), Blocker> {
    let Some(found) = &facts.invitation else {
        return if facts.asked { Err(Blocker::new("There is no such invitation here.")) } else { Ok(()) };
    };
    match found.standing(facts.now) {
        Standing::Open => Ok(()),
        Standing::Used => {
            Err(Blocker::new("Somebody has come in with it: revoking it would keep nobody out."))
        }
        Standing::Revoked => Err(Blocker::new("It is revoked already.")),
        Standing::Over => Err(Blocker::new("Its time is over: it lets nobody in.")),
    }
}

/// Which one.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RevokeInput {
    /// The invitation to revoke.
    #[schemars(with = "String")]
    invitation: InvitationId,
}

/// What it does.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum RevokeStep {
    Revoke { invitation: InvitationId, email: String },
}

#[async_trait]
impl Step<World> for RevokeStep {
    fn title(&self) -> String {
        let Self::Revoke { email, .. } = self;
        format!("Revoke the invitation for {email}")
    }

    fn observed_by(&self) -> Option<String> {
        Some("the invitation, read again".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        Undo::Cannot("A revoked invitation stays revoked: make another one.".to_owned())
    }

    fn clearing(&self) -> Option<Clearing> {
        Some(Clearing::by("user.invite"))
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::Revoke { invitation, .. } = self;
        let mut tx = world.effect(attempt).await?;
        let found = invitations::find(&mut tx, &world.proof, invitation).await.map_err(surely_nothing)?;
        if found.revoked_at.is_some() {
            return Ok(Performed::Acknowledged("It is revoked already.".to_owned()));
        }
        match invitations::revoke(&mut tx, &world.proof, invitation, world.now()).await {
            Ok(()) => commit(tx).await?,
            Err(StoreError::NotFound) => {
                return Err(Trouble::Refused("Somebody has come in with it meanwhile.".to_owned()));
            }
            Err(error) => return Err(surely_nothing(error)),
        }
        Ok(Performed::Acknowledged("It is revoked.".to_owned()))
    }

    async fn observe(&self, world: &World, _: &Attempt) -> Observation {
        let Self::Revoke { invitation, .. } = self;
        match invitations::find(&mut &world.db, &world.proof, invitation).await {
            Err(error) => cannot_look(&error),
            Ok(found) => match (found.revoked_at, found.used_at) {
                (Some(at), _) => {
                    let evidence = json!({ "id": invitation, "revoked_at": at });
                    Observation::seen("The link lets nobody in any more.", evidence)
                }
                (None, Some(_)) => {
                    Observation::Contrary("Somebody has come in with it meanwhile.".to_owned())
                }
                (None, None) => Observation::Absent("The invitation is not revoked.".to_owned()),
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
