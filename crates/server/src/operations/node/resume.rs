//! `node.resume`: take workloads again after a drain.
//!
//! When it fails the node keeps the policy it had.

use super::super::world::{World, no_facts};
use super::in_service::InServiceStep;
use crate::facts::{NodeFacts, WayBack};
use async_trait::async_trait;
use operations::{Blocker, Danger, Declaration, FactsError, Intent, Lock, Operation, Plan, Rule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
    type Step = InServiceStep;

    fn usual_input() -> Option<ResumeInput> {
        Some(ResumeInput {})
    }

    async fn facts(world: &World, target: &str, _: Option<&ResumeInput>) -> Result<NodeFacts, FactsError> {
        NodeFacts::load(world, target).await.map_err(no_facts)
    }

    fn locks(target: &str, _: &NodeFacts) -> Vec<Lock> {
        vec![Lock::exclusive(NodeFacts::placement_lock(target))]
    }

    fn plan(facts: &NodeFacts, _: &ResumeInput) -> Plan<InServiceStep> {
        let (before, hold) = facts.settled_policy();
        let step = InServiceStep::PutInService { node: facts.node.id.clone(), before, hold };
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
