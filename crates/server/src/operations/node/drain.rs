//! `node.drain`: stop placements, stop what runs, confirm that every slot is free.
//!
//! When a workload does not stop, the node stays cordoned and an operator chooses: wait, evict, or undo.

use super::super::asking::ask;
use super::super::stopping::{
    ask_no_more, has_ended, node_protocol_id, not_gone_yet, seen_asked_no_more, seen_ended, signal,
};
use super::super::world::{World, cannot_look, commit, no_facts, perhaps_asked, surely_nothing};
use super::policy::{self, Why};
use super::slots::{self, LOOK_AGAIN};
use crate::facts::NodeFacts;
use crate::store::nodes::PolicyHold;
use crate::store::workloads;
use async_trait::async_trait;
use node_protocol::{CommandBody, StopSignal};
use operations::{
    AtDeadline, Attempt, Choice, Clearing, Danger, Declaration, Effect, FactsError, InputError, Intent, Lock,
    Observation, Operation, Performed, Plan, Repeat, Rule, Step, Trouble, Undo,
};
use read_models::ids::{NodeId, WorkloadId};
use read_models::nodes::NodePolicy;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// The declaration.
pub(crate) struct Drain;

#[async_trait]
impl Operation<World> for Drain {
    const DECLARATION: Declaration = Declaration {
        id: "node.drain",
        version: 1,
        target: "node",
        intent: Intent::Scheduling,
        title: "Drain node",
        danger: Danger::Disruptive,
        steps: &[
            "Stop new placements",
            "Ask each workload to stop",
            "Confirm that every slot is free",
            "Keep the node cordoned",
        ],
        expected: "No workload runs here; new ones are placed elsewhere. The node stays cordoned until it is resumed.",
        verified_by: "The agent's next inventory shows every slot free.",
        on_failure: "The node stays cordoned. You choose: wait longer, evict, or undo.",
        progress: "On the operation's page, live.",
        evidence: "Each stop as asked and as seen in the agent's reports, and the empty inventory.",
        audit: "asked to drain",
    };
    const RULES: &'static [Rule<NodeFacts>] = &[
        Rule { code: "agent_is_online", holds: "The agent reports.", check: NodeFacts::agent_is_online },
        Rule {
            code: "node_is_not_retired",
            holds: "The node is not retired.",
            check: NodeFacts::node_is_not_retired,
        },
        Rule {
            code: "is_not_in_maintenance",
            holds: "It is not in maintenance.",
            check: NodeFacts::is_not_in_maintenance,
        },
    ];
    type Facts = NodeFacts;
    type Input = DrainInput;
    type Step = DrainStep;

    fn usual_input() -> Option<DrainInput> {
        Some(DrainInput { grace_s: usual_grace() })
    }

    fn check_input(input: &DrainInput) -> Result<(), Vec<InputError>> {
        if (1..=3600).contains(&input.grace_s) {
            return Ok(());
        }
        Err(vec![InputError::at("/grace_s", "Give each workload 1 to 3600 seconds to stop.")])
    }

    async fn facts(world: &World, target: &str, _: Option<&DrainInput>) -> Result<NodeFacts, FactsError> {
        NodeFacts::load(world, target).await.map_err(no_facts)
    }

    fn locks(target: &str, _: &NodeFacts) -> Vec<Lock> {
        vec![Lock::exclusive(NodeFacts::placement_lock(target))]
    }

    fn plan(facts: &NodeFacts, input: &DrainInput) -> Plan<DrainStep> {
        let node = &facts.node.id;
        let (before, hold) = facts.settled_policy();
        let mut plan = Plan::new().step(DrainStep::Cordon { node: node.clone(), before, hold });
        for workload in facts.workloads.iter().filter(|workload| !has_ended(workload)) {
            plan = plan
                .step(DrainStep::StopWorkload {
                    workload: workload.id.clone(),
                    name: workload.name.clone(),
                    grace_s: input.grace_s,
                })
                .noticed_by(format!("{} of {} is asked to stop.", workload.name, workload.project_name));
        }
        for workload in facts.workloads.iter().filter(|workload| workload.keeps_slot && has_ended(workload)) {
            let (name, project) = (&workload.name, &workload.project_name);
            plan = plan
                .noticed_by(format!("{name} of {project} is stopped: its slot and its files here are gone."));
        }
        if facts.workloads.iter().all(|workload| has_ended(workload) && !workload.keeps_slot) {
            plan = plan.noticed_by("Nobody: nothing runs here.");
        }
        plan.step(DrainStep::SlotsFree { node: node.clone() })
            .step(DrainStep::KeepCordoned { node: node.clone() })
    }
}

/// How long each workload may take to stop.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DrainInput {
    /// Seconds each workload may take to stop after it was asked, 1 to 3600.
    #[serde(default = "usual_grace")]
    grace_s: u32,
}

fn usual_grace() -> u32 {
    30
}

