//! `node.enable_scheduling`: take workloads again after scheduling was disabled.
//!
//! When it fails the node stays cordoned.

use super::super::world::{World, no_facts};
use super::policy;
use crate::facts::{NodeFacts, WayBack};
use crate::store::nodes::PolicyHold;
use async_trait::async_trait;
use operations::{
    Attempt, Blocker, Danger, Declaration, FactsError, Intent, Lock, Observation, Operation, Performed, Plan,
    Repeat, Rule, Step, Trouble, Undo,
};
use read_models::ids::NodeId;
use read_models::nodes::NodePolicy;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The declaration.
pub(crate) struct EnableScheduling;

#[async_trait]
impl Operation<World> for EnableScheduling {
    const DECLARATION: Declaration = Declaration {
        id: "node.enable_scheduling",
        version: 1,
        target: "node",
        intent: Intent::Scheduling,
        title: "Enable scheduling",
        danger: Danger::Safe,
        steps: &["Take new workloads"],
        expected: "The cordon is lifted: new workloads are placed here again, beside what went on running.",
        verified_by: "The policy that placement decides by is read again.",
        on_failure: "The node stays cordoned.",
        progress: "On the operation's page, live.",
        evidence: "Who asked, the policy before and after, and when it was seen.",
        audit: "asked to enable scheduling on",
    };
    /// Its agent need not be there: only our own wish is taken back, and nothing is placed before it reports.
    const RULES: &'static [Rule<NodeFacts>] = &[
        Rule {
            code: "scheduling_is_disabled",
            holds: "Scheduling was disabled on it.",
            check: scheduling_is_disabled,
        },
        Rule {
            code: "node_is_not_retired",
            holds: "The node is not retired.",
            check: NodeFacts::node_is_not_retired,
        },
    ];
    type Facts = NodeFacts;
    type Input = EnableInput;
    type Step = EnableStep;

    fn usual_input() -> Option<EnableInput> {
        Some(EnableInput {})
    }

    async fn facts(world: &World, target: &str, _: Option<&EnableInput>) -> Result<NodeFacts, FactsError> {
        NodeFacts::load(world, target).await.map_err(no_facts)
    }

    fn locks(target: &str, _: &NodeFacts) -> Vec<Lock> {
        vec![Lock::exclusive(NodeFacts::placement_lock(target))]
    }

    fn plan(facts: &NodeFacts, _: &EnableInput) -> Plan<EnableStep> {
        let (before, hold) = facts.settled_policy();
        let step = EnableStep::LiftCordon { node: facts.node.id.clone(), before, hold };
        Plan::new().step(step).noticed_by("Nobody; new launches may be placed here.")
    }
}

fn scheduling_is_disabled(facts: &NodeFacts) -> Result<(), Blocker> {
    facts.way_back_is(WayBack::EnableScheduling)
}

/// Nothing has to be said.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnableInput {}

/// What it does.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum EnableStep {
    LiftCordon {
        node: NodeId,
        before: NodePolicy,
        /// Who wanted that.
        hold: Option<PolicyHold>,
    },
}

#[async_trait]
impl Step<World> for EnableStep {
    fn title(&self) -> String {
        "Take new workloads".to_owned()
    }

    fn observed_by(&self) -> Option<String> {
        Some("the policy that placement decides by".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        let Self::LiftCordon { before, .. } = self;
        Undo::TakesBack(format!("The policy is set back to {}.", before.word()))
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        Duration::from_mins(1)
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::LiftCordon { node, .. } = self;
        policy::set(world, attempt, node, NodePolicy::InService, None).await
    }

    async fn observe(&self, world: &World, _: &Attempt) -> Observation {
        let Self::LiftCordon { node, .. } = self;
        policy::seen(world, node, NodePolicy::InService).await
    }

    async fn undo(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::LiftCordon { node, before, hold } = self;
        policy::set(world, attempt, node, *before, hold.as_ref()).await
    }

    async fn observe_undone(&self, world: &World, _: &Attempt) -> Observation {
        let Self::LiftCordon { node, before, .. } = self;
        policy::seen(world, node, *before).await
    }
}
