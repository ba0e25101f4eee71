//! `onboarding.abandon`: nobody goes on with it. What was issued for it stays, and can be revoked on its own.
//!
//! When it fails the onboarding goes on.

use super::super::world::{World, no_facts};
use super::act::Act;
use crate::facts::OnboardingFacts;
use async_trait::async_trait;
use operations::{Danger, Declaration, FactsError, InputError, Intent, Lock, Operation, Plan, Rule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const LONGEST_REASON: usize = 200;

/// The declaration.
pub(crate) struct Abandon;

#[async_trait]
impl Operation<World> for Abandon {
    const DECLARATION: Declaration = Declaration {
        id: "onboarding.abandon",
        version: 1,
        target: "onboarding",
        intent: Intent::Retirement,
        title: "Give up onboarding",
        danger: Danger::Safe,
        steps: &["Write down that it was given up"],
        expected: "It is not among the unfinished ones any more. A token that is still good stays good until it is revoked.",
        verified_by: "The onboarding is read again.",
        on_failure: "The onboarding goes on.",
        progress: "On the list of onboardings.",
        evidence: "Who gave it up, when, and why.",
        audit: "asked to give up",
    };
    const RULES: &'static [Rule<OnboardingFacts>] = &[
        Rule { code: "goes_on", holds: "Nobody has given it up.", check: OnboardingFacts::goes_on },
        Rule {
            code: "has_not_landed",
            holds: "The machine has not landed.",
            check: OnboardingFacts::has_not_landed,
        },
    ];
    type Facts = OnboardingFacts;
    type Input = AbandonInput;
    type Step = Act;

    fn usual_input() -> Option<AbandonInput> {
        Some(AbandonInput { reason: None })
    }

    fn check_input(input: &AbandonInput) -> Result<(), Vec<InputError>> {
        if input.reason.as_ref().is_none_or(|reason| reason.chars().count() <= LONGEST_REASON) {
            return Ok(());
        }
        Err(vec![InputError::at("/reason", "Use at most 200 characters.")])
    }

    async fn facts(
        world: &World,
        target: &str,
        _: Option<&AbandonInput>,
    ) -> Result<OnboardingFacts, FactsError> {
        OnboardingFacts::load(world, target).await.map_err(no_facts)
    }

    fn locks(target: &str, _: &OnboardingFacts) -> Vec<Lock> {
        vec![Lock::exclusive(OnboardingFacts::lock(target))]
    }

    fn plan(facts: &OnboardingFacts, input: &AbandonInput) -> Plan<Act> {
        let said = input.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
        let id = facts.onboarding.id.clone();
        let plan = Plan::new().step(Act::GiveUp { onboarding: id, reason: said.map(str::to_owned) });
        match facts.token.as_ref().filter(|token| token.is_good(facts.now)) {
            None => plan.noticed_by("Whoever wanted to go on with it."),
            Some(token) => plan.noticed_by(format!(
                "Whoever wanted to go on with it. Its token lets a machine in until {} UTC; revoke it where nobody shall.",
                token.expires_at.time_of_day()
            )),
        }
    }
}

/// Why.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AbandonInput {
    /// Why, for whoever wonders later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}