/// What it does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum DrainStep {
    Cordon {
        node: NodeId,
        before: NodePolicy,
        /// Who wanted that.
        #[serde(default)]
        hold: Option<PolicyHold>,
    },
    StopWorkload {
        workload: WorkloadId,
        name: String,
        grace_s: u32,
    },
    /// Put in front when an operator chooses to evict.
    Evict {
        workload: WorkloadId,
        name: String,
    },
    SlotsFree {
        node: NodeId,
    },
    KeepCordoned {
        node: NodeId,
    },
}

#[async_trait]
impl Step<World> for DrainStep {
    fn title(&self) -> String {
        match self {
            Self::Cordon { .. } => "Stop new placements".to_owned(),
            Self::StopWorkload { name, .. } => format!("Ask {name} to stop"),
            Self::Evict { name, .. } => format!("Evict {name}"),
            Self::SlotsFree { .. } => "Confirm that every slot is free".to_owned(),
            Self::KeepCordoned { .. } => "Keep the node cordoned".to_owned(),
        }
    }

    fn observed_by(&self) -> Option<String> {
        Some(match self {
            Self::Cordon { .. } | Self::KeepCordoned { .. } => {
                "the policy that placement decides by".to_owned()
            }
            Self::StopWorkload { .. } | Self::Evict { .. } => {
                "the agent's report that its process ended".to_owned()
            }
            Self::SlotsFree { .. } => "the agent's next inventory".to_owned(),
        })
    }

    fn undo_promise(&self) -> Undo {
        match self {
            Self::Cordon { before, .. } => {
                Undo::TakesBack(format!("The policy is set back to {}.", before.word()))
            }
            Self::StopWorkload { name, .. } => Undo::TakesBack(format!(
                "{name} is no longer asked to stop; if it has stopped by then it stays stopped."
            )),
            Self::Evict { name, .. } => Undo::Cannot(format!("{name} was evicted and stays stopped.")),
            Self::SlotsFree { .. } => Undo::TakesBack(
                "Whoever came late and was asked to stop is no longer asked; what has stopped stays stopped."
                    .to_owned(),
            ),
            Self::KeepCordoned { .. } => Undo::Nothing,
        }
    }

    fn clearing(&self) -> Option<Clearing> {
        match self {
            Self::Cordon { .. } => Some(Clearing::by("node.resume")),
            Self::StopWorkload { workload, .. } => {
                Some(Clearing::on("workload.stop", "workload", workload.as_str()))
            }
            Self::Evict { workload, .. } => {
                Some(Clearing::on("workload.start", "workload", workload.as_str()))
            }
            Self::SlotsFree { .. } => Some(Clearing::by_hand(
                "No operation does it for all of them: stop each workload that is still asked to end on its own page.",
            )),
            Self::KeepCordoned { .. } => None,
        }
    }

    fn repeat(&self) -> Repeat {
        Repeat::Idempotent
    }

    fn deadline(&self) -> Duration {
        match self {
            Self::Cordon { .. } | Self::KeepCordoned { .. } | Self::Evict { .. } => Duration::from_mins(1),
            Self::StopWorkload { grace_s, .. } => Duration::from_secs(u64::from(*grace_s)),
            Self::SlotsFree { .. } => Duration::from_mins(2),
        }
    }

    fn at_deadline(&self) -> AtDeadline<Self> {
        match self {
            Self::Cordon { .. } | Self::KeepCordoned { .. } => AtDeadline::Fail,
            Self::StopWorkload { workload, name, grace_s } => AtDeadline::Ask {
                sentence: format!(
                    "{name} did not stop within {grace_s} s of being asked. The node stays cordoned."
                ),
                choices: vec![
                    wait(*grace_s, format!("Looks on for another {grace_s} s.")),
                    Choice {
                        id: "evict",
                        title: "Evict",
                        what: format!("Kills {name} now; what it had not saved is lost."),
                        danger: Danger::Destructive,
                        effect: Effect::First(Self::Evict { workload: workload.clone(), name: name.clone() }),
                    },
                    undo(),
                ],
            },
            Self::Evict { name, .. } => AtDeadline::Ask {
                sentence: format!(
                    "{name} was killed, but the agent still reports it. The node stays cordoned."
                ),
                choices: vec![wait(60, "Looks on for another minute.".to_owned()), undo()],
            },
            Self::SlotsFree { .. } => AtDeadline::Ask {
                sentence: "The agent still reports a slot that is not free. The node stays cordoned."
                    .to_owned(),
                choices: vec![wait(120, "Looks on for another two minutes.".to_owned()), undo()],
            },
        }
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        match self {
            Self::Cordon { node, .. } => {
                policy::hold(world, attempt, node, NodePolicy::Draining, Why::default()).await
            }
            Self::StopWorkload { workload, .. } => signal(world, attempt, workload, StopSignal::Term).await,
            Self::Evict { workload, .. } => signal(world, attempt, workload, StopSignal::Kill).await,
            Self::SlotsFree { node } => clear_slots(world, attempt, node).await,
            Self::KeepCordoned { node } => {
                policy::hold(world, attempt, node, NodePolicy::Cordoned, Why::default()).await
            }
        }
    }

