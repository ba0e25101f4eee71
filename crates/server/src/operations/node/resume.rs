//! `node.resume`: take workloads again after a drain.
//!
//! When it fails the node keeps the policy it had.

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
pub(crate) struct Resume;

#[async_trait]
impl Operation<World> for Resume {
    const DECLARATION: Declaration = Declaration {
        id: "node.resume",
        version: 1,
        target: "node",
        intent: Intent::Scheduling,
        title: "Resume node",
        danger: Danger::Safe,
        steps: &["Take new workloads"],
        expected: "The drain is over: new workloads are placed here again.",
        verified_by: "The policy that placement decides by is read again.",
        on_failure: "The node keeps the policy it had.",
        progress: "On the operation's page, live.",
        evidence: "Who asked, the policy before and after, and when it was seen.",
        audit: "asked to resume",
    };
    const RULES: &'static [Rule<NodeFacts>] = &[
        Rule { code: "a_drain_holds_it", holds: "A drain holds it.", check: a_drain_holds_it },
        Rule {
            code: "node_is_not_retired",
            holds: "The node is not retired.",
            check: NodeFacts::node_is_not_retired,
        },
        Rule { code: "agent_is_online", holds: "The agent reports.", check: NodeFacts::agent_is_online },
    ];
    type Facts = NodeFacts;
    type Input = ResumeInput;
    type Step = ResumeStep;

    fn usual_input() -> Option<ResumeInput> {
        Some(ResumeInput {})
    }

    async fn facts(world: &World, target: &str, _: Option<&ResumeInput>) -> Result<NodeFacts, FactsError> {
        NodeFacts::load(world, target).await.map_err(no_facts)
    }

    fn locks(target: &str, _: &NodeFacts) -> Vec<Lock> {
        vec![Lock::exclusive(NodeFacts::placement_lock(target))]
    }

    fn plan(facts: &NodeFacts, _: &ResumeInput) -> Plan<ResumeStep> {
        let (before, hold) = facts.settled_policy();
        let step = ResumeStep::PutInService { node: facts.node.id.clone(), before, hold };
        Plan::new().step(step).noticed_by("Nobody; new launches may be placed here.")
    }
}

fn a_drain_holds_it(facts: &NodeFacts) -> Result<(), Blocker> {
    facts.way_back_is(WayBack::Resume)
}

/// Nothing has to be said.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResumeInput {}

/// What it does.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum ResumeStep {
    PutInService {
        node: NodeId,
        before: NodePolicy,
        /// Who wanted that.
        #[serde(default)]
        hold: Option<PolicyHold>,
    },
}

#[async_trait]
impl Step<World> for ResumeStep {
    fn title(&self) -> String {
        "Take new workloads".to_owned()
    }

    fn observed_by(&self) -> Option<String> {
        Some("the policy that placement decides by".to_owned())
    }

    fn undo_promise(&self) -> Undo {
        let Self::PutInService { before, .. } = self;
        Undo::TakesBack(format!("The policy is set back to {}.", before.word()))
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        Duration::from_mins(1)
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::PutInService { node, .. } = self;
        policy::set(world, attempt, node, NodePolicy::InService, None).await
    }

    async fn observe(&self, world: &World, _: &Attempt) -> Observation {
        let Self::PutInService { node, .. } = self;
        policy::seen(world, node, NodePolicy::InService).await
    }

    async fn undo(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::PutInService { node, before, hold } = self;
        policy::set(world, attempt, node, *before, hold.as_ref()).await
    }

    async fn observe_undone(&self, world: &World, _: &Attempt) -> Observation {
        let Self::PutInService { node, before, .. } = self;
        policy::seen(world, node, *before).await
    }
}
