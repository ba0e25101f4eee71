//! A node as a row, judged: flags on top of its state, its certificate, what an operator has to look at.

use crate::store::nodes::NodeRecord;
use read_models::nodes::{
    CertificatePosture, CertificateView, Held, NodePolicy, NodeRow, NodeState, Overlay,
};
use read_models::time::{Timestamp, spoken};
use read_models::workloads::ProgressBrief;
use std::time::Duration;

/// A certificate that ends sooner wants looking after.
pub const EXPIRING: Duration = Duration::from_hours(24);
/// A clock that is further off explains failures.
pub const SKEWED_US: u64 = 30_000_000;

/// The row.
pub fn row(node: &NodeRecord, slots_held: u32, progress: Option<ProgressBrief>, now: Timestamp) -> NodeRow {
    NodeRow {
        id: node.id.clone(),
        name: node.name.clone(),
        state: node.state,
        since: node.state_since,
        policy: node.policy,
        policy_since: node.policy_since,
        held: held(node),
        role: node.role,
        overlays: overlays(node, now),
        slots_used: slots_held,
        slots_total: node.slots_total,
        last_heartbeat_at: node.last_heartbeat_at,
        progress,
        above_sla: None,
        simulated: node.simulated,
    }
}

/// Who keeps it out of service, and why.
fn held(node: &NodeRecord) -> Option<Held> {
    let hold = node.policy_hold.as_ref()?;
    let what = match (node.policy, hold.asked.as_str()) {
        (NodePolicy::InService | NodePolicy::Retired, _) => return None,
        (NodePolicy::Maintenance, _) => "In maintenance",
        (NodePolicy::Draining, _) => "Being drained",
        (NodePolicy::Cordoned, "node.drain") => "Drained",
        (NodePolicy::Cordoned, _) => "Scheduling disabled",
    };
    let reason = hold.reason.as_ref().map(|reason| format!(": {}", reason.trim_end_matches('.')));
    let ticket = hold.ticket.as_ref().map(|ticket| format!(" ({ticket})"));
    let until = hold.until.map(|until| format!(". Expected until {} UTC", until.date_and_minute()));
    let sentence = format!(
        "{what} by {}{}{}{}.",
        hold.by,
        reason.unwrap_or_default(),
        ticket.unwrap_or_default(),
        until.unwrap_or_default()
    );
    Some(Held { sentence, operation: hold.operation.clone(), until: hold.until })
}

/// Why nothing has to be done with it; none when something has.
pub fn safe_to_ignore(row: &NodeRow) -> Option<String> {
    if !row.overlays.is_empty() || row.progress.is_some() {
        return None;
    }
    let why = match (row.policy, row.state) {
        (NodePolicy::Maintenance, _) => "somebody works on the machine, so that its agent may be silent",
        (NodePolicy::Retired, _) => "it is retired",
        (NodePolicy::Cordoned | NodePolicy::Draining, _) => {
            "that it takes no new workloads is what somebody wants"
        }
        (NodePolicy::InService, NodeState::Ready) => "its agent reports, and its certificate is good",
        (
            NodePolicy::InService,
            NodeState::Expected
            | NodeState::Enrolling
            | NodeState::Unreachable
            | NodeState::Provisioning
            | NodeState::FailedEnrolment
            | NodeState::FailedProvisioning
            | NodeState::FailedCleanup
            | NodeState::Gone,
        ) => return None,
    };
    Some(format!("It needs nothing: {why}."))
}

