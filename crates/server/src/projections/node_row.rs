//! A node as a row, judged: flags on top of its state, its certificate, what an operator has to look at.

use crate::store::nodes::NodeRecord;
use read_models::nodes::{CertificatePosture, CertificateView, NodeRow, NodeState, Overlay};
use read_models::time::{Timestamp, spoken};
use read_models::workloads::ProgressBrief;
use std::time::Duration;

/// A certificate that ends sooner wants looking after.
const EXPIRING: Duration = Duration::from_secs(24 * 3600);
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
    let overlay = |code: &str, word: &str, sentence: String| Overlay { code: code.to_owned(), word: word.to_owned(), sentence };
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
            found.push(overlay("certificate_expiring", "Certificate ends", format!("Its certificate ends in {left}.")));
        }
        CertificatePosture::Expired => {
            found.push(overlay("certificate_expired", "Certificate ended", "Its certificate has ended: enrol it again.".to_owned()));
        }
    }
    if let Some(skew) = node.clock_skew_us.filter(|skew| skew.unsigned_abs() > SKEWED_US) {
        let off = spoken(Duration::from_micros(skew.unsigned_abs()));
        let way = if skew > 0 { "ahead" } else { "behind" };
        found.push(overlay("clock_skewed", "Clock off", format!("Its clock is {off} {way}: certificates may be refused.")));
    }
    found
}

/// Its certificate, and what that means.
pub fn certificate(node: &NodeRecord, now: Timestamp) -> CertificateView {
    let ends = node.certificate.not_after;
    let (posture, sentence) = if ends <= now {
        let ago = spoken(now.since(ends));
        (CertificatePosture::Expired, format!("It ended {ago} ago. The agent cannot connect until the node is enrolled again."))
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
