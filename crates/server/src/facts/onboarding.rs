//! The facts of an onboarding: what was chosen, its token, the node the machine has become.

use crate::operations::World;
use crate::projections::onboarding::has_landed;
use crate::store::db::StoreError;
use crate::store::enrolment_tokens::{self, EnrolmentToken};
use crate::store::nodes::{self, NodeRecord};
use crate::store::onboardings::{self, Onboarding};
use operations::Blocker;
use read_models::ids::OnboardingId;
use read_models::navigation::Address;
use read_models::onboarding::OnboardingStep;
use read_models::time::{Timestamp, spoken};

/// An onboarding, and now.
#[derive(Debug, Clone)]
pub struct OnboardingFacts {
    pub onboarding: Onboarding,
    pub token: Option<EnrolmentToken>,
    pub node: Option<NodeRecord>,
    pub now: Timestamp,
}

impl OnboardingFacts {
    /// Reads them.
    pub async fn load(world: &World, target: &str) -> Result<Self, StoreError> {
        let id = OnboardingId::parse(target).map_err(|_| StoreError::NotFound)?;
        let (db, proof) = (&world.db, &world.proof);
        let onboarding = onboardings::find(&mut &*db, proof, &id).await?;
        let token = match &onboarding.token {
            Some(taken) => Some(enrolment_tokens::find(&mut &*db, proof, &taken.id).await?),
            None => None,
        };
        let node = match token.as_ref().and_then(|token| token.used.as_ref()) {
            Some(used) => absent_as_none(nodes::find(&mut &*db, proof, &used.node_id).await)?,
            None => None,
        };
        Ok(Self { onboarding, token, node, now: world.now() })
    }

    /// The lock of an onboarding.
    pub fn lock(id: &str) -> String {
        format!("onboarding/{id}")
    }

    /// Nobody gave it up.
    pub fn goes_on(&self) -> Result<(), Blocker> {
        match &self.onboarding.abandoned {
            None => Ok(()),
            Some(abandoned) => {
                let ago = spoken(self.now.since(abandoned.at));
                let sentence = format!("{} gave it up {ago} ago: begin another one.", abandoned.by);
                Err(Blocker::new(sentence).unblocked_by(&Address::Onboardings.to_string()))
            }
        }
    }

    /// The machine has not come in yet.
    pub fn is_waited_for(&self) -> Result<(), Blocker> {
        match self.token.as_ref().and_then(|token| token.used.as_ref()) {
            None => Ok(()),
            Some(used) => {
                let node = Address::Node(used.node_id.clone()).to_string();
                let sentence = "The machine has come in: what it is can be seen on its node's page.";
                Err(Blocker::new(sentence).unblocked_by(&node))
            }
        }
    }

    /// It has not landed: giving it up would change nothing.
    pub fn has_not_landed(&self) -> Result<(), Blocker> {
        match self.node.as_ref().filter(|node| has_landed(node)) {
            None => Ok(()),
            Some(node) => {
                let address = Address::Node(node.id.clone()).to_string();
                let sentence = "All signs of the machine are there: nothing is left to give up.";
                Err(Blocker::new(sentence).unblocked_by(&address))
            }
        }
    }

    /// What the machine is for was chosen.
    pub fn has_a_role(&self) -> Result<(), Blocker> {
        if self.onboarding.role.is_some() {
            return Ok(());
        }
        Err(Blocker::new("Nobody has chosen yet what the machine is for.")
            .unblocked_by(&self.step(OnboardingStep::Role)))
    }

    /// No token of its own lets the machine in already.
    pub fn has_no_good_token(&self) -> Result<(), Blocker> {
        match self.token.as_ref().filter(|token| token.is_good(self.now)) {
            None => Ok(()),
            Some(token) => {
                let left = spoken(token.expires_at.since(self.now));
                let sentence =
                    format!("It has a token that is good for {left} more: use that one, or revoke it first.");
                Err(Blocker::new(sentence).unblocked_by(&self.step(OnboardingStep::Token)))
            }
        }
    }

    /// No token that is still good keeps the machine to another name.
    pub fn name_fits_the_token(&self, wanted: Option<&str>) -> Result<(), Blocker> {
        let good = self.token.as_ref().filter(|token| token.is_good(self.now));
        match good.and_then(|token| token.node_name.as_deref()) {
            Some(fixed) if Some(fixed) != wanted => {
                let sentence = format!("Its token is for a node named {fixed}: revoke it first.");
                Err(Blocker::new(sentence).unblocked_by(&self.step(OnboardingStep::Token)))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn step(&self, step: OnboardingStep) -> String {
        Address::Onboarding { id: self.onboarding.id.clone(), step: Some(step) }.to_string()
    }
}

fn absent_as_none<T>(found: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(StoreError::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}