/// What is on top of its state.
pub fn overlays(node: &NodeRecord, now: Timestamp) -> Vec<Overlay> {
    let overlay = |code: &str, word: &str, since: Timestamp, sentence: String| Overlay {
        code: code.to_owned(),
        word: word.to_owned(),
        sentence,
        since,
    };
    let mut found = Vec::new();
    let is_worked_on = node.policy == NodePolicy::Maintenance;
    let until = node.policy_hold.as_ref().and_then(|hold| hold.until);
    if let Some(until) = until.filter(|until| is_worked_on && *until <= now) {
        let late = spoken(now.since(until));
        found.push(overlay(
            "maintenance_overdue",
            "Maintenance overdue",
            until,
            format!(
                "Its maintenance was expected to be over {late} ago. It takes no workloads until it is ended."
            ),
        ));
    }
    // Who works on a machine switches it off: its state says that it is silent, and that is no alarm.
    if node.state == NodeState::Unreachable && !is_worked_on {
        let since = node.last_heartbeat_at.unwrap_or(node.state_since);
        let sentence = format!(
            "No heartbeat for {}. What runs there goes on, but nothing is known of it and nothing can be asked of it.",
            spoken(now.since(since))
        );
        found.push(overlay("silent", "Silent", node.state_since, sentence));
    }
    let ends = node.certificate.not_after;
    match certificate(node, now).posture {
        CertificatePosture::Good => {}
        CertificatePosture::Expiring => {
            let left = spoken(ends.since(now));
            found.push(overlay(
                "certificate_expiring",
                "Certificate ends",
                ends.minus(EXPIRING),
                format!("Its certificate ends in {left}."),
            ));
        }
        CertificatePosture::Expired => {
            found.push(overlay(
                "certificate_expired",
                "Certificate ended",
                ends,
                "Its certificate has ended: enrol it again.".to_owned(),
            ));
        }
    }
    if let Some(skew) = node.clock_skew_us.filter(|skew| skew.unsigned_abs() > SKEWED_US) {
        let off = spoken(Duration::from_micros(skew.unsigned_abs()));
        let way = if skew > 0 { "ahead" } else { "behind" };
        found.push(overlay(
            "clock_skewed",
            "Clock off",
            node.state_since,
            format!("Its clock is {off} {way}: certificates may be refused."),
        ));
    }
    found
}