    async fn observe(&self, world: &World, attempt: &Attempt) -> Observation {
        match self {
            Self::Cordon { node, .. } => policy::seen(world, node, NodePolicy::Draining).await,
            Self::StopWorkload { workload, .. } | Self::Evict { workload, .. } => {
                seen_ended(world, workload).await
            }
            Self::SlotsFree { node } => slots::seen_free(world, attempt, node).await,
            Self::KeepCordoned { node } => policy::seen(world, node, NodePolicy::Cordoned).await,
        }
    }

    async fn undo(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        match self {
            Self::Cordon { node, before, hold } => {
                policy::set(world, attempt, node, *before, hold.as_ref()).await
            }
            Self::StopWorkload { workload, .. } => ask_no_more(world, attempt, workload).await,
            Self::SlotsFree { node } => ask_nobody_more(world, attempt, node).await,
            Self::Evict { .. } | Self::KeepCordoned { .. } => {
                Ok(Performed::Acknowledged("There is nothing to undo.".to_owned()))
            }
        }
    }

    async fn observe_undone(&self, world: &World, _: &Attempt) -> Observation {
        match self {
            Self::Cordon { node, before, .. } => policy::seen(world, node, *before).await,
            Self::StopWorkload { workload, .. } => seen_asked_no_more(world, workload).await,
            Self::SlotsFree { node } => nobody_is_asked(world, node).await,
            Self::Evict { .. } | Self::KeepCordoned { .. } => {
                Observation::seen("There was nothing to undo.", json!(null))
            }
        }
    }
}

fn wait(seconds: u32, what: String) -> Choice<DrainStep> {
    let effect = Effect::Wait(Duration::from_secs(u64::from(seconds)));
    Choice { id: "wait", title: "Wait", what, danger: Danger::Safe, effect }
}

fn undo() -> Choice<DrainStep> {
    Choice {
        id: "undo",
        title: "Undo",
        what: "Sets the policy back; what has stopped stays stopped.".to_owned(),
        danger: Danger::Disruptive,
        effect: Effect::Undo,
    }
}

/// Gives back the slots of workloads that have ended, and asks those to stop that came after the plan was made.
async fn clear_slots(world: &World, attempt: &Attempt, node: &NodeId) -> Result<Performed, Trouble> {
    let held = workloads::of_node(&mut &world.db, &world.proof, node).await.map_err(perhaps_asked)?;
    for workload in &held {
        let answer = if has_ended(workload) {
            let workload_id = node_protocol_id(&workload.id)?;
            let part = format!("remove/{}", workload.id);
            let body = CommandBody::RemoveWorkload { workload_id, run: workload.run };
            ask(world, attempt, &part, node, body).await?
        } else {
            signal(world, attempt, &workload.id, StopSignal::Term).await?
        };
        if let Performed::Pending { .. } = answer {
            return Ok(answer);
        }
        if !has_ended(workload) {
            return Ok(Performed::Pending {
                on: format!("{} to end", workload.name),
                look_again: LOOK_AGAIN,
            });
        }
        if let Some(pending) = not_gone_yet(world, workload).await {
            return Ok(pending);
        }
        let mut tx = world.effect(attempt).await?;
        let freed =
            workloads::free_slot_of_ended(&mut tx, &world.proof, &workload.id, workload.run, world.now())
                .await;
        if !freed.map_err(perhaps_asked)? {
            // It is to run again by now: the next look asks it to stop.
            let on = format!("{} to end", workload.name);
            return Ok(Performed::Pending { on, look_again: LOOK_AGAIN });
        }
        commit(tx).await?;
    }
    Ok(Performed::Acknowledged("Every slot is given back.".to_owned()))
}

/// Takes back what was asked of workloads that came after the plan was made.
async fn ask_nobody_more(world: &World, attempt: &Attempt, node: &NodeId) -> Result<Performed, Trouble> {
    let held = workloads::of_node(&mut &world.db, &world.proof, node).await.map_err(surely_nothing)?;
    for workload in held.iter().filter(|workload| !has_ended(workload)) {
        ask_no_more(world, attempt, &workload.id).await?;
    }
    Ok(Performed::Acknowledged("Nobody is asked to stop any more.".to_owned()))
}

async fn nobody_is_asked(world: &World, node: &NodeId) -> Observation {
    match workloads::of_node(&mut &world.db, &world.proof, node).await {
        Err(error) => cannot_look(&error),
        Ok(held) => match held.iter().find(|w| !has_ended(w) && w.stop_requested_at.is_some()) {
            None => Observation::seen("What still runs goes on.", json!(held.len())),
            Some(workload) => Observation::Absent(format!("{} is still asked to end.", workload.name)),
        },
    }
}
