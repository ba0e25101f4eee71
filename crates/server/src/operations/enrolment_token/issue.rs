//! `enrolment_token.issue`: a token that lets one machine in, once, within an hour.
//!
//! When it fails there is no token.

use super::super::world::{World, cannot_look, commit, no_facts, operation_of, surely_nothing};
use crate::facts::OnboardingFacts;
use crate::secret::SealingKey;
use crate::store::db::StoreError;
use crate::store::enrolment_tokens::{self, EnrolmentToken, NewEnrolmentToken};
use crate::store::nodes;
use crate::store::onboardings::{self, TakenToken};
use crate::store::operations as stored_operations;
use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use operations::{
    Attempt, Blocker, Clearing, Danger, Declaration, FactsError, InputError, Intent, Lock, Observation,
    Operation, Performed, Plan, Repeat, Rule, Step, Trouble, Undo,
};
use read_models::ids::{EnrolmentTokenId, OnboardingId};
use read_models::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::time::Duration;

const LIFETIME: Duration = Duration::from_hours(1);

/// The secret of a token issued here, made again from the sealing key: it is stored nowhere.
pub fn secret_of(sealing: &SealingKey, id: &EnrolmentTokenId) -> String {
    URL_SAFE_NO_PAD.encode(*sealing.derive("enrolment-token", id.as_str()))
}

/// The declaration.
pub(crate) struct Issue;

#[async_trait]
impl Operation<World> for Issue {
    const DECLARATION: Declaration = Declaration {
        id: "enrolment_token.issue",
        version: 1,
        target: "platform",
        intent: Intent::SetUp,
        title: "Issue enrolment token",
        danger: Danger::Safe,
        steps: &["Write the token down"],
        expected: "There is a command that lets one machine in, once, within an hour.",
        verified_by: "The token is read again.",
        on_failure: "There is no token.",
        progress: "On the nodes page.",
        evidence: "Who issued it, for which name, and who used it.",
        audit: "asked for an enrolment token",
    };
    const RULES: &'static [Rule<IssueFacts>] = &[
        Rule { code: "name_is_free", holds: "No node has this name.", check: name_is_free },
        Rule { code: "onboarding_waits", holds: "No onboarding is in the way.", check: onboarding_waits },
    ];
    type Facts = IssueFacts;
    type Input = IssueInput;
    type Step = IssueStep;

    fn usual_input() -> Option<IssueInput> {
        Some(IssueInput { node_name: None, onboarding: None })
    }

    fn check_input(input: &IssueInput) -> Result<(), Vec<InputError>> {
        let fits = |name: &String| {
            (1..=63).contains(&name.len())
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'))
        };
        let mut errors = Vec::new();
        if !input.node_name.as_ref().is_none_or(fits) {
            let sentence = "Use a host name: 1 to 63 letters, digits, dashes and dots.";
            errors.push(InputError::at("/node_name", sentence));
        }
        if let Some(Err(bad)) = input.onboarding.as_deref().map(OnboardingId::parse) {
            errors.push(InputError::at("/onboarding", format!("{bad}.")));
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    async fn facts(
        world: &World,
        target: &str,
        input: Option<&IssueInput>,
    ) -> Result<IssueFacts, FactsError> {
        if target != "platform" {
            return Err(FactsError::NoTarget);
        }
        let asked = input.and_then(|input| input.node_name.clone());
        let onboarding = match input.and_then(|input| input.onboarding.as_deref()) {
            Some(id) => Some(OnboardingFacts::load(world, id).await.map_err(no_facts)?),
            None => None,
        };
        let of_onboarding = onboarding.as_ref().and_then(|facts| facts.onboarding.node_name.clone());
        let Some(name) = of_onboarding.or_else(|| asked.clone()) else {
            return Ok(IssueFacts { asked, taken: None, onboarding });
        };
        let found = nodes::find_named(&mut &world.db, &world.proof, &name).await.map_err(no_facts)?;
        Ok(IssueFacts { asked, taken: found.map(|node| node.name), onboarding })
    }

    fn locks(_: &str, facts: &IssueFacts) -> Vec<Lock> {
        let of = facts.onboarding.as_ref().map(|facts| OnboardingFacts::lock(facts.onboarding.id.as_str()));
        of.map(Lock::exclusive).into_iter().collect()
    }

    fn plan(facts: &IssueFacts, input: &IssueInput) -> Plan<IssueStep> {
        let onboarding = facts.onboarding.as_ref().map(|facts| &facts.onboarding);
        let of_onboarding = onboarding.and_then(|onboarding| onboarding.node_name.clone());
        let step = IssueStep::Write {
            node_name: of_onboarding.or_else(|| input.node_name.clone()),
            onboarding: onboarding.map(|onboarding| onboarding.id.clone()),
        };
        Plan::new().step(step).noticed_by("Nobody. Whoever has the command can bring one machine in.")
    }
}

/// Whether the wanted name is taken, and the onboarding it is for.
pub(crate) struct IssueFacts {
    asked: Option<String>,
    taken: Option<String>,
    onboarding: Option<OnboardingFacts>,
}

fn onboarding_waits(facts: &IssueFacts) -> Result<(), Blocker> {
    let Some(of) = &facts.onboarding else { return Ok(()) };
    of.goes_on()?;
    of.has_a_role()?;
    of.is_waited_for()?;
    match (&of.onboarding.node_name, &facts.asked) {
        (Some(name), Some(asked)) if name != asked => {
            Err(Blocker::new(format!("The onboarding is of a machine named {name}, not {asked}.")))
        }
        (Some(_) | None, _) => of.has_no_good_token(),
    }
}

fn name_is_free(facts: &IssueFacts) -> Result<(), Blocker> {
    match &facts.taken {
        None => Ok(()),
        Some(name) => Err(Blocker::new(format!("A node named {name} exists: choose another name."))),
    }
}

/// For which machine.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IssueInput {
    /// The name the node will have; without one the machine brings its host name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    node_name: Option<String>,
    /// The onboarding that waits for the machine; it decides name and role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-on-cards" = false))]
    onboarding: Option<String>,
}

