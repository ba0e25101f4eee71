//! `workload.acknowledge`: it ended badly, somebody knows, and nobody else need look until then, or until it changes.
//!
//! When it fails it needs action as before.

use super::super::leaving_alone::check_reason;
use super::super::world::{World, cannot_look, commit, no_facts, surely_nothing};
use super::telling::tell;
use crate::facts::WorkloadFacts;
use crate::projections::workload_state::ACTIONABLE;
use crate::store::workloads::{self, Acknowledged};
use async_trait::async_trait;
use operations::{
    Attempt, Blocker, Clearing, Danger, Declaration, FactsError, InputError, Intent, Lock, Observation,
    Operation, Performed, Plan, Repeat, Rule, Step, Trouble, Undo,
};
use read_models::ids::WorkloadId;
use read_models::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// A month: longer than that is `workload.archive`.
const MOST_HOURS: u32 = 720;

/// The declaration.
pub(crate) struct Acknowledge;

#[async_trait]
impl Operation<World> for Acknowledge {
    const DECLARATION: Declaration = Declaration {
        id: "workload.acknowledge",
        version: 1,
        target: "workload",
        intent: Intent::Recover,
        title: "Acknowledge workload",
        danger: Danger::Safe,
        steps: &["Leave it alone for a while"],
        expected: "It leaves Needs action until the time you say, or until it changes; then it comes back.",
        verified_by: "What is written down about it is read again.",
        on_failure: "It needs action as before.",
        progress: "On the operation's page, live.",
        evidence: "Who took note of it, why, and until when.",
        audit: "asked to acknowledge",
    };
    const RULES: &'static [Rule<WorkloadFacts>] = &[
        Rule { code: "needs_action", holds: "It ended badly and needs action.", check: needs_action },
        Rule { code: "launch_is_over", holds: "Its launch is over.", check: WorkloadFacts::launch_is_over },
    ];
    type Facts = WorkloadFacts;
    type Input = AcknowledgeInput;
    type Step = AcknowledgeStep;

    fn usual_input() -> Option<AcknowledgeInput> {
        Some(AcknowledgeInput { reason: String::new(), hours: usual_hours() })
    }

    fn check_input(input: &AcknowledgeInput) -> Result<(), Vec<InputError>> {
        let mut errors = Vec::new();
        check_reason(&input.reason, &mut errors);
        if !(1..=MOST_HOURS).contains(&input.hours) {
            let sentence = format!("Leave it alone for 1 to {MOST_HOURS} hours; archive it to forget it.");
            errors.push(InputError::at("/hours", sentence));
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    async fn facts(
        world: &World,
        target: &str,
        _: Option<&AcknowledgeInput>,
    ) -> Result<WorkloadFacts, FactsError> {
        WorkloadFacts::load(world, target).await.map_err(no_facts)
    }

    fn locks(target: &str, _: &WorkloadFacts) -> Vec<Lock> {
        vec![Lock::exclusive(WorkloadFacts::lock(target))]
    }

    fn plan(facts: &WorkloadFacts, input: &AcknowledgeInput) -> Plan<AcknowledgeStep> {
        let step = AcknowledgeStep::LeaveAlone {
            workload: facts.workload.id.clone(),
            reason: input.reason.trim().to_owned(),
            hours: input.hours,
            before: facts.workload.actionable_until,
        };
        Plan::new().step(step).noticed_by("Whoever looks after the project: it does not ask for them now.")
    }
}

fn needs_action(facts: &WorkloadFacts) -> Result<(), Blocker> {
    let standing = facts.standing();
    if standing.needs_action {
        return Ok(());
    }
    if standing.acknowledged_until.is_some() {
        return Err(Blocker::new("Somebody has acknowledged it already; it comes back when that expires."));
    }
    Err(Blocker::new("It does not need action now."))
}

/// Why it can be left alone, and for how long.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AcknowledgeInput {
    /// Why it can be left alone, for whoever reads it next.
    reason: String,
    /// Hours until it comes back, 1 to 720.
    #[serde(default = "usual_hours")]
    hours: u32,
}

