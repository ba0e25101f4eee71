//! `onboarding.use_token`: the machine is to come in with a token that is open already.
//!
//! When it fails the onboarding has the token it had before, or none.

use super::super::world::{World, no_facts};
use super::act::{Act, Before};
use crate::facts::OnboardingFacts;
use crate::store::db::StoreError;
use crate::store::enrolment_tokens::{self, EnrolmentToken};
use crate::store::onboardings;
use async_trait::async_trait;
use operations::{Blocker, Danger, Declaration, FactsError, InputError, Intent, Lock, Operation, Plan, Rule};
use read_models::ids::{EnrolmentTokenId, OnboardingId};
use read_models::navigation::Address;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The declaration.
pub(crate) struct UseToken;

#[async_trait]
impl Operation<World> for UseToken {
    const DECLARATION: Declaration = Declaration {
        id: "onboarding.use_token",
        version: 1,
        target: "onboarding",
        intent: Intent::SetUp,
        title: "Use open token",
        danger: Danger::Safe,
        steps: &["Take the token"],
        expected: "The onboarding waits for the machine that comes in with this token.",
        verified_by: "The onboarding is read again.",
        on_failure: "The onboarding has the token it had before, or none.",
        progress: "On the onboarding's page, step by step.",
        evidence: "Which token, and which one before.",
        audit: "asked to use an open token for",
    };
    const RULES: &'static [Rule<UseFacts>] = &[
        Rule { code: "goes_on", holds: "Nobody has given it up.", check: |facts| facts.of.goes_on() },
        Rule {
            code: "has_a_role",
            holds: "What the machine is for was chosen.",
            check: |facts| facts.of.has_a_role(),
        },
        Rule {
            code: "is_waited_for",
            holds: "The machine has not come in yet.",
            check: |facts| facts.of.is_waited_for(),
        },
        Rule { code: "token_is_open", holds: "The token lets a machine in.", check: token_is_open },
        Rule { code: "token_is_free", holds: "No other onboarding has the token.", check: token_is_free },
        Rule { code: "token_fits", holds: "The token is for a machine of this name.", check: token_fits },
    ];
    type Facts = UseFacts;
    type Input = UseInput;
    type Step = Act;

    fn usual_input() -> Option<UseInput> {
        None
    }

    fn check_input(input: &UseInput) -> Result<(), Vec<InputError>> {
        match EnrolmentTokenId::parse(&input.token) {
            Ok(_) => Ok(()),
            Err(bad) => Err(vec![InputError::at("/token", format!("{bad}."))]),
        }
    }

    async fn facts(world: &World, target: &str, input: Option<&UseInput>) -> Result<UseFacts, FactsError> {
        let of = OnboardingFacts::load(world, target).await.map_err(no_facts)?;
        let Some(id) = input.and_then(|input| EnrolmentTokenId::parse(&input.token).ok()) else {
            return Ok(UseFacts { of, asked: Wanted::Nothing, other: None });
        };
        let asked = match enrolment_tokens::find(&mut &world.db, &world.proof, &id).await {
            Ok(token) => Wanted::Token(Box::new(token)),
            Err(StoreError::NotFound) => Wanted::NoSuchToken,
            Err(error) => return Err(no_facts(error)),
        };
        let holder = onboardings::of_token(&mut &world.db, &world.proof, &id).await.map_err(no_facts)?;
        let other = holder.map(|holder| holder.id).filter(|id| *id != of.onboarding.id);
        Ok(UseFacts { of, asked, other })
    }

    fn locks(target: &str, _: &UseFacts) -> Vec<Lock> {
        vec![Lock::exclusive(OnboardingFacts::lock(target))]
    }

    fn plan(facts: &UseFacts, input: &UseInput) -> Plan<Act> {
        let (now, plan) = (&facts.of.onboarding, Plan::new());
        let Ok(token) = EnrolmentTokenId::parse(&input.token) else { return plan };
        let before = now.token.as_ref().map(|taken| Before { token: taken.id.clone(), at: taken.at });
        plan.step(Act::TakeToken { onboarding: now.id.clone(), before, token })
            .noticed_by("Whoever has the token's command: the machine it is run on is this one.")
    }
}

/// An onboarding, and the token that is asked for; nothing on a card.
pub(crate) struct UseFacts {
    of: OnboardingFacts,
    asked: Wanted,
    other: Option<OnboardingId>,
}

/// The token that is asked for.
enum Wanted {
    Nothing,
    NoSuchToken,
    Token(Box<EnrolmentToken>),
}

fn token_is_open(facts: &UseFacts) -> Result<(), Blocker> {
    match &facts.asked {
        Wanted::Nothing => Ok(()),
        Wanted::Token(token) if token.is_good(facts.of.now) => Ok(()),
        Wanted::Token(_) => {
            Err(Blocker::new("The token was used or revoked, or its time is over: issue another one."))
        }
        Wanted::NoSuchToken => Err(Blocker::new("There is no such token.")),
    }
}

fn token_is_free(facts: &UseFacts) -> Result<(), Blocker> {
    let Some(id) = &facts.other else { return Ok(()) };
    let address = Address::Onboarding { id: id.clone(), step: None }.to_string();
    Err(Blocker::new("Another onboarding waits for the machine with this token.").unblocked_by(&address))
}

fn token_fits(facts: &UseFacts) -> Result<(), Blocker> {
    let Wanted::Token(token) = &facts.asked else { return Ok(()) };
    match (token.node_name.as_deref(), facts.of.onboarding.node_name.as_deref()) {
        (Some(fixed), wanted) if Some(fixed) != wanted => Err(Blocker::new(format!(
            "The token is for a node named {fixed}: choose that name, or issue another one."
        ))),
        // Without a name of its own it lets the machine bring any.
        (None, Some(wanted)) => Err(Blocker::new(format!(
            "The token lets the machine bring any name, and this one is to be {wanted}: issue one for it."
        ))),
        (Some(_) | None, _) => Ok(()),
    }
}

/// Which token.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UseInput {
    /// The id of a token that lets a machine in.
    token: String,
}
