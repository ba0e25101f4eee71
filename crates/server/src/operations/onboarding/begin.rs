//! `onboarding.begin`: a machine is going to be brought in, and anybody who may can go on with it.
//!
//! When it fails there is no onboarding.

use super::super::world::{World, cannot_look, commit, operation_of, surely_nothing};
use crate::projections::onboarding::missing_for;
use crate::store::db::StoreError;
use crate::store::onboardings::{self, NewOnboarding};
use crate::store::operations as stored_operations;
use async_trait::async_trait;
use operations::{
    Attempt, Blocker, Clearing, Danger, Declaration, FactsError, InputError, Intent, Lock, Observation,
    Operation, Performed, Plan, Repeat, Rule, Step, Trouble, Undo,
};
use read_models::ids::{OnboardingId, OperationId};
use read_models::onboarding::OnboardingMode;
use read_models::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

const LONGEST_SITE: usize = 80;

/// The declaration.
pub(crate) struct Begin;

#[async_trait]
impl Operation<World> for Begin {
    const DECLARATION: Declaration = Declaration {
        id: "onboarding.begin",
        version: 1,
        target: "platform",
        intent: Intent::SetUp,
        title: "Begin onboarding",
        danger: Danger::Safe,
        steps: &["Write the onboarding down"],
        expected: "There is an onboarding that anybody who may bring machines in can go on with.",
        verified_by: "The onboarding is read again.",
        on_failure: "There is no onboarding.",
        progress: "On the onboarding's page, step by step.",
        evidence: "Who began it, for which site and in which mode.",
        audit: "asked to begin an onboarding on",
    };
    const RULES: &'static [Rule<BeginFacts>] =
        &[Rule { code: "mode_is_ready", holds: "This way in is ready.", check: mode_is_ready }];
    type Facts = BeginFacts;
    type Input = BeginInput;
    type Step = BeginStep;

    fn usual_input() -> Option<BeginInput> {
        Some(BeginInput { mode: AskedMode::Manual, site: None })
    }

    fn check_input(input: &BeginInput) -> Result<(), Vec<InputError>> {
        let fits = |site: &String| {
            let length = site.trim().chars().count();
            length <= LONGEST_SITE && !site.chars().any(char::is_control)
        };
        if input.site.as_ref().is_none_or(fits) {
            return Ok(());
        }
        Err(vec![InputError::at("/site", "Use one line of at most 80 characters, or leave it empty.")])
    }

    async fn facts(_: &World, target: &str, input: Option<&BeginInput>) -> Result<BeginFacts, FactsError> {
        if target != "platform" {
            return Err(FactsError::NoTarget);
        }
        Ok(BeginFacts { mode: input.map_or(AskedMode::Manual, |input| input.mode).mode() })
    }

    fn locks(_: &str, _: &BeginFacts) -> Vec<Lock> {
        Vec::new()
    }

    fn plan(_: &BeginFacts, input: &BeginInput) -> Plan<BeginStep> {
        let said = input.site.as_deref().map(str::trim).filter(|site| !site.is_empty());
        let step = BeginStep::Write { mode: input.mode, site: said.map(str::to_owned) };
        Plan::new().step(step).noticed_by("Nobody: no machine can come in before there is a token for it.")
    }
}

/// Which way in is asked for.
pub(crate) struct BeginFacts {
    mode: OnboardingMode,
}

fn mode_is_ready(facts: &BeginFacts) -> Result<(), Blocker> {
    missing_for(facts.mode).map_or(Ok(()), |missing| Err(Blocker::new(missing)))
}

/// Where the machine stands, and how it comes in.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BeginInput {
    /// How the machine comes in.
    mode: AskedMode,
    /// Where the machine stands, in your words: a site, a row, a rack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    site: Option<String>,
}

/// The ways in.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum AskedMode {
    Manual,
    MaasDirect,
    MaasBatch,
    MaasDiscovery,
}

impl AskedMode {
    const fn mode(self) -> OnboardingMode {
        match self {
            Self::Manual => OnboardingMode::Manual,
            Self::MaasDirect => OnboardingMode::MaasDirect,
            Self::MaasBatch => OnboardingMode::MaasBatch,
            Self::MaasDiscovery => OnboardingMode::MaasDiscovery,
        }
    }
}

/// What it does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum BeginStep {
    Write { mode: AskedMode, site: Option<String> },
}

#[async_trait]
impl Step<World> for BeginStep {
    fn title(&self) -> String {
        "Write the onboarding down".to_owned()
    }

    fn observed_by(&self) -> Option<String> {
        Some("the onboarding, read again".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        Undo::TakesBack("There is no onboarding.".to_owned())
    }

    fn clearing(&self) -> Option<Clearing> {
        Some(Clearing::of_made("onboarding.abandon"))
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::Write { mode, site } = self;
        let (operation, id) = of(attempt)?;
        let mut tx = world.effect(attempt).await?;
        match onboardings::find(&mut tx, &world.proof, &id).await {
            Ok(_) => return Ok(Performed::Acknowledged("It is written down already.".to_owned())),
            Err(StoreError::NotFound) => {}
            Err(error) => return Err(surely_nothing(error)),
        }
        let asked = stored_operations::find_system(&mut tx, &world.proof, &operation)
            .await
            .map_err(surely_nothing)?;
        let new = NewOnboarding {
            id: &id,
            begun_by: &asked.requested_by,
            begun_at: Timestamp::from_micros(attempt.begun_at),
            mode: mode.mode(),
            site: site.as_deref(),
        };
        onboardings::begin(&mut tx, &world.proof, new).await.map_err(surely_nothing)?;
        commit(tx).await?;
        Ok(Performed::Acknowledged("It is written down.".to_owned()))
    }

    async fn observe(&self, world: &World, attempt: &Attempt) -> Observation {
        let Ok((_, id)) = of(attempt) else {
            return Observation::Contrary("Its id cannot be read.".to_owned());
        };
        match onboardings::find(&mut &world.db, &world.proof, &id).await {
            Ok(found) => {
                let evidence = json!({ "id": id, "mode": found.mode.key(), "site": found.site });
                Observation::seen("The onboarding is there.", evidence)
            }
            Err(StoreError::NotFound) => Observation::Absent("There is no onboarding.".to_owned()),
            Err(error) => cannot_look(&error),
        }
    }

    async fn undo(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let (_, id) = of(attempt)?;
        let mut tx = world.effect(attempt).await?;
        onboardings::forget(&mut tx, &world.proof, &id).await.map_err(surely_nothing)?;
        commit(tx).await?;
        Ok(Performed::Acknowledged("It is taken back.".to_owned()))
    }

    async fn observe_undone(&self, world: &World, attempt: &Attempt) -> Observation {
        let Ok((_, id)) = of(attempt) else {
            return Observation::Contrary("Its id cannot be read.".to_owned());
        };
        match onboardings::find(&mut &world.db, &world.proof, &id).await {
            Ok(_) => Observation::Absent("The onboarding is still there.".to_owned()),
            Err(StoreError::NotFound) => Observation::seen("There is no onboarding.", json!(null)),
            Err(error) => cannot_look(&error),
        }
    }
}

/// The operation, and the onboarding that has its digits: written again it is the same one.
fn of(attempt: &Attempt) -> Result<(OperationId, OnboardingId), Trouble> {
    let id = operation_of(attempt)?;
    let onboarding = OnboardingId::from_uuid(id.digits());
    Ok((id, onboarding))
}
