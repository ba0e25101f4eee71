//! `checkpoint.publish`: the end of the audit chain is signed now, handed to agents, and can be taken by whoever keeps one.
//!
//! When it fails nothing was signed for it; the next checkpoint comes within a minute anyway.

use super::super::world::{World, cannot_look, commit, surely_nothing};
use crate::store::db::StoreError;
use crate::store::{chain, checkpoints};
use async_trait::async_trait;
use evidence::Checkpoint;
use operations::{
    Attempt, Danger, Declaration, FactsError, Intent, Lock, Observation, Operation, Performed, Plan, Repeat,
    Rule, Step, Trouble, Undo,
};
use read_models::ids::OperationId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// Numbers and signatures come in moments.
const SOON: Duration = Duration::from_millis(200);

/// The declaration.
pub(crate) struct Publish;

#[async_trait]
impl Operation<World> for Publish {
    const DECLARATION: Declaration = Declaration {
        id: "checkpoint.publish",
        version: 1,
        target: "platform",
        intent: Intent::Inspect,
        title: "Publish checkpoint",
        danger: Danger::Safe,
        steps: &["Sign the end of the chain"],
        expected: "There is a signed checkpoint that covers everything up to now. Agents that are connected are given it and refuse a chain that contradicts it; you can take it and keep it elsewhere.",
        verified_by: "The checkpoint that covers this operation's own request is read and its signature checked.",
        on_failure: "Nothing was signed for it. The next checkpoint comes by itself within a minute of the next event.",
        progress: "On the operation's page.",
        evidence: "Who had it signed, its number, its hash and the key.",
        audit: "asked for a checkpoint of the audit chain of",
    };
    const RULES: &'static [Rule<()>] = &[];
    type Facts = ();
    type Input = PublishInput;
    type Step = PublishStep;

    fn usual_input() -> Option<PublishInput> {
        Some(PublishInput {})
    }

    async fn facts(_: &World, target: &str, _: Option<&PublishInput>) -> Result<(), FactsError> {
        if target == "platform" { Ok(()) } else { Err(FactsError::NoTarget) }
    }

    fn locks(_: &str, (): &()) -> Vec<Lock> {
        Vec::new()
    }

    fn plan((): &(), _: &PublishInput) -> Plan<PublishStep> {
        Plan::new().step(PublishStep::Sign {}).noticed_by("Nobody. Agents keep the checkpoint.")
    }
}

/// Nothing has to be said.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PublishInput {}

/// What it does.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum PublishStep {
    Sign {},
}

#[async_trait]
impl Step<World> for PublishStep {
    fn title(&self) -> String {
        "Sign the end of the chain".to_owned()
    }

    fn observed_by(&self) -> Option<String> {
        Some("the checkpoint, read again and its signature checked".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        Undo::Nothing
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        Duration::from_mins(2)
    }

    /// The sequencer signs, whichever server that is: here it is asked to.
    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        if own(world, attempt).await.map_err(surely_nothing)?.is_none() {
            world.hub.wake_sequencer();
            let on = "the sequencer, which numbers what was asked for".to_owned();
            return Ok(Performed::Pending { on, look_again: SOON });
        }
        let mut tx = world.effect(attempt).await?;
        checkpoints::want_in(&mut tx, &world.proof).await.map_err(surely_nothing)?;
        commit(tx).await?;
        world.hub.wake_sequencer();
        Ok(Performed::Acknowledged("The sequencer was asked for one.".to_owned()))
    }

    async fn observe(&self, world: &World, attempt: &Attempt) -> Observation {
        let found = match own(world, attempt).await {
            Ok(Some(own)) => checkpoints::covering(&world.db, &world.proof, own).await,
            Ok(None) => Ok(None),
            Err(error) => Err(error),
        };
        match found {
            Ok(Some(signed)) => seen(world, &signed),
            Ok(None) => Observation::not_yet("It is not signed yet.", SOON),
            Err(error) => cannot_look(&error),
        }
    }

    async fn undo(&self, _: &World, _: &Attempt) -> Result<Performed, Trouble> {
        Ok(Performed::Acknowledged("There is nothing to undo.".to_owned()))
    }

    async fn observe_undone(&self, _: &World, _: &Attempt) -> Observation {
        Observation::seen("There was nothing to undo.", json!(null))
    }
}

/// The number of this operation's own request: what is asked for has to cover at least that.
async fn own(world: &World, attempt: &Attempt) -> Result<Option<i64>, StoreError> {
    let Ok(id) = OperationId::parse(&attempt.operation) else { return Ok(None) };
    Ok(chain::numbers(&world.db, &world.proof, &id, 1).await?.first().copied())
}

fn seen(world: &World, signed: &Checkpoint) -> Observation {
    if let Err(bad) = signed.check(&world.evidence) {
        return Observation::Contrary(bad.to_string());
    }
    let Checkpoint { seq, hash, at: _, key, signature: _ } = signed;
    let sentence = format!("The chain is signed up to event {seq}, with the key {key}.");
    Observation::seen(sentence, json!({ "number": seq, "hash": hash, "key": key }))
}
