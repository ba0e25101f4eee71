//! `node.probe`: ask the agent whether it is there and what its node holds and uses, and see a heartbeat that is newer than
//! the question. What the machine is made of is asked anew by `node.refresh_inventory`.
//!
//! When it fails nothing has changed; the node page says since when the agent is silent.

use super::super::asking::ask;
use super::super::world::{World, cannot_look, no_facts};
use crate::facts::NodeFacts;
use crate::store::nodes;
use async_trait::async_trait;
use node_protocol::CommandBody;
use operations::{
    Attempt, Danger, Declaration, FactsError, Intent, Lock, Observation, Operation, Performed, Plan, Repeat,
    Rule, Step, Trouble, Undo,
};
use read_models::ids::NodeId;
use read_models::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// The declaration.
pub(crate) struct Probe;

#[async_trait]
impl Operation<World> for Probe {
    const DECLARATION: Declaration = Declaration {
        id: "node.probe",
        version: 1,
        target: "node",
        intent: Intent::Inspect,
        title: "Probe node",
        danger: Danger::Safe,
        steps: &["Ask the agent to look now"],
        expected: "It is known whether the agent answers; slots, workloads and usage are as of now.",
        verified_by: "A heartbeat arrives that is newer than the question.",
        on_failure: "Nothing has changed. The page keeps saying since when the agent is silent.",
        progress: "On the operation's page, live.",
        evidence: "The question, the agent's answer, and the heartbeat that followed.",
        audit: "asked to probe",
    };
    const RULES: &'static [Rule<NodeFacts>] =
        &[Rule { code: "agent_is_online", holds: "The agent reports.", check: NodeFacts::agent_is_online }];
    const NEVER_HELD_BACK: Option<&'static str> = Some("It only looks.");
    type Facts = NodeFacts;
    type Input = ProbeInput;
    type Step = ProbeStep;

    fn usual_input() -> Option<ProbeInput> {
        Some(ProbeInput {})
    }

    async fn facts(world: &World, target: &str, _: Option<&ProbeInput>) -> Result<NodeFacts, FactsError> {
        NodeFacts::load(world, target).await.map_err(no_facts)
    }

    /// Looking locks nothing.
    fn locks(_: &str, _: &NodeFacts) -> Vec<Lock> {
        Vec::new()
    }

    fn plan(facts: &NodeFacts, _: &ProbeInput) -> Plan<ProbeStep> {
        Plan::new().step(ProbeStep::Look { node: facts.node.id.clone() }).noticed_by("Nobody.")
    }
}

/// Nothing has to be said.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProbeInput {}

/// What it does.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum ProbeStep {
    Look { node: NodeId },
}

#[async_trait]
impl Step<World> for ProbeStep {
    fn title(&self) -> String {
        "Ask the agent to look now".to_owned()
    }

    fn observed_by(&self) -> Option<String> {
        Some("a heartbeat newer than the question".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        Undo::Nothing
    }

    fn repeat(&self) -> Repeat {
        Repeat::Pure
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::Look { node } = self;
        ask(world, attempt, "probe", node, CommandBody::Probe).await
    }

    async fn observe(&self, world: &World, attempt: &Attempt) -> Observation {
        let Self::Look { node } = self;
        let asked_at = Timestamp::from_micros(attempt.begun_at);
        match nodes::find(&mut &world.db, &world.proof, node).await {
            Err(error) => cannot_look(&error),
            Ok(found) => match found.last_heartbeat_at.filter(|at| *at > asked_at) {
                Some(at) => {
                    let sentence =
                        format!("A heartbeat arrived at {}, after the question.", at.time_of_day());
                    Observation::seen(sentence, json!({ "heartbeat_at": at, "heartbeat": found.heartbeat }))
                }
                None => Observation::not_yet("The next heartbeat has not arrived.", Duration::from_secs(1)),
            },
        }
    }

    async fn undo(&self, _: &World, _: &Attempt) -> Result<Performed, Trouble> {
        Ok(Performed::Acknowledged("There is nothing to undo.".to_owned()))
    }

    async fn observe_undone(&self, _: &World, _: &Attempt) -> Observation {
        Observation::seen("There was nothing to undo.", json!(null))
    }
}
