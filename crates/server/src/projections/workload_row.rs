//! A workload as a row, judged: does it belong on the default view, and what has a person to do about it?

use crate::store::workloads::WorkloadRecord;
use read_models::navigation::Address;
use read_models::nodes::NodeState;
use read_models::session::ProjectRef;
use read_models::time::{Timestamp, spoken};
use read_models::workloads::{ActionRequired, ProgressBrief, WorkloadRow, WorkloadState};

/// What is known of the node of a workload.
#[derive(Debug, Clone, Copy)]
pub struct NodeSeen {
    pub state: NodeState,
    pub since: Timestamp,
}

/// The row. Tenants see what the node's trouble means for them, and never which node it is.
pub fn row(
    workload: &WorkloadRecord,
    node: Option<NodeSeen>,
    progress: Option<ProgressBrief>,
    may_know_node: bool,
    now: Timestamp,
) -> WorkloadRow {
    let action_required = action_required(workload, progress.as_ref(), now);
    WorkloadRow {
        id: workload.id.clone(),
        project: ProjectRef { id: workload.project.clone(), name: workload.project_name.clone() },
        name: workload.name.clone(),
        kind: workload.kind,
        state: workload.state,
        since: workload.state_since,
        created_at: workload.created_at,
        sku: workload.sku_title.clone(),
        price_microcents_per_hour: workload.price_microcents_per_hour,
        command: workload.command.join(" ").chars().take(80).collect(),
        port: workload.port,
        node: workload.node.clone().filter(|_| may_know_node),
        is_actionable: is_active(workload.state) || window_is_open(workload, now),
        action_required,
        actionable_until: workload.actionable_until,
        archived_at: archived_at(workload, now),
        consequence: consequence(workload, node, now),
        progress,
    }
}

/// Whether something of it may run or is about to.
pub const fn is_active(state: WorkloadState) -> bool {
    match state {
        WorkloadState::Requested
        | WorkloadState::Provisioning
        | WorkloadState::Running
        | WorkloadState::Paused
        | WorkloadState::Stopping => true,
        WorkloadState::Stopped | WorkloadState::Finished | WorkloadState::Released | WorkloadState::Failed => false,
    }
}

/// Whether it ended badly so recently that somebody may want to do something about it.
fn window_is_open(workload: &WorkloadRecord, now: Timestamp) -> bool {
    workload.archived_at.is_none() && workload.actionable_until.is_some_and(|until| until > now)
}

fn archived_at(workload: &WorkloadRecord, now: Timestamp) -> Option<Timestamp> {
    workload.archived_at.or_else(|| workload.actionable_until.filter(|until| *until <= now))
}

fn action_required(workload: &WorkloadRecord, progress: Option<&ProgressBrief>, now: Timestamp) -> Option<ActionRequired> {
    if let Some(asks) = progress.filter(|progress| progress.needs_attention) {
        return Some(ActionRequired {
            reason: asks.observation.clone(),
            since: workload.state_since,
            next_operation: None,
            address: Address::Operation(asks.id.clone()),
            label: "Decide".to_owned(),
        });
    }
    if !window_is_open(workload, now) {
        return None;
    }
    let said = workload.failure.as_ref().filter(|why| !why.trim().is_empty());
    let reason = said.map_or_else(
        || format!("It is {}, and nobody saw why.", workload.state.word().to_lowercase()),
        |why| capitalised(&end(why)),
    );
    Some(ActionRequired {
        reason,
        since: workload.ended_at.unwrap_or(workload.state_since),
        next_operation: Some("workload.release".to_owned()),
        address: Address::Workload(workload.id.clone()),
        label: "Read its log".to_owned(),
    })
}

/// An agent's own words begin with whatever they begin with.
fn capitalised(sentence: &str) -> String {
    let mut letters = sentence.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}", letters.as_str())
}

fn end(sentence: &str) -> String {
    if sentence.ends_with('.') { sentence.to_owned() } else { format!("{sentence}.") }
}

fn consequence(workload: &WorkloadRecord, node: Option<NodeSeen>, now: Timestamp) -> Option<String> {
    let node = node.filter(|_| is_active(workload.state))?;
    if node.state != NodeState::Unreachable {
        return None;
    }
    let since = spoken(now.since(node.since));
    Some(format!("What it does now is not known: its node has been silent for {since}. Operators can see that."))
}
