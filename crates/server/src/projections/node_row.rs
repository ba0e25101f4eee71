//! A node as a row, judged: flags on top of its state, its certificate, what an operator has to look at.

use crate::store::nodes::NodeRecord;
use read_models::nodes::{CertificatePosture, CertificateView, NodeRow, NodeState, Overlay};
use read_models::time::{Timestamp, spoken};
use read_models::workloads::ProgressBrief;
use std::time::Duration;

/// A certificate that ends sooner wants looking after.
const EXPIRING: Duration = Duration::from_hours(24);
/// A clock that is further off explains failures.
const SKEWED_US: u64 = 30_000_000;

/// The row.
pub fn row(node: &NodeRecord, slots_held: u32, progress: Option<ProgressBrief>, now: Timestamp) -> NodeRow {
    NodeRow {
        id: node.id.clone(),
        name: node.name.clone(),
        state: node.state,
        since: node.state_since,
        policy: node.policy,
        policy_since: node.policy_since,
        role: node.role,
        overlays: overlays(node, now),
        slots_used: slots_held,
        slots_total: node.slots_total,
        last_heartbeat_at: node.last_heartbeat_at,
        progress,
    }
}

/// What is on top of its state.
pub fn overlays(node: &NodeRecord, now: Timestamp) -> Vec<Overlay> {
    let overlay = |code: &str, word: &str, sentence: String| Overlay {
        code: code.to_owned(),
        word: word.to_owned(),
        sentence,
    };
    let mut found = Vec::new();
    if node.state == NodeState::Unreachable {
        let since = node.last_heartbeat_at.unwrap_or(node.state_since);
        let sentence = format!(
            "No heartbeat for {}. What runs there goes on, but nothing is known of it and nothing can be asked of it.",
            spoken(now.since(since))
        );
        found.push(overlay("silent", "Silent", sentence));
    }
    match certificate(node, now).posture {
        CertificatePosture::Good => {}
        CertificatePosture::Expiring => {
            let left = spoken(node.certificate.not_after.since(now));
            found.push(overlay(
                "certificate_expiring",
                "Certificate ends",
                format!("Its certificate ends in {left}."),
            ));
        }
        CertificatePosture::Expired => {
            found.push(overlay(
                "certificate_expired",
                "Certificate ended",
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
mod tests {
    use super::*;
    use crate::store::nodes::NodeCertificate;
    use read_models::ids::NodeId;
    use read_models::nodes::{NodePolicy, NodeRole};

    const NOW: Timestamp = Timestamp::from_micros(1_000_000_000_000);
    const DAY: Duration = Duration::from_hours(24);

    fn node(state: NodeState, ends: Timestamp, skew: Option<i64>) -> NodeRecord {
        NodeRecord {
            id: NodeId::from_uuid(&format!("{:032x}", 1)),
            name: "n1".to_owned(),
            role: NodeRole::SliceHost,
            policy: NodePolicy::InService,
            policy_since: NOW,
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
