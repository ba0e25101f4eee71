//! A state by colour, shape and word, with how long it has lasted. One place decides which tone a state has.

use super::since::Lasting;
use leptos::prelude::*;
use read_models::{
    nodes::{CertificatePosture, NodePolicy, NodeState, Overlay},
    operation::{BulkOutcome, Danger, OperationState, StepState},
    time::Timestamp,
    workloads::WorkloadState,
};

/// The badge. With `lasting`, it says for how long: `Unreachable · 12 min`.
#[component]
pub(crate) fn StateBadge(
    #[prop(into)] badge: Badge,
    #[prop(optional)] lasting: Option<(Timestamp, Timestamp)>,
) -> impl IntoView {
    let lasting =
        lasting.map(|(since, as_of)| view! { <span class="lasting">" · " <Lasting since as_of/></span> });
    view! { <span class="badge" data-tone=badge.tone.key() data-state=badge.key>{badge.word} {lasting}</span> }
}

/// What a badge says.
pub(crate) struct Badge {
    pub(crate) key: String,
    pub(crate) word: String,
    pub(crate) tone: Tone,
}

/// How a state is to be taken. Each has a colour and a shape of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Ok,
    Busy,
    Warn,
    Bad,
    Idle,
}

impl Tone {
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Busy => "busy",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Idle => "idle",
        }
    }
}

impl Badge {
    pub(crate) fn new(key: &str, word: &str, tone: Tone) -> Self {
        Self { key: key.to_owned(), word: word.to_owned(), tone }
    }
}

impl From<WorkloadState> for Badge {
    fn from(state: WorkloadState) -> Self {
        let tone = match state {
            WorkloadState::Running => Tone::Ok,
            WorkloadState::Requested | WorkloadState::Provisioning | WorkloadState::Stopping => Tone::Busy,
            WorkloadState::Paused => Tone::Warn,
            WorkloadState::Failed => Tone::Bad,
            WorkloadState::Stopped | WorkloadState::Finished | WorkloadState::Released => Tone::Idle,
        };
        Self::new(state.key(), state.word(), tone)
    }
}

impl From<NodeState> for Badge {
    fn from(state: NodeState) -> Self {
        let tone = match state {
            NodeState::Ready => Tone::Ok,
            NodeState::Expected | NodeState::Gone => Tone::Idle,
            NodeState::Enrolling | NodeState::Provisioning => Tone::Busy,
            NodeState::Unreachable
            | NodeState::FailedEnrolment
            | NodeState::FailedProvisioning
            | NodeState::FailedCleanup => Tone::Bad,
        };
        Self::new(state.key(), state.word(), tone)
    }
}

impl From<NodePolicy> for Badge {
    fn from(policy: NodePolicy) -> Self {
        let tone = match policy {
            NodePolicy::InService => Tone::Ok,
            NodePolicy::Draining => Tone::Busy,
            NodePolicy::Cordoned | NodePolicy::Maintenance => Tone::Warn,
            NodePolicy::Retired => Tone::Idle,
        };
        Self::new(policy.key(), policy.word(), tone)
    }
}

impl From<&Overlay> for Badge {
    fn from(overlay: &Overlay) -> Self {
        Self::new(&overlay.code, &overlay.word, Tone::Warn)
    }
}

impl From<OperationState> for Badge {
    fn from(state: OperationState) -> Self {
        let tone = match state {
            OperationState::Planned | OperationState::Queued | OperationState::Cancelled => Tone::Idle,
            OperationState::Running => Tone::Busy,
            OperationState::Succeeded => Tone::Ok,
            OperationState::Failed | OperationState::Stuck => Tone::Bad,
        };
        Self::new(state.key(), state.word(), tone)
    }
}

impl From<StepState> for Badge {
    fn from(state: StepState) -> Self {
        let tone = match state {
            StepState::Pending | StepState::Skipped | StepState::Undone => Tone::Idle,
            StepState::Running | StepState::Undoing => Tone::Busy,
            StepState::Observed => Tone::Ok,
            StepState::Unknown => Tone::Warn,
            StepState::Failed | StepState::UndoFailed => Tone::Bad,
        };
        Self::new(&state.word().to_lowercase().replace(' ', "_"), state.word(), tone)
    }
}

impl From<BulkOutcome> for Badge {
    fn from(outcome: BulkOutcome) -> Self {
        let tone = match outcome {
            BulkOutcome::Waiting | BulkOutcome::LeftOut => Tone::Idle,
            BulkOutcome::Running => Tone::Busy,
            BulkOutcome::Succeeded => Tone::Ok,
            BulkOutcome::Failed => Tone::Bad,
            BulkOutcome::NotStarted => Tone::Warn,
        };
        Self::new(outcome.key(), outcome.word(), tone)
    }
}

impl From<Danger> for Badge {
    fn from(danger: Danger) -> Self {
        let tone = match danger {
            Danger::Safe => Tone::Idle,
            Danger::Disruptive => Tone::Warn,
            Danger::Destructive => Tone::Bad,
        };
        Self::new(&danger.word().to_lowercase(), danger.word(), tone)
    }
}

impl From<CertificatePosture> for Badge {
    fn from(posture: CertificatePosture) -> Self {
        match posture {
            CertificatePosture::Good => Self::new("good", "Good", Tone::Ok),
            CertificatePosture::Expiring => Self::new("expiring", "Ends soon", Tone::Warn),
            CertificatePosture::Expired => Self::new("expired", "Ended", Tone::Bad),
        }
    }
}