/// Its certificate, and what that means.
pub fn certificate(node: &NodeRecord, now: Timestamp) -> CertificateView {
    let ends = node.certificate.not_after;
    let (posture, sentence) = if ends <= now {
        let ago = spoken(now.since(ends));
        (
            CertificatePosture::Expired,
            format!("It ended {ago} ago. The agent cannot connect until the node is enrolled again."),
        )
    } else {
        let left = ends.since(now);
        let posture = if left < EXPIRING { CertificatePosture::Expiring } else { CertificatePosture::Good };
        let sentence = format!(
            "It is good for another {}. When it ends, the agent cannot connect: no heartbeats, no commands. Workloads go on.",
            spoken(left)
        );
        (posture, sentence)
    };
    CertificateView {
        serial: node.certificate.serial.clone(),
        identity: format!("spiffe://slipway/node/{}", node.id),
        not_before: node.certificate.not_before,
        not_after: ends,
        posture,
        sentence,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::store::nodes::{NodeCertificate, PolicyHold};
    use read_models::ids::{NodeId, OperationId};
    use read_models::nodes::NodeRole;

    const NOW: Timestamp = Timestamp::from_micros(1_000_000_000_000);
    const DAY: Duration = Duration::from_hours(24);

    pub(in crate::projections) fn node(state: NodeState, ends: Timestamp, skew: Option<i64>) -> NodeRecord {
        NodeRecord {
            id: NodeId::from_uuid(&format!("{:032x}", 1)),
            name: "n1".to_owned(),
            role: NodeRole::SliceHost,
            policy: NodePolicy::InService,
            policy_since: NOW,
            policy_hold: None,
            state,
            state_since: NOW.minus(DAY),
            created_at: NOW,
            identity_fingerprint: "f".to_owned(),
            certificate: NodeCertificate {
                serial: "01".to_owned(),
                not_before: NOW.minus(DAY),
                not_after: ends,
            },
            agent_version: None,
            hostname: None,
            boot_id: None,
            clock_skew_us: skew,
            last_heartbeat_at: Some(NOW.minus(Duration::from_secs(90))),
            heartbeat: None,
            slots_total: Some(2),
            connection: None,
            simulated: false,
        }
    }

    fn hold(asked: &str) -> PolicyHold {
        PolicyHold {
            operation: OperationId::from_uuid(&format!("{:032x}", 2)),
            asked: asked.to_owned(),
            by: "ops@example.org".to_owned(),
            reason: None,
            ticket: None,
            until: None,
        }
    }

    #[test]
    fn what_an_operator_has_to_look_at_is_on_top_of_its_state() {
        let (good, soon) = (NOW.plus(DAY * 3), NOW.plus(DAY).minus(Duration::from_secs(1)));
        for (record, codes) in [
            (node(NodeState::Ready, good, None), vec![]),
            (node(NodeState::Ready, NOW.plus(DAY), Some(30_000_000)), vec![]),
            (node(NodeState::Unreachable, good, None), vec!["silent"]),
            (node(NodeState::Ready, soon, None), vec!["certificate_expiring"]),
            (node(NodeState::Ready, NOW, None), vec!["certificate_expired"]),
            (node(NodeState::Ready, good, Some(30_000_001)), vec!["clock_skewed"]),
            (node(NodeState::Ready, good, Some(i64::MIN)), vec!["clock_skewed"]),
            (
                node(NodeState::Unreachable, NOW.minus(DAY), Some(-40_000_000)),
                vec!["silent", "certificate_expired", "clock_skewed"],
            ),
        ] {
            let row = row(&record, 1, None, NOW);
            let found: Vec<_> = row.overlays.iter().map(|overlay| overlay.code.as_str()).collect();
            assert_eq!(found, codes, "{record:?}");
            assert!(row.overlays.iter().all(|overlay| overlay.sentence.ends_with('.')), "{:?}", row.overlays);
            assert_eq!((row.slots_used, row.slots_total), (1, Some(2)));
        }
    }

    #[test]
    fn a_machine_that_is_worked_on_may_be_silent_until_its_time_is_over() {
        let hour = Duration::from_hours(1);
        for (until, codes) in [
            (None, vec![]),
            (Some(NOW.plus(hour)), vec![]),
            (Some(NOW), vec!["maintenance_overdue"]),
            (Some(NOW.minus(hour)), vec!["maintenance_overdue"]),
        ] {
            let mut record = node(NodeState::Unreachable, NOW.plus(DAY * 3), None);
            record.policy = NodePolicy::Maintenance;
            record.policy_hold = Some(PolicyHold { until, ..hold("node.begin_maintenance") });
            let row = row(&record, 0, None, NOW);
            let found: Vec<_> = row.overlays.iter().map(|overlay| overlay.code.as_str()).collect();
            assert_eq!(found, codes, "{until:?}");
            assert_eq!(safe_to_ignore(&row).is_some(), codes.is_empty());
            assert_eq!(row.held.unwrap().until, until);
        }
    }

    #[test]
    fn who_keeps_it_out_of_service_is_said_with_the_reason() {
        let said = |policy, hold| {
            let mut record = node(NodeState::Ready, NOW.plus(DAY * 3), None);
            (record.policy, record.policy_hold) = (policy, hold);
            row(&record, 0, None, NOW).held.map(|held| held.sentence)
        };
        let why = PolicyHold {
            reason: Some("fans.".to_owned()),
            ticket: Some("OPS-7".to_owned()),
            until: Some(Timestamp::from_micros(0)),
            ..hold("node.begin_maintenance")
        };
        assert_eq!(
            said(NodePolicy::Maintenance, Some(why)).unwrap(),
            "In maintenance by ops@example.org: fans (OPS-7). Expected until 1970-01-01 00:00 UTC."
        );
        let drained = Some(hold("node.drain"));
        assert_eq!(said(NodePolicy::Cordoned, drained.clone()).unwrap(), "Drained by ops@example.org.");
        assert_eq!(said(NodePolicy::InService, drained), None);
        assert_eq!(said(NodePolicy::Cordoned, None), None);
        let disabled = Some(hold("node.disable_scheduling"));
        assert_eq!(said(NodePolicy::Cordoned, disabled).unwrap(), "Scheduling disabled by ops@example.org.");
    }

    #[test]
    fn a_clock_is_said_to_be_ahead_or_behind() {
        let said =
            |skew| overlays(&node(NodeState::Ready, NOW.plus(DAY * 3), Some(skew)), NOW)[0].sentence.clone();
        assert!(said(60_000_000).contains("ahead") && said(-60_000_000).contains("behind"));
    }

    #[test]
    fn a_certificate_says_what_its_end_means() {
        for (ends, posture, word) in [
            (NOW.plus(DAY * 3), CertificatePosture::Good, "cannot connect"),
            (NOW.plus(Duration::from_secs(1)), CertificatePosture::Expiring, "cannot connect"),
            (NOW, CertificatePosture::Expired, "enrolled again"),
        ] {
            let view = certificate(&node(NodeState::Ready, ends, None), NOW);
            assert_eq!(view.posture, posture);
            assert!(view.sentence.contains(word), "{}", view.sentence);
        }
    }
}
