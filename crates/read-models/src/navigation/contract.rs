//! The rows. A page without a row, or a row without a page, fails a test.

mod families;

use self::families::{account, evidence, node, workload};
use super::route::{Answers, Family, Role, Route, RouteId};

const TENANT: &[Role] =
    &[Role::Viewer, Role::Member, Role::ProjectAdmin, Role::Operator, Role::PlatformAdmin, Role::Auditor];
const EVERYBODY: &[Role] = &Role::ALL;
const PLATFORM: &[Role] = &[Role::Operator, Role::PlatformAdmin, Role::Auditor];

const ENTRANCE: Answers = Answers {
    active: "purpose",
    needs_action: "problem",
    ignorable: "purpose",
    next: "form",
    evidence: "purpose",
};
const WORKLOAD: Answers = Answers {
    active: "header",
    needs_action: "action_required",
    ignorable: "safe_to_ignore",
    next: "run_next",
    evidence: "evidence",
};
const NODE: Answers = WORKLOAD;
const ACCOUNT: Answers = WORKLOAD;

/// Every page there is.
pub const CONTRACT: &[Route] = &[
    Route {
        id: RouteId::SignIn,
        path: "/sign-in",
        family: Family::Entrance,
        roles: &[],
        local_nav: None,
        back: None,
        read_model: "SignInView",
        answers: ENTRANCE,
    },
    Route {
        id: RouteId::FirstAdministrator,
        path: "/sign-in/first",
        family: Family::Entrance,
        roles: &[],
        local_nav: None,
        back: None,
        read_model: "SignInView",
        answers: ENTRANCE,
    },
    Route {
        id: RouteId::Invitation,
        path: "/invite/:token",
        family: Family::Entrance,
        roles: &[],
        local_nav: None,
        back: None,
        read_model: "InvitationView",
        answers: ENTRANCE,
    },
    Route {
        id: RouteId::Workbench,
        path: "/workloads",
        family: Family::Workloads,
        roles: TENANT,
        local_nav: None,
        back: None,
        read_model: "WorkbenchView",
        answers: Answers {
            active: "running",
            needs_action: "needs_action",
            ignorable: "safe_to_ignore",
            next: "launch",
            evidence: "in_progress",
        },
    },
    workload(RouteId::Workload, "/workloads/:id", "Log"),
    Route {
        id: RouteId::WorkloadMetrics,
        path: "/workloads/:id/metrics",
        family: Family::Workloads,
        roles: TENANT,
        local_nav: Some("Metrics"),
        back: Some("/workloads"),
        read_model: "WorkloadMetrics",
        answers: WORKLOAD,
    },
    workload(RouteId::WorkloadOperations, "/workloads/:id/operations", "Operations"),
    workload(RouteId::WorkloadActivity, "/workloads/:id/activity", "Activity"),
    Route {
        id: RouteId::Compute,
        path: "/compute",
        family: Family::Compute,
        roles: TENANT,
        local_nav: None,
        back: None,
        read_model: "ComputeView",
        answers: Answers {
            active: "skus",
            needs_action: "unavailable",
            ignorable: "safe_to_ignore",
            next: "launch",
            evidence: "launches",
        },
    },
    Route {
        id: RouteId::LaunchCompute,
        path: "/compute/launch",
        family: Family::Compute,
        roles: TENANT,
        local_nav: None,
        back: Some("/compute"),
        read_model: "LaunchView",
        answers: Answers {
            active: "skus",
            needs_action: "preconditions",
            ignorable: "unavailable",
            next: "form",
            evidence: "card",
        },
    },
    Route {
        id: RouteId::Ops,
        path: "/platform/ops",
        family: Family::Ops,
        roles: PLATFORM,
        local_nav: None,
        back: None,
        read_model: "OpsView",
        answers: Answers {
            active: "running",
            needs_action: "needs_action",
            ignorable: "safe_to_ignore",
            next: "needs_action",
            evidence: "ended",
        },
    },
    Route {
        id: RouteId::Nodes,
        path: "/platform/nodes",
        family: Family::Lifecycle,
        roles: PLATFORM,
        local_nav: None,
        back: None,
        read_model: "NodesView",
        answers: Answers {
            active: "nodes",
            needs_action: "needs_action",
            ignorable: "safe_to_ignore",
            next: "enrolment",
            evidence: "in_progress",
        },
    },
    // Before the nodes: an id is never called "onboard".
    Route {
        id: RouteId::Onboardings,
        path: "/platform/nodes/onboard",
        family: Family::Lifecycle,
        roles: PLATFORM,
        local_nav: None,
        back: Some("/platform/nodes"),
        read_model: "OnboardingsView",
        answers: Answers {
            active: "unfinished",
            needs_action: "needs_action",
            ignorable: "safe_to_ignore",
            next: "begin",
            evidence: "past_operations",
        },
    },
    Route {
        id: RouteId::Onboarding,
        path: "/platform/nodes/onboard/:id",
        family: Family::Lifecycle,
        roles: PLATFORM,
        local_nav: None,
        back: Some("/platform/nodes/onboard"),
        read_model: "OnboardingView",
        answers: Answers {
            active: "steps",
            needs_action: "needs_action",
            ignorable: "safe_to_ignore",
            next: "step",
            evidence: "past_operations",
        },
    },
    node(RouteId::Node, "/platform/nodes/:id", "Posture"),
    node(RouteId::NodeOperations, "/platform/nodes/:id/operations", "Operations"),
    node(RouteId::NodeActivity, "/platform/nodes/:id/activity", "Activity"),
    node(RouteId::NodeCapabilities, "/platform/nodes/:id/capabilities", "Capabilities"),
    node(RouteId::NodeCertificate, "/platform/nodes/:id/certificate", "Certificate"),
    Route {
        id: RouteId::ConfigSkus,
        path: "/platform/config/skus",
        family: Family::Config,
        roles: PLATFORM,
        local_nav: None,
        back: None,
        read_model: "SkusView",
        answers: Answers {
            active: "skus",
            needs_action: "needs_action",
            ignorable: "safe_to_ignore",
            next: "create",
            evidence: "created",
        },
    },
    Route {
        id: RouteId::ConfigSku,
        path: "/platform/config/skus/:id",
        family: Family::Config,
        roles: PLATFORM,
        local_nav: None,
        back: Some("/platform/config/skus"),
        read_model: "SkuDetail",
        answers: WORKLOAD,
    },
    evidence(RouteId::Evidence, "/platform/evidence", "Overview", "EvidenceView", "chain"),
    evidence(RouteId::EvidenceAudit, "/platform/evidence/audit", "Audit", "AuditView", "events"),
    evidence(
        RouteId::EvidenceOperations,
        "/platform/evidence/operations",
        "Operations",
        "OperationsEvidence",
        "operations",
    ),
    evidence(RouteId::EvidenceBundles, "/platform/evidence/bundles", "Bundles", "ExportsView", "exports"),
    evidence(
        RouteId::EvidenceCheckpoints,
        "/platform/evidence/checkpoints",
        "Checkpoints",
        "CheckpointsView",
        "checkpoints",
    ),
    Route {
        id: RouteId::IamUsers,
        path: "/platform/iam/users",
        family: Family::Iam,
        roles: &[Role::PlatformAdmin, Role::Auditor],
        local_nav: None,
        back: None,
        read_model: "PeopleView",
        answers: Answers { active: "people", ..WORKLOAD },
    },
    Route {
        id: RouteId::AccessAudit,
        path: "/access/audit",
        family: Family::Access,
        roles: TENANT,
        local_nav: Some("Audit"),
        back: None,
        read_model: "AuditView",
        answers: Answers { active: "events", ..WORKLOAD },
    },
    account(RouteId::AccountProfile, "/account/profile", "Profile", "ProfileView"),
    account(RouteId::AccountSecurity, "/account/security", "Security", "SecurityView"),
    account(RouteId::AccountSessions, "/account/sessions", "Sessions", "SessionsView"),
    Route {
        id: RouteId::Find,
        path: "/find",
        family: Family::Find,
        roles: EVERYBODY,
        local_nav: None,
        back: None,
        read_model: "FindView",
        answers: Answers {
            active: "resources",
            needs_action: "resources",
            ignorable: "looked",
            next: "operations",
            evidence: "operations",
        },
    },
    Route {
        id: RouteId::Plan,
        path: "/operations/plans/:id",
        family: Family::Operations,
        roles: EVERYBODY,
        local_nav: None,
        back: Some(":kind/:id"),
        read_model: "PlanView",
        answers: Answers {
            active: "header",
            needs_action: "blockers",
            ignorable: "good_until",
            next: "confirm",
            evidence: "steps",
        },
    },
    Route {
        id: RouteId::Operation,
        path: "/operations/:id",
        family: Family::Operations,
        roles: EVERYBODY,
        local_nav: None,
        back: Some(":kind/:id"),
        read_model: "OperationView",
        answers: Answers {
            active: "header",
            needs_action: "attention",
            ignorable: "outcome",
            next: "choices",
            evidence: "events",
        },
    },
    Route {
        id: RouteId::OperationEvidence,
        path: "/operations/:id/evidence",
        family: Family::Operations,
        roles: EVERYBODY,
        local_nav: None,
        back: Some(":kind/:id"),
        read_model: "OperationEvidence",
        answers: Answers {
            active: "header",
            needs_action: "coverage",
            ignorable: "safe_to_ignore",
            next: "download",
            evidence: "holds",
        },
    },
];

impl RouteId {
    /// Its row.
    ///
    /// # Panics
    /// Never: a test finds a row for every route.
    pub fn route(self) -> &'static Route {
        CONTRACT.iter().find(|route| route.id == self).unwrap_or(&CONTRACT[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_path_and_every_id_stands_once() {
        let ids: HashSet<_> = CONTRACT.iter().map(|route| route.id).collect();
        let paths: HashSet<_> = CONTRACT.iter().map(|route| route.path).collect();
        assert_eq!((ids.len(), paths.len()), (CONTRACT.len(), CONTRACT.len()));
        for route in CONTRACT {
            assert_eq!(route.id.route().id, route.id);
        }
    }

    #[test]
    fn every_back_link_leads_to_a_page_of_the_contract() {
        for back in CONTRACT.iter().filter_map(|route| route.back).filter(|back| *back != ":kind/:id") {
            assert!(CONTRACT.iter().any(|route| route.path == back), "{back}");
        }
    }
}