fn usual_hours() -> u32 {
    24
}

/// What it does.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum AcknowledgeStep {
    LeaveAlone { workload: WorkloadId, reason: String, hours: u32, before: Option<Timestamp> },
}

#[async_trait]
impl Step<World> for AcknowledgeStep {
    fn title(&self) -> String {
        let Self::LeaveAlone { hours, .. } = self;
        format!("Leave it alone for {hours} h")
    }

    fn observed_by(&self) -> Option<String> {
        Some("what is written down about it, read again".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        Undo::TakesBack("It needs action again.".to_owned())
    }

    fn clearing(&self) -> Option<Clearing> {
        Some(Clearing::by_hand(
            "No operation ends it early: it needs action again by itself when the time is over that was asked for.",
        ))
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        Duration::from_mins(1)
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::LeaveAlone { workload: id, reason, hours, before } = self;
        let said = self.said(attempt);
        // It has to be there to come back: for as long after that as a fresh failure would be.
        let actionable_until = before.unwrap_or(said.until).max(said.until.plus(ACTIONABLE));
        let mut tx = world.effect(attempt).await?;
        let workload = workloads::find_system(&mut tx, &world.proof, id).await.map_err(surely_nothing)?;
        if workload.acknowledged.as_ref() == Some(&said) {
            return Ok(Performed::Acknowledged("It is written down already.".to_owned()));
        }
        let kept = workloads::acknowledge(&mut tx, &world.proof, id, &said, actionable_until).await;
        if !kept.map_err(surely_nothing)? {
            return Err(Trouble::Refused(
                "It has changed meanwhile: nothing is left to acknowledge.".to_owned(),
            ));
        }
        let sentence = format!("{} is left alone for {hours} h: {reason}", workload.name);
        let body = json!({ "acknowledged_until": said.until, "reason": reason });
        tell(world, &mut tx, attempt, &workload, (sentence, body)).await.map_err(surely_nothing)?;
        commit(tx).await?;
        Ok(Performed::Acknowledged("It is written down.".to_owned()))
    }

    async fn observe(&self, world: &World, attempt: &Attempt) -> Observation {
        let Self::LeaveAlone { workload, .. } = self;
        match workloads::find_system(&mut &world.db, &world.proof, workload).await {
            Err(error) => cannot_look(&error),
            Ok(found) if found.acknowledged.as_ref() == Some(&self.said(attempt)) => {
                let evidence = json!({ "until": self.said(attempt).until, "state": found.state });
                Observation::seen("It is left alone, and comes back when that expires.", evidence)
            }
            Ok(_) => Observation::Absent("It is not acknowledged yet.".to_owned()),
        }
    }

    async fn undo(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::LeaveAlone { workload, before, .. } = self;
        let mut tx = world.effect(attempt).await?;
        workloads::no_longer_acknowledge(&mut tx, &world.proof, workload, *before)
            .await
            .map_err(surely_nothing)?;
        commit(tx).await?;
        Ok(Performed::Acknowledged("It is taken back.".to_owned()))
    }

    async fn observe_undone(&self, world: &World, _: &Attempt) -> Observation {
        let Self::LeaveAlone { workload, .. } = self;
        match workloads::find_system(&mut &world.db, &world.proof, workload).await {
            Err(error) => cannot_look(&error),
            Ok(found) if found.acknowledged.is_none() => {
                Observation::seen("Nobody has acknowledged it.", json!(found.state))
            }
            Ok(_) => Observation::Absent("It is still acknowledged.".to_owned()),
        }
    }
}

impl AcknowledgeStep {
    /// The same for every repetition of a try.
    fn said(&self, attempt: &Attempt) -> Acknowledged {
        let Self::LeaveAlone { reason, hours, .. } = self;
        let at = Timestamp::from_micros(attempt.begun_at);
        let until = at.plus(Duration::from_hours(u64::from(*hours)));
        Acknowledged { at, until, reason: reason.clone() }
    }
}
