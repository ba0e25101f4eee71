//! `node.refresh_inventory`: have the agent forget what it knows of its machine and find it out anew.
//!
//! For a machine that was changed, or an inventory that looks wrong; whether the agent is there at all is what
//! `node.probe` asks. When it fails nothing has changed.

use super::super::world::{World, no_facts};
use super::inventory;
use crate::facts::NodeFacts;
use async_trait::async_trait;
use operations::{
    Attempt, Danger, Declaration, FactsError, Intent, Lock, Observation, Operation, Performed, Plan, Repeat,
    Rule, Step, Trouble, Undo,
};
use read_models::ids::NodeId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// The declaration.
pub(crate) struct RefreshInventory;

#[async_trait]
impl Operation<World> for RefreshInventory {
    const DECLARATION: Declaration = Declaration {
        id: "node.refresh_inventory",
        version: 1,
        target: "node",
        intent: Intent::Repair,
        title: "Refresh inventory",
        danger: Danger::Safe,
        steps: &["Take the inventory anew"],
        expected: "The whole inventory is found out anew: processor, memory, accelerators, system and addresses. A probe only asks whether the agent answers and what runs.",
        verified_by: "A heartbeat brings an inventory that was taken after the question.",
        on_failure: "Nothing has changed. The page keeps saying when the inventory was taken.",
        progress: "On the operation's page, live.",
        evidence: "The question, the agent's answer, and the inventory that followed.",
        audit: "asked to refresh the inventory of",
    };
    const RULES: &'static [Rule<NodeFacts>] =
        &[Rule { code: "agent_is_online", holds: "The agent reports.", check: NodeFacts::agent_is_online }];
    const NEVER_HELD_BACK: Option<&'static str> = Some("It only looks.");
    type Facts = NodeFacts;
    type Input = RefreshInput;
    type Step = RefreshStep;

    fn usual_input() -> Option<RefreshInput> {
        Some(RefreshInput {})
    }

    async fn facts(world: &World, target: &str, _: Option<&RefreshInput>) -> Result<NodeFacts, FactsError> {
        NodeFacts::load(world, target).await.map_err(no_facts)
    }

    /// Several may ask at once; whoever replaces the agent may not meanwhile.
    fn locks(target: &str, _: &NodeFacts) -> Vec<Lock> {
        vec![Lock::shared(NodeFacts::agent_lock(target))]
    }

    fn plan(facts: &NodeFacts, _: &RefreshInput) -> Plan<RefreshStep> {
        Plan::new().step(RefreshStep::TakeInventory { node: facts.node.id.clone() }).noticed_by("Nobody.")
    }
}

/// Nothing has to be said.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefreshInput {}

/// What it does.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum RefreshStep {
    TakeInventory { node: NodeId },
}

#[async_trait]
impl Step<World> for RefreshStep {
    fn title(&self) -> String {
        "Take the inventory anew".to_owned()
    }

    fn observed_by(&self) -> Option<String> {
        Some("a heartbeat with an inventory taken after the question".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        Undo::Nothing
    }

    fn repeat(&self) -> Repeat {
        Repeat::Pure
    }

    fn deadline(&self) -> Duration {
        inventory::PATIENCE
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::TakeInventory { node } = self;
        inventory::ask_anew(world, attempt, node).await
    }

    async fn observe(&self, world: &World, attempt: &Attempt) -> Observation {
        let Self::TakeInventory { node } = self;
        inventory::seen_anew(world, attempt, node).await
    }

    async fn undo(&self, _: &World, _: &Attempt) -> Result<Performed, Trouble> {
        Ok(Performed::Acknowledged("There is nothing to undo.".to_owned()))
    }

    async fn observe_undone(&self, _: &World, _: &Attempt) -> Observation {
        Observation::seen("There was nothing to undo.", json!(null))
    }
}
