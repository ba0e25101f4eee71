//! The policy: which role may do what to what. One table; everything about permission is derived from it.

use Action::{Administer, Destroy, Operate, Read};
use Resource::{
    Account, EnrolmentTokens, Evidence, Feed, Invitations, Nodes, OperationRecords, Projects, Skus, Tokens,
    Users, Workloads,
};

pub use read_models::navigation::Role;

use read_models::navigation::Address;

use super::{Action, Resource};

/// What everybody may do with what is their own, whatever their roles. No role reaches somebody else's account.
pub const OWN: &[(Action, Resource)] =
    &[(Read, Account), (Administer, Account), (Read, OperationRecords), (Read, Feed)];

/// What each role may do. Tenant roles count in their project only, platform roles in every project.
pub const POLICY: &[(Role, &[(Action, Resource)])] = &[
    (
        Role::Viewer,
        &[(Read, Workloads), (Read, Skus), (Read, Projects), (Read, OperationRecords), (Read, Feed)],
    ),
    (
        Role::Member,
        &[
            (Read, Workloads),
            (Operate, Workloads),
            (Destroy, Workloads),
            (Read, Skus),
            (Read, Projects),
            (Read, OperationRecords),
            (Operate, OperationRecords),
            (Read, Feed),
        ],
    ),
    (
        Role::ProjectAdmin,
        &[
            (Read, Workloads),
            (Operate, Workloads),
            (Destroy, Workloads),
            (Read, Skus),
            (Read, Projects),
            (Administer, Projects),
            (Read, Invitations),
            (Administer, Invitations),
            (Read, OperationRecords),
            (Operate, OperationRecords),
            (Read, Feed),
        ],
    ),
    (
        Role::Operator,
        &[
            (Read, Workloads),
            (Read, Nodes),
            (Operate, Nodes),
            (Destroy, Nodes),
            (Read, Skus),
            (Operate, Skus),
            (Read, Projects),
            (Read, OperationRecords),
            (Operate, OperationRecords),
            (Read, Feed),
            (Read, EnrolmentTokens),
            (Operate, EnrolmentTokens),
            (Operate, Evidence),
        ],
    ),
    (Role::PlatformAdmin, EVERYTHING),
    // The feed tells what runs where; that is not theirs to know until it can be read by kind.
    (Role::Finance, &[(Read, Skus), (Read, Projects)]),
    (
        Role::Auditor,
        &[
            (Read, Workloads),
            (Read, Nodes),
            (Read, Skus),
            (Read, Projects),
            (Read, OperationRecords),
            (Read, Feed),
            (Read, EnrolmentTokens),
            (Read, Users),
            (Read, Tokens),
            (Read, Invitations),
            // A file of what happened, and a check of it, change nothing.
            (Operate, Evidence),
        ],
    ),
];

const EVERYTHING: &[(Action, Resource)] = &{
    let mut all = [(Read, Workloads); Action::ALL.len() * Resource::ALL.len()];
    let mut index = 0;
    while index < all.len() {
        all[index] = (Action::ALL[index / Resource::ALL.len()], Resource::ALL[index % Resource::ALL.len()]);
        index += 1;
    }
    all
};

/// Whether the table has this line. Accounts are nobody's by role: see [`OWN`].
pub fn allows(role: Role, action: Action, resource: Resource) -> bool {
    let listed =
        POLICY.iter().any(|(subject, lines)| *subject == role && lines.contains(&(action, resource)));
    listed && resource != Account
}

/// The roles in the order in which they decide where a person lands.
pub const LANDING: [Role; 7] = [
    Role::PlatformAdmin,
    Role::Operator,
    Role::Finance,
    Role::Auditor,
    Role::ProjectAdmin,
    Role::Member,
    Role::Viewer,
];

/// The first page after signing in. Families that have no page yet are stood in for by the nearest one.
pub const fn landing(role: Role) -> Address {
    match role {
        Role::PlatformAdmin | Role::Operator => Address::Ops,
        Role::Auditor => Address::Evidence,
        Role::Finance | Role::ProjectAdmin | Role::Member | Role::Viewer => Address::Workbench,
    }
}
