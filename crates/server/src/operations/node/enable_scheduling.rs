//! `node.enable_scheduling`: take workloads again after scheduling was disabled.
//!
//! When it fails the node stays cordoned.

use super::super::world::{World, no_facts};
use super::in_service::InServiceStep;
use crate::facts::{NodeFacts, WayBack};
use async_trait::async_trait;
use operations::{Blocker, Danger, Declaration, FactsError, Intent, Lock, Operation, Plan, Rule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
    type Step = InServiceStep;

    fn usual_input() -> Option<EnableInput> {
        Some(EnableInput {})
    }

    async fn facts(world: &World, target: &str, _: Option<&EnableInput>) -> Result<NodeFacts, FactsError> {
        NodeFacts::load(world, target).await.map_err(no_facts)
    }

    fn locks(target: &str, _: &NodeFacts) -> Vec<Lock> {
        vec![Lock::exclusive(NodeFacts::placement_lock(target))]
    }

    fn plan(facts: &NodeFacts, _: &EnableInput) -> Plan<InServiceStep> {
        let (before, hold) = facts.settled_policy();
        let step = InServiceStep::PutInService { node: facts.node.id.clone(), before, hold };
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
