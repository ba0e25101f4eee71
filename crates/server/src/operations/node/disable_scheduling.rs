//! `node.disable_scheduling`: place nothing new here; what runs goes on.
//!
//! When it fails the node stays in service.

use super::super::world::{World, no_facts};
use super::policy::{self, Why};
use crate::facts::NodeFacts;
use async_trait::async_trait;
use operations::{
    Attempt, Clearing, Danger, Declaration, FactsError, InputError, Intent, Lock, Observation, Operation,
    Performed, Plan, Repeat, Rule, Step, Trouble, Undo,
};
use read_models::ids::NodeId;
use read_models::nodes::NodePolicy;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The declaration.
pub(crate) struct DisableScheduling;

#[async_trait]
impl Operation<World> for DisableScheduling {
    const DECLARATION: Declaration = Declaration {
        id: "node.disable_scheduling",
        version: 1,
        target: "node",
        intent: Intent::Scheduling,
        title: "Disable scheduling",
        danger: Danger::Safe,
        steps: &["Take no new workloads"],
        expected: "The node is cordoned: new workloads are placed elsewhere, what runs here goes on. To stop it as well, drain the node.",
        verified_by: "The policy that placement decides by is read again.",
        on_failure: "The node stays in service.",
        progress: "On the operation's page, live.",
        evidence: "Who asked and why, the policy before and after, and when it was seen.",
        audit: "asked to disable scheduling on",
    };
    const RULES: &'static [Rule<NodeFacts>] = &[
        Rule { code: "is_in_service", holds: "It takes new workloads now.", check: NodeFacts::is_in_service },
        Rule {
            code: "node_is_not_retired",
            holds: "The node is not retired.",
            check: NodeFacts::node_is_not_retired,
        },
    ];
    type Facts = NodeFacts;
    type Input = DisableInput;
    type Step = DisableStep;

    fn usual_input() -> Option<DisableInput> {
        Some(DisableInput { reason: None })
    }

    fn check_input(input: &DisableInput) -> Result<(), Vec<InputError>> {
        input
            .reason
            .as_deref()
            .map_or(Ok(()), |reason| policy::check_line("/reason", reason).map_err(|e| vec![e]))
    }

    async fn facts(world: &World, target: &str, _: Option<&DisableInput>) -> Result<NodeFacts, FactsError> {
        NodeFacts::load(world, target).await.map_err(no_facts)
    }

    fn locks(target: &str, _: &NodeFacts) -> Vec<Lock> {
        vec![Lock::exclusive(NodeFacts::placement_lock(target))]
    }

    fn plan(facts: &NodeFacts, input: &DisableInput) -> Plan<DisableStep> {
        let step = DisableStep::Cordon { node: facts.node.id.clone(), reason: input.reason.clone() };
        Plan::new().step(step).noticed_by(match facts.workloads.len() {
            0 => "Nobody: nothing runs here.".to_owned(),
            1 => "Nobody: the workload here goes on.".to_owned(),
            more => format!("Nobody: the {more} workloads here go on."),
        })
    }
}

/// Why, for whoever finds the node cordoned.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DisableInput {
    /// Why, in a few words, for whoever finds the node cordoned; up to 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// What it does.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum DisableStep {
    /// From in service: the rules let it begin from nothing else.
    Cordon { node: NodeId, reason: Option<String> },
}

#[async_trait]
impl Step<World> for DisableStep {
    fn title(&self) -> String {
        "Take no new workloads".to_owned()
    }

    fn observed_by(&self) -> Option<String> {
        Some("the policy that placement decides by".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        Undo::TakesBack("The policy is set back to In service.".to_owned())
    }

    fn clearing(&self) -> Option<Clearing> {
        Some(Clearing::by("node.enable_scheduling"))
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        Duration::from_mins(1)
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::Cordon { node, reason } = self;
        let why = Why { reason: reason.clone(), ..Why::default() };
        policy::hold(world, attempt, node, NodePolicy::Cordoned, why).await
    }

    async fn observe(&self, world: &World, _: &Attempt) -> Observation {
        let Self::Cordon { node, .. } = self;
        policy::seen(world, node, NodePolicy::Cordoned).await
    }

    async fn undo(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::Cordon { node, .. } = self;
        policy::set(world, attempt, node, NodePolicy::InService, None).await
    }

    async fn observe_undone(&self, world: &World, _: &Attempt) -> Observation {
        let Self::Cordon { node, .. } = self;
        policy::seen(world, node, NodePolicy::InService).await
    }
}
