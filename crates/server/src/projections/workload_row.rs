//! A workload as a row, judged: does it belong on the default view, and what has a person to do about it?

use super::workload_standing::{Standing, Stored, is_active, standing};
use crate::store::workloads::WorkloadRecord;
use read_models::navigation::Address;
use read_models::nodes::NodeState;
use read_models::session::ProjectRef;
use read_models::time::{Timestamp, spoken};
use read_models::workloads::{Acknowledged, ActionRequired, ProgressBrief, WorkloadRow};

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
    let standing = standing(Stored::of(workload), now);
    let action_required = action_required(workload, standing, progress.as_ref());
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
        is_actionable: standing.is_actionable,
        action_required,
        actionable_until: standing.actionable_until,
        archived_at: standing.archived_at,
        acknowledged: standing.acknowledged_until.and_then(|_| acknowledged(workload)),
        consequence: consequence(workload, node, now),
        progress,
        above_sla: None,
        simulated: workload.simulated,
    }
}

fn action_required(
    workload: &WorkloadRecord,
    standing: Standing,
    progress: Option<&ProgressBrief>,
) -> Option<ActionRequired> {
    if let Some(asks) = progress.filter(|progress| progress.needs_attention) {
        return Some(ActionRequired {
            reason: asks.observation.clone(),
            since: workload.state_since,
            next_operation: None,
            address: Address::Operation(asks.id.clone()),
            label: "Decide".to_owned(),
        });
    }
    if !standing.needs_action {
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
        next_operation: Some("workload.retry".to_owned()),
        address: Address::WorkloadOperations(workload.id.clone()),
        label: "Retry".to_owned(),
    })
}

fn acknowledged(workload: &WorkloadRecord) -> Option<Acknowledged> {
    let said = workload.acknowledged.as_ref()?;
    Some(Acknowledged { reason: said.reason.clone(), until: said.until })
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
    Some(format!(
        "What it does now is not known: its node has been silent for {since}. Operators can see that."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use read_models::ids::{NodeId, OperationId, ProjectId, SkuId, WorkloadId};
    use read_models::workloads::{WorkloadKind, WorkloadState};

    const NOW: Timestamp = Timestamp::from_micros(1_000_000_000);
    const EARLIER: Timestamp = Timestamp::from_micros(999_000_000);
    const LATER: Timestamp = Timestamp::from_micros(1_001_000_000);

    fn workload(state: WorkloadState) -> WorkloadRecord {
        let uuid = |n: u8| format!("{n:032x}");
        WorkloadRecord {
            id: WorkloadId::from_uuid(&uuid(1)),
            project: ProjectId::from_uuid(&uuid(2)),
            project_name: "ours".to_owned(),
            name: "web".to_owned(),
            kind: WorkloadKind::Slice,
            state,
            state_since: EARLIER,
            sku: SkuId::from_uuid(&uuid(3)),
            sku_title: "Small".to_owned(),
            sku_cpus: 1,
            sku_memory_bytes: 1,
            price_microcents_per_hour: 0,
            command: vec!["serve".to_owned(), "x".repeat(200)],
            ssh_keys: Vec::new(),
            port: None,
            created_at: EARLIER,
            created_by: "somebody".to_owned(),
            launch_operation: OperationId::from_uuid(&uuid(4)),
            node: Some(NodeId::from_uuid(&uuid(5))),
            slot: Some(0),
            run: 1,
            keeps_slot: false,
            acknowledged: None,
            stop_requested_at: None,
            ended_at: None,
            exit_code: None,
            exit_signal: None,
            failure: None,
            actionable_until: None,
            archived_at: None,
            report: None,
            report_at: None,
            simulated: false,
        }
    }

    fn failed(until: Option<Timestamp>, why: Option<&str>) -> WorkloadRecord {
        WorkloadRecord {
            actionable_until: until,
            failure: why.map(str::to_owned),
            ended_at: Some(EARLIER),
            ..workload(WorkloadState::Failed)
        }
    }

    fn seen(state: NodeState) -> NodeSeen {
        NodeSeen { state, since: EARLIER }
    }

    #[test]
    fn what_ended_badly_belongs_on_the_default_view_while_its_window_is_open() {
        let archived = WorkloadRecord { archived_at: Some(EARLIER), ..failed(Some(LATER), None) };
        for (record, actionable, archived_at) in [
            (workload(WorkloadState::Running), true, None),
            (workload(WorkloadState::Stopping), true, None),
            (failed(Some(LATER), Some("x")), true, None),
            (failed(Some(NOW), Some("x")), false, Some(NOW)),
            (failed(None, Some("x")), false, None),
            (archived, false, Some(EARLIER)),
            (workload(WorkloadState::Released), false, None),
            (workload(WorkloadState::Finished), false, None),
        ] {
            let row = row(&record, None, None, false, NOW);
            assert_eq!((row.is_actionable, row.archived_at), (actionable, archived_at), "{record:?}");
            let asks = actionable && !is_active(record.state);
            assert_eq!(row.action_required.is_some(), asks, "{record:?}");
        }
    }

    #[test]
    fn the_reason_is_a_sentence_whatever_the_agent_said() {
        for (said, reason) in [
            (Some("killed by signal 9 (SIGKILL)"), "Killed by signal 9 (SIGKILL)."),
            (Some("over."), "Over."),
            (Some("“quoted” by an agent"), "“quoted” by an agent."),
            (Some("éteint"), "Éteint."),
            (Some(""), "It is failed, and nobody saw why."),
            (Some("  "), "It is failed, and nobody saw why."),
            (None, "It is failed, and nobody saw why."),
        ] {
            let row = row(&failed(Some(LATER), said), None, None, false, NOW);
            let action = row.action_required.unwrap();
            assert_eq!(action.reason, reason);
            assert_eq!((action.since, action.next_operation.as_deref()), (EARLIER, Some("workload.retry")));
        }
    }

    #[test]
    fn a_question_about_it_comes_before_everything_else() {
        let asks = ProgressBrief {
            id: OperationId::from_uuid(&format!("{:032x}", 9)),
            title: "Release workload".to_owned(),
            step: 1,
            of: 3,
            observation: "It goes on.".to_owned(),
            needs_attention: true,
        };
        let quiet = ProgressBrief { needs_attention: false, ..asks.clone() };
        let action =
            row(&workload(WorkloadState::Stopping), None, Some(asks.clone()), false, NOW).action_required;
        assert_eq!(action.unwrap().address, Address::Operation(asks.id));
        assert!(
            row(&workload(WorkloadState::Stopping), None, Some(quiet), false, NOW).action_required.is_none()
        );
    }

    #[test]
    fn tenants_read_what_a_silent_node_means_and_never_which_it_is() {
        for state in NodeState::ALL {
            let row = row(&workload(WorkloadState::Running), Some(seen(state)), None, false, NOW);
            assert_eq!(row.consequence.is_some(), state == NodeState::Unreachable, "{state:?}");
            let text = serde_json::to_string(&row).unwrap();
            assert!(!text.contains("node_"), "{text}");
        }
        let over =
            row(&workload(WorkloadState::Finished), Some(seen(NodeState::Unreachable)), None, false, NOW);
        assert!(over.consequence.is_none(), "nothing of it runs there");
        assert!(row(&workload(WorkloadState::Running), None, None, true, NOW).node.is_some());
    }
}
