//! Onboardings in every state, for the tables of the projections.

use super::Known;
use crate::store::enrolment_attempts::EnrolmentAttempt;
use crate::store::enrolment_tokens::{EnrolmentToken, UsedBy};
use crate::store::nodes::{FirstSigns, NodeCertificate, NodeRecord};
use crate::store::onboardings::{Abandoned, Onboarding, TakenToken};
use node_protocol::{Capability, Heartbeat, Inventory, Usage};
use read_models::ids::{EnrolmentTokenId, NodeId, OnboardingId};
use read_models::nodes::{NodePolicy, NodeRole, NodeState};
use read_models::onboarding::{AttemptReason, OnboardingMode};
use read_models::time::Timestamp;
use std::time::Duration;

/// When the token was chosen.
pub(super) const T0: Timestamp = Timestamp::from_micros(1_000_000_000_000);

/// So many minutes later.
pub(super) fn minutes(n: u64) -> Timestamp {
    T0.plus(Duration::from_mins(n))
}

/// What is known of an onboarding, owned.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    onboarding: Onboarding,
    token: Option<EnrolmentToken>,
    node: Option<NodeRecord>,
    pub(super) first: FirstSigns,
    attempts: Vec<EnrolmentAttempt>,
    now: Timestamp,
}

fn id<T>(make: impl Fn(&str) -> T) -> T {
    make(&format!("{:032x}", 9))
}

impl Sample {
    pub(super) fn known(&self) -> Known<'_> {
        Known {
            onboarding: &self.onboarding,
            token: self.token.as_ref(),
            node: self.node.as_ref(),
            first: self.first,
            attempts: &self.attempts,
            now: self.now,
        }
    }

    pub(super) fn begun() -> Self {
        let onboarding = Onboarding {
            id: id(OnboardingId::from_uuid),
            begun_by: "ops@example.org".to_owned(),
            begun_at: T0,
            mode: OnboardingMode::Manual,
            site: None,
            role: None,
            node_name: None,
            token: None,
            abandoned: None,
        };
        let first = FirstSigns::default();
        Self { onboarding, token: None, node: None, first, attempts: Vec::new(), now: minutes(1) }
    }

    pub(super) fn chosen() -> Self {
        let mut sample = Self::begun();
        sample.onboarding.role = Some(NodeRole::SliceHost);
        sample
    }

    /// A token for an hour.
    pub(super) fn with_token() -> Self {
        let mut sample = Self::chosen();
        sample.onboarding.token = Some(TakenToken { id: id(EnrolmentTokenId::from_uuid), at: T0 });
        sample.token = Some(EnrolmentToken {
            id: id(EnrolmentTokenId::from_uuid),
            secret_hash: "h".to_owned(),
            node_name: None,
            issued_by: "ops@example.org".to_owned(),
            issued_at: T0,
            expires_at: minutes(60),
            revoked_at: None,
            refused_count: 0,
            used: None,
        });
        sample
    }

    pub(super) fn at(mut self, now: Timestamp) -> Self {
        self.now = now;
        self
    }

    pub(super) fn revoked(mut self) -> Self {
        if let Some(token) = &mut self.token {
            token.revoked_at = Some(minutes(1));
        }
        self
    }

    pub(super) fn abandoned(mut self) -> Self {
        self.onboarding.abandoned =
            Some(Abandoned { at: minutes(1), by: "ops@example.org".to_owned(), reason: None });
        self
    }

    pub(super) fn refused(mut self, at: Timestamp) -> Self {
        self.attempts.push(EnrolmentAttempt {
            at,
            first_at: at,
            tries: 1,
            reason: AttemptReason::NameTaken,
            sentence: "Another node is named `hx-1` already.".to_owned(),
            next_step: "Choose another name.".to_owned(),
            address: "192.0.2.1".to_owned(),
            machine: Some("hx-1".to_owned()),
            token: Some(id(EnrolmentTokenId::from_uuid)),
            told_later: false,
        });
        self
    }

    /// It came in six minutes after the token was chosen.
    pub(super) fn used(mut self) -> Self {
        let node = id(NodeId::from_uuid);
        if let Some(token) = &mut self.token {
            token.used = Some(UsedBy {
                at: minutes(6),
                key_fingerprint: "k".to_owned(),
                node_id: node.clone(),
                certificate_pem: "c".to_owned(),
            });
        }
        self.node = Some(enrolled(node));
        self.now = minutes(7);
        self
    }

    pub(super) fn without_node(mut self) -> Self {
        self.node = None;
        self
    }

    /// Its agent spoke a minute later.
    pub(super) fn heard(mut self, capabilities: bool, usage: bool) -> Self {
        let heard = minutes(7);
        if let Some(node) = &mut self.node {
            node.last_heartbeat_at = Some(heard);
            node.heartbeat = Some(beat(capabilities, usage));
        }
        self.first = FirstSigns {
            heartbeat: Some(heard),
            capabilities: capabilities.then_some(heard),
            usage: usage.then_some(heard),
        };
        self
    }
}

fn enrolled(id: NodeId) -> NodeRecord {
    NodeRecord {
        id,
        name: "hx-1".to_owned(),
        role: NodeRole::SliceHost,
        policy: NodePolicy::InService,
        policy_since: minutes(6),
        policy_hold: None,
        state: NodeState::Enrolling,
        state_since: minutes(6),
        created_at: minutes(6),
        identity_fingerprint: "k".to_owned(),
        certificate: NodeCertificate {
            serial: "3f00aa11bb22a1".to_owned(),
            not_before: T0,
            not_after: minutes(7 * 24 * 60),
        },
        agent_version: Some("0.1.0".to_owned()),
        hostname: Some("hx-1".to_owned()),
        boot_id: None,
        clock_skew_us: None,
        last_heartbeat_at: None,
        heartbeat: None,
        slots_total: None,
        connection: None,
        simulated: false,
    }
}

fn beat(capabilities: bool, usage: bool) -> Heartbeat {
    let capability = Capability {
        name: "driver.process-none".to_owned(),
        available: true,
        detail: "It starts programs.".to_owned(),
    };
    Heartbeat {
        at_us: 0,
        clock_skew_us: None,
        boot_id: "b".to_owned(),
        agent_version: "0.1.0".to_owned(),
        uptime_s: None,
        inventory: Inventory::default(),
        capabilities: if capabilities { vec![capability] } else { Vec::new() },
        slots: Vec::new(),
        usage: Usage { load1: usage.then_some(0.5), ..Usage::default() },
        workloads: Vec::new(),
        measurements: Vec::new(),
    }
}
