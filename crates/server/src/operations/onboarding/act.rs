//! What operations change about an onboarding, and how that is seen and taken back. Each is one row, written once.

use super::super::world::{World, cannot_look, commit, surely_nothing};
use crate::store::db::{StoreError, Tx};
use crate::store::onboardings::{self, Abandoned, Onboarding, TakenToken};
use crate::store::operations as stored_operations;
use async_trait::async_trait;
use operations::{Attempt, Clearing, Observation, Performed, Repeat, Step, Trouble, Undo};
use read_models::ids::{EnrolmentTokenId, OnboardingId, OperationId};
use read_models::nodes::NodeRole;
use read_models::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// What the machine is for, and its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Choice {
    pub(super) role: Option<NodeRole>,
    pub(super) node_name: Option<String>,
}

/// The token of an onboarding, as it was before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Before {
    pub(super) token: EnrolmentTokenId,
    pub(super) at: Timestamp,
}

/// What is done.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum Act {
    Choose { onboarding: OnboardingId, before: Choice, after: Choice },
    TakeToken { onboarding: OnboardingId, before: Option<Before>, token: EnrolmentTokenId },
    GiveUp { onboarding: OnboardingId, reason: Option<String> },
}

#[async_trait]
impl Step<World> for Act {
    fn title(&self) -> String {
        match self {
            Self::Choose { after, .. } => {
                let role = after.role.map_or("no role", NodeRole::word);
                let name = after.node_name.as_deref().unwrap_or("the name its machine brings");
                format!("Write down: {role}, {name}")
            }
            Self::TakeToken { .. } => "Take the token for this onboarding".to_owned(),
            Self::GiveUp { .. } => "Write down that it was given up".to_owned(),
        }
    }

    fn observed_by(&self) -> Option<String> {
        Some("the onboarding, read again".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        Undo::TakesBack(match self {
            Self::Choose { .. } => "Role and name are as they were.".to_owned(),
            Self::TakeToken { .. } => "The onboarding has the token it had before, or none.".to_owned(),
            Self::GiveUp { .. } => "The onboarding goes on.".to_owned(),
        })
    }

    fn clearing(&self) -> Option<Clearing> {
        Some(match self {
            Self::Choose { .. } => Clearing::by("onboarding.choose"),
            Self::TakeToken { .. } => Clearing::by("onboarding.use_token"),
            Self::GiveUp { .. } => Clearing::on("onboarding.begin", "platform", "platform"),
        })
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let mut tx = world.effect(attempt).await?;
        let found =
            onboardings::hold(&mut tx, &world.proof, self.onboarding()).await.map_err(surely_nothing)?;
        if self.is_so(&found) {
            return Ok(Performed::Acknowledged("It is written down already.".to_owned()));
        }
        match self.write(world, &mut tx, attempt).await {
            Ok(()) => commit(tx).await?,
            Err(StoreError::NotFound) => {
                return Err(Trouble::Refused("Somebody has given the onboarding up meanwhile.".to_owned()));
            }
            Err(StoreError::Conflict { .. }) => {
                return Err(Trouble::Refused("The token is another onboarding's by now.".to_owned()));
            }
            Err(error) => return Err(surely_nothing(error)),
        }
        Ok(Performed::Acknowledged("It is written down.".to_owned()))
    }

    async fn observe(&self, world: &World, _: &Attempt) -> Observation {
        match onboardings::find(&mut &world.db, &world.proof, self.onboarding()).await {
            Ok(found) if self.is_so(&found) => {
                let evidence = json!({ "role": found.role, "node_name": found.node_name,
                    "enrolment_token": found.token.map(|token| token.id),
                    "abandoned_at": found.abandoned.map(|abandoned| abandoned.at) });
                Observation::seen("The onboarding says so.", evidence)
            }
            Ok(_) => Observation::Absent("The onboarding says something else.".to_owned()),
            Err(error) => cannot_look(&error),
        }
    }

    async fn undo(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let mut tx = world.effect(attempt).await?;
        self.take_back(world, &mut tx).await.map_err(surely_nothing)?;
        commit(tx).await?;
        Ok(Performed::Acknowledged("It is taken back.".to_owned()))
    }

    async fn observe_undone(&self, world: &World, _: &Attempt) -> Observation {
        match onboardings::find(&mut &world.db, &world.proof, self.onboarding()).await {
            Ok(found) if self.is_as_before(&found) => {
                Observation::seen("The onboarding is as it was.", json!({ "id": found.id }))
            }
            Ok(_) => Observation::Absent("The onboarding is not as it was.".to_owned()),
            Err(error) => cannot_look(&error),
        }
    }
}

impl Act {
    const fn onboarding(&self) -> &OnboardingId {
        match self {
            Self::Choose { onboarding, .. }
            | Self::TakeToken { onboarding, .. }
            | Self::GiveUp { onboarding, .. } => onboarding,
        }
    }

    fn is_so(&self, found: &Onboarding) -> bool {
        match self {
            Self::Choose { after, .. } => chosen(found) == *after,
            Self::TakeToken { token, .. } => found.token.as_ref().is_some_and(|taken| taken.id == *token),
            Self::GiveUp { .. } => found.abandoned.is_some(),
        }
    }

    fn is_as_before(&self, found: &Onboarding) -> bool {
        match self {
            Self::Choose { before, .. } => chosen(found) == *before,
            Self::TakeToken { before, .. } => {
                found.token.as_ref().map(|taken| &taken.id) == before.as_ref().map(|before| &before.token)
            }
            Self::GiveUp { .. } => found.abandoned.is_none(),
        }
    }

    async fn write(&self, world: &World, tx: &mut Tx, attempt: &Attempt) -> Result<(), StoreError> {
        let (proof, at) = (&world.proof, Timestamp::from_micros(attempt.begun_at));
        match self {
            Self::Choose { onboarding, after, .. } => {
                onboardings::choose(tx, proof, onboarding, after.role, after.node_name.as_deref()).await
            }
            Self::TakeToken { onboarding, token, .. } => {
                let taken = TakenToken { id: token.clone(), at };
                onboardings::take_token(tx, proof, onboarding, Some(&taken)).await
            }
            Self::GiveUp { onboarding, reason } => {
                let operation = OperationId::parse(&attempt.operation).map_err(|_| StoreError::NotFound)?;
                let asked = stored_operations::find_system(tx, proof, &operation).await?;
                let abandoned = Abandoned { at, by: asked.requested_by, reason: reason.clone() };
                onboardings::abandon(tx, proof, onboarding, &abandoned).await
            }
        }
    }

    async fn take_back(&self, world: &World, tx: &mut Tx) -> Result<(), StoreError> {
        let proof = &world.proof;
        match self {
            Self::Choose { onboarding, before, .. } => {
                onboardings::choose(tx, proof, onboarding, before.role, before.node_name.as_deref()).await
            }
            Self::TakeToken { onboarding, before, .. } => {
                let taken = before.as_ref().map(|b| TakenToken { id: b.token.clone(), at: b.at });
                onboardings::take_token(tx, proof, onboarding, taken.as_ref()).await
            }
            Self::GiveUp { onboarding, .. } => onboardings::take_up_again(tx, proof, onboarding).await,
        }
    }
}

fn chosen(found: &Onboarding) -> Choice {
    Choice { role: found.role, node_name: found.node_name.clone() }
}
