//! `session.end`: sign a browser out from afar, or all but one.
//!
//! When it fails the sessions that are not ended yet stay open.

use super::super::world::{World, cannot_look, commit, no_facts, surely_nothing};
use crate::facts::{Asked, PersonFacts};
use crate::projections::device;
use crate::store::sessions::{self, OpenSession};
use async_trait::async_trait;
use operations::{
    Attempt, Blocker, Clearing, Danger, Declaration, FactsError, InputError, Intent, Lock, Observation,
    Operation, Performed, Plan, Repeat, Rule, Step, Trouble, Undo,
};
use read_models::ids::{SessionId, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// The declaration.
pub(crate) struct End;

type Facts = Asked<Which>;

#[async_trait]
impl Operation<World> for End {
    const DECLARATION: Declaration = Declaration {
        id: "session.end",
        version: 1,
        target: "user",
        intent: Intent::Retirement,
        title: "End session",
        danger: Danger::Disruptive,
        steps: &["End each session that was named"],
        expected: "Whoever uses these sessions has to sign in again.",
        verified_by: "Each session is looked for again, as a request would.",
        on_failure: "Sessions that are not ended yet stay open.",
        progress: "On the operation's page, live.",
        evidence: "Who asked, from which session, and which sessions ended.",
        audit: "asked to end sessions of",
    };
    const RULES: &'static [Rule<Facts>] = &[
        Rule { code: "is_open", holds: "There is an open session to end.", check: is_open },
        Rule { code: "stays_open", holds: "The session that stays is open.", check: stays_open },
    ];
    const NEVER_HELD_BACK: Option<&'static str> = Some("It protects people.");
    type Facts = Facts;
    type Input = EndInput;
    type Step = EndStep;

    fn check_input(input: &EndInput) -> Result<(), Vec<InputError>> {
        match (&input.session, &input.all_but) {
            (Some(_), None) | (None, Some(_)) => Ok(()),
            (None, None) | (Some(_), Some(_)) => {
                let sentence = "Name the session to end, or the one that stays open.";
                Err(vec![InputError::at("/session", sentence)])
            }
        }
    }

    fn usual_input() -> Option<EndInput> {
        None
    }

    async fn facts(world: &World, target: &str, input: Option<&EndInput>) -> Result<Facts, FactsError> {
        let person = PersonFacts::load(world, target).await.map_err(no_facts)?;
        Ok(person.about(input.and_then(EndInput::which)))
    }

    fn locks(target: &str, _: &Facts) -> Vec<Lock> {
        vec![Lock::exclusive(PersonFacts::lock(target, "sessions"))]
    }

    fn plan(facts: &Facts, _: &EndInput) -> Plan<EndStep> {
        let user = &facts.person.account.id;
        let step = |session: &&OpenSession| EndStep::End {
            user: user.clone(),
            session: session.id.clone(),
            device: device::words(&session.device),
        };
        Plan::new()
            .each(&ending(facts), step)
            .noticed_by("Whoever uses these sessions: their next click asks to sign in.")
    }
}

/// The sessions that would end.
fn ending(facts: &Facts) -> Vec<&OpenSession> {
    let open = facts.person.sessions.iter();
    match &facts.about {
        None => Vec::new(),
        Some(Which::One(id)) => open.filter(|session| session.id == *id).collect(),
        Some(Which::AllBut(id)) => open.filter(|session| session.id != *id).collect(),
    }
}

fn is_open(facts: &Facts) -> Result<(), Blocker> {
    let sentence = match &facts.about {
        None if facts.person.sessions.is_empty() => "You have no session open.",
        None => return Ok(()),
        Some(_) if !ending(facts).is_empty() => return Ok(()),
        Some(Which::One(_)) => "You have no such session open: it is over already.",
        Some(Which::AllBut(_)) => "No other session is open.",
    };
    Err(Blocker::new(sentence))
}

/// The one who asked might be locked out by a session id that went on under another key.
fn stays_open(facts: &Facts) -> Result<(), Blocker> {
    match &facts.about {
        Some(Which::AllBut(id)) if !facts.person.sessions.iter().any(|session| session.id == *id) => {
            Err(Blocker::new("The session that should stay is over: load the sessions page again."))
        }
        None | Some(Which::One(_) | Which::AllBut(_)) => Ok(()),
    }
}

/// Which sessions are meant.
#[derive(Debug, Clone)]
pub(crate) enum Which {
    One(SessionId),
    AllBut(SessionId),
}

/// One session, or all but one.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndInput {
    /// The session to end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    session: Option<SessionId>,
    /// The session that stays while all others end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    all_but: Option<SessionId>,
}

impl EndInput {
    fn which(&self) -> Option<Which> {
        let one = self.session.clone().map(Which::One);
        one.or_else(|| self.all_but.clone().map(Which::AllBut))
    }
}

/// What it does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum EndStep {
    End { user: UserId, session: SessionId, device: String },
}

#[async_trait]
impl Step<World> for EndStep {
    fn title(&self) -> String {
        let Self::End { device, .. } = self;
        format!("End the session of {device}")
    }

    fn observed_by(&self) -> Option<String> {
        Some("the session, looked for as a request would".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        let Self::End { device, .. } = self;
        Undo::Cannot(format!(
            "The session of {device} has ended and does not come back: sign in there again."
        ))
    }

    fn clearing(&self) -> Option<Clearing> {
        Some(Clearing::by_hand("No operation brings a session back: sign in again on that device."))
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::End { user, session, .. } = self;
        let mut tx = world.effect(attempt).await?;
        sessions::end_one(&mut tx, &world.proof, user, session).await.map_err(surely_nothing)?;
        commit(tx).await?;
        Ok(Performed::Acknowledged("It is ended.".to_owned()))
    }

    async fn observe(&self, world: &World, _: &Attempt) -> Observation {
        let Self::End { session, .. } = self;
        match sessions::is_open(&mut &world.db, &world.proof, session, world.now()).await {
            Ok(false) => {
                Observation::seen("The session lets nobody in any more.", json!({ "session": session }))
            }
            Ok(true) => Observation::Absent("The session is still open.".to_owned()),
            Err(error) => cannot_look(&error),
        }
    }

    async fn undo(&self, _: &World, _: &Attempt) -> Result<Performed, Trouble> {
        Err(Trouble::Refused("A session that has ended does not come back.".to_owned()))
    }

    async fn observe_undone(&self, _: &World, _: &Attempt) -> Observation {
        Observation::Contrary("A session that has ended does not come back.".to_owned())
    }
}