/// What it does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum IssueStep {
    Write {
        node_name: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        onboarding: Option<OnboardingId>,
    },
}

#[async_trait]
impl Step<World> for IssueStep {
    fn title(&self) -> String {
        "Write the token down".to_owned()
    }

    fn observed_by(&self) -> Option<String> {
        Some("the token, read again".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        Undo::TakesBack("The token is revoked.".to_owned())
    }

    fn clearing(&self) -> Option<Clearing> {
        Some(Clearing::of_made("enrolment_token.revoke"))
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::Write { node_name, onboarding } = self;
        let id = token_of(attempt)?;
        let operation = operation_of(attempt)?;
        let mut tx = world.effect(attempt).await?;
        match enrolment_tokens::find(&mut tx, &world.proof, &id).await {
            Ok(_) => return Ok(Performed::Acknowledged("It is written down already.".to_owned())),
            Err(StoreError::NotFound) => {}
            Err(error) => return Err(surely_nothing(error)),
        }
        let asked = stored_operations::find_system(&mut tx, &world.proof, &operation)
            .await
            .map_err(surely_nothing)?;
        let now = world.now();
        let secret_hash = hex::encode(Sha256::digest(secret_of(&world.sealing, &id)));
        let new = NewEnrolmentToken {
            id: &id,
            secret_hash: &secret_hash,
            node_name: node_name.as_deref(),
            issued_at: now,
            expires_at: now.plus(LIFETIME),
        };
        enrolment_tokens::issue_for(&mut tx, &world.proof, &asked.requested_by, new)
            .await
            .map_err(surely_nothing)?;
        if let Some(onboarding) = onboarding {
            let taken = TakenToken { id, at: now };
            match onboardings::take_token(&mut tx, &world.proof, onboarding, Some(&taken)).await {
                Ok(()) => {}
                Err(StoreError::NotFound) => {
                    return Err(Trouble::Refused(
                        "Somebody has given the onboarding up meanwhile.".to_owned(),
                    ));
                }
                Err(error) => return Err(surely_nothing(error)),
            }
        }
        commit(tx).await?;
        Ok(Performed::Acknowledged("It is written down.".to_owned()))
    }

    async fn observe(&self, world: &World, attempt: &Attempt) -> Observation {
        let Ok(id) = token_of(attempt) else {
            return Observation::Contrary("Its id cannot be read.".to_owned());
        };
        match enrolment_tokens::find(&mut &world.db, &world.proof, &id).await {
            Ok(token) => standing(&token, world.now()),
            Err(StoreError::NotFound) => Observation::Absent("There is no token.".to_owned()),
            Err(error) => cannot_look(&error),
        }
    }

    async fn undo(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let id = token_of(attempt)?;
        let mut tx = world.effect(attempt).await?;
        match enrolment_tokens::revoke(&mut tx, &world.proof, &id, world.now()).await {
            Ok(()) | Err(StoreError::NotFound) => commit(tx).await?,
            Err(error) => return Err(surely_nothing(error)),
        }
        Ok(Performed::Acknowledged("It is revoked.".to_owned()))
    }

    async fn observe_undone(&self, world: &World, attempt: &Attempt) -> Observation {
        let Ok(id) = token_of(attempt) else {
            return Observation::Contrary("Its id cannot be read.".to_owned());
        };
        match enrolment_tokens::find(&mut &world.db, &world.proof, &id).await {
            Ok(token) if token.is_good(world.now()) => {
                Observation::Absent("The token is still good.".to_owned())
            }
            Ok(_) => Observation::seen("The token lets nobody in any more.", json!({ "id": id })),
            Err(StoreError::NotFound) => Observation::seen("There is no token.", json!(null)),
            Err(error) => cannot_look(&error),
        }
    }
}

/// Whether it lets a machine in, or has done so already.
fn standing(token: &EnrolmentToken, now: Timestamp) -> Observation {
    let id = &token.id;
    match &token.used {
        Some(used) => {
            let evidence = json!({ "id": id, "node": used.node_id, "used_at": used.at });
            Observation::seen("A machine has come in with it already.", evidence)
        }
        None if token.revoked_at.is_some() => {
            Observation::Contrary("Somebody has revoked it meanwhile: it lets nobody in.".to_owned())
        }
        None if token.is_good(now) => {
            let evidence = json!({ "id": id, "expires_at": token.expires_at });
            Observation::seen("The token is good for one machine.", evidence)
        }
        None => Observation::Contrary("Its time was over before it was seen: it lets nobody in.".to_owned()),
    }
}

/// The token of an operation has its digits: written again it is the same one.
fn token_of(attempt: &Attempt) -> Result<EnrolmentTokenId, Trouble> {
    let id = operation_of(attempt)?;
    Ok(EnrolmentTokenId::from_uuid(id.digits()))
}
