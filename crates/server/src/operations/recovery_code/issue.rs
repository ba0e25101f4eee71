//! `recovery_code.issue`: ten new codes for the day the second factor is lost. Those from before let nobody in.
//!
//! When it fails the codes from before stay good.

use super::super::world::{World, cannot_look, commit, no_facts, operation_of, surely_nothing};
use crate::authn::recovery;
use crate::facts::PersonFacts;
use crate::store::recovery_codes;
use async_trait::async_trait;
use operations::{
    Attempt, Blocker, Clearing, Danger, Declaration, FactsError, Intent, Lock, Observation, Operation,
    Performed, Plan, Repeat, Rule, Step, Trouble, Undo,
};
use read_models::ids::UserId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// The declaration.
pub(crate) struct Issue;

#[async_trait]
impl Operation<World> for Issue {
    const DECLARATION: Declaration = Declaration {
        id: "recovery_code.issue",
        version: 1,
        target: "user",
        intent: Intent::Recover,
        title: "Issue recovery codes",
        danger: Danger::Disruptive,
        steps: &["Put ten new recovery codes in the place of all from before"],
        expected: "There are ten recovery codes. They are shown on the security page for ten minutes, or until one of them is used, and never again.",
        verified_by: "The codes' digests are read again.",
        on_failure: "The codes from before stay good.",
        progress: "On the security page.",
        evidence: "Who issued them, and when. Never a code.",
        audit: "asked for recovery codes for",
    };
    const RULES: &'static [Rule<PersonFacts>] = &[Rule {
        code: "has_second_factor",
        holds: "You have a second factor that can be lost.",
        check: has_one,
    }];
    const LETS_IN: bool = true;
    const NEVER_HELD_BACK: Option<&'static str> = Some("It protects people.");
    type Facts = PersonFacts;
    type Input = IssueInput;
    type Step = IssueStep;

    fn usual_input() -> Option<IssueInput> {
        Some(IssueInput {})
    }

    async fn facts(world: &World, target: &str, _: Option<&IssueInput>) -> Result<PersonFacts, FactsError> {
        PersonFacts::load(world, target).await.map_err(no_facts)
    }

    fn locks(target: &str, _: &PersonFacts) -> Vec<Lock> {
        vec![Lock::exclusive(PersonFacts::lock(target, "second-factor"))]
    }

    fn plan(facts: &PersonFacts, _: &IssueInput) -> Plan<IssueStep> {
        let user = facts.account.id.clone();
        let left = facts.recovery_codes.iter().filter(|code| code.used_at.is_none()).count();
        let noticed = match left {
            0 => "Nobody: no code from before is good any more.".to_owned(),
            1 => "Whoever has the list from before: the code that is left on it lets nobody in.".to_owned(),
            more => format!(
                "Whoever has the list from before: the {more} codes that are left on it let nobody in."
            ),
        };
        Plan::new().step(IssueStep::Replace { user }).noticed_by(noticed)
    }
}

fn has_one(facts: &PersonFacts) -> Result<(), Blocker> {
    if facts.has_second_factor() {
        return Ok(());
    }
    let sentence = "You have no second factor: the password alone lets you in, and no code is needed.";
    Err(Blocker::new(sentence).unblocked_by("totp.add"))
}

/// Nothing has to be said.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IssueInput {}

/// What it does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum IssueStep {
    Replace { user: UserId },
}

#[async_trait]
impl Step<World> for IssueStep {
    fn title(&self) -> String {
        "Put ten new recovery codes in the place of all from before".to_owned()
    }

    fn observed_by(&self) -> Option<String> {
        Some("the codes' digests, read again".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        Undo::Cannot("The codes from before are forgotten: issue them again.".to_owned())
    }

    fn clearing(&self) -> Option<Clearing> {
        Some(Clearing::by("recovery_code.issue"))
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::Replace { user } = self;
        let by = operation_of(attempt)?;
        let mut tx = world.effect(attempt).await?;
        let codes = recovery_codes::of(&mut tx, &world.proof, user).await.map_err(surely_nothing)?;
        // One of them may be used by now: writing them again would make it good again.
        if codes.iter().any(|code| code.issued_by == by) {
            return Ok(Performed::Acknowledged("They are issued already.".to_owned()));
        }
        let hashes: Vec<_> = recovery::derived(&world.sealing, &by).iter().map(recovery::hash).collect();
        let replaced =
            recovery_codes::replace(&mut tx, &world.proof, user, &hashes, (&by, world.now())).await;
        replaced.map_err(surely_nothing)?;
        commit(tx).await?;
        Ok(Performed::Acknowledged("They are issued.".to_owned()))
    }

    async fn observe(&self, world: &World, attempt: &Attempt) -> Observation {
        let (Self::Replace { user }, Ok(by)) = (self, operation_of(attempt)) else {
            return Observation::Contrary("Its id cannot be read.".to_owned());
        };
        match recovery_codes::of(&mut &world.db, &world.proof, user).await {
            Ok(codes) if codes.len() == recovery::CODES && codes.iter().all(|code| code.issued_by == by) => {
                Observation::seen("There are ten new codes, and none from before.", json!({ "user": user }))
            }
            Ok(_) => Observation::Absent("The codes are those from before.".to_owned()),
            Err(error) => cannot_look(&error),
        }
    }

    async fn undo(&self, _: &World, _: &Attempt) -> Result<Performed, Trouble> {
        Err(Trouble::Refused("The codes from before are forgotten.".to_owned()))
    }

    async fn observe_undone(&self, _: &World, _: &Attempt) -> Observation {
        Observation::Contrary("The codes from before are forgotten.".to_owned())
    }
}
