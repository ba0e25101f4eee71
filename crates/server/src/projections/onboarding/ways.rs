//! The ways in and the roles: what each means, and what is missing where it cannot be chosen.

use read_models::nodes::NodeRole;
use read_models::onboarding::{ModeRow, OnboardingMode, RoleRow};

/// The ways in, in order.
pub fn modes() -> Vec<ModeRow> {
    OnboardingMode::ALL
        .iter()
        .map(|mode| ModeRow {
            mode: *mode,
            what: what(*mode).to_owned(),
            missing: missing_for(*mode).map(str::to_owned),
        })
        .collect()
}

const fn what(mode: OnboardingMode) -> &'static str {
    match mode {
        OnboardingMode::Manual => {
            "You run one command on the machine. It keeps its operating system, and nothing else has to be set up."
        }
        OnboardingMode::MaasDirect => "MAAS installs one machine that you name, and the agent comes with it.",
        OnboardingMode::MaasBatch => {
            "MAAS installs a list of machines, a few at a time, and stops when too many fail."
        }
        OnboardingMode::MaasDiscovery => {
            "MAAS finds machines that nobody named, and you decide which come in."
        }
    }
}

/// What is missing for a way in; none when it is ready.
pub const fn missing_for(mode: OnboardingMode) -> Option<&'static str> {
    match mode {
        OnboardingMode::Manual => None,
        OnboardingMode::MaasDirect => Some(
            "There is no MAAS site and no machine profile, and this version cannot connect one: both will be under Provisioning, at Sites and Profiles.",
        ),
        OnboardingMode::MaasBatch => Some(
            "There is no MAAS site and no machine profile, and this version cannot connect one: both will be under Provisioning, at Sites and Profiles; batches will run at Onboard, batch.",
        ),
        OnboardingMode::MaasDiscovery => Some(
            "There is no MAAS site whose fabrics could be searched, and this version cannot connect one: it will be under Provisioning, at Sites, Discovery.",
        ),
    }
}

/// The roles, in order.
pub fn roles() -> Vec<RoleRow> {
    NodeRole::ALL
        .iter()
        .map(|role| RoleRow {
            role: *role,
            implies: implies(*role).to_owned(),
            missing: missing_for_role(*role).map(str::to_owned),
        })
        .collect()
}

const fn implies(role: NodeRole) -> &'static str {
    match role {
        NodeRole::BareMetal => "The whole machine is given to one workload at a time.",
        NodeRole::SliceHost => {
            "The machine is given out in slots, four unless its agent is started with --slots. Each slot holds one workload of a slice SKU, as a user of its own, sandboxed where the machine can do that."
        }
        NodeRole::SchedulerController => {
            "The machine controls a scheduler such as Slurm or RKE2 and runs no workloads of tenants."
        }
        NodeRole::SchedulerWorker => "The machine belongs to a scheduler, which decides what runs on it.",
        NodeRole::StorageAdjacent => {
            "The machine stands beside a storage provider and moves data for buckets."
        }
    }
}

/// What is missing for a role; none when machines of that role have work here.
pub const fn missing_for_role(role: NodeRole) -> Option<&'static str> {
    match role {
        NodeRole::SliceHost => None,
        NodeRole::BareMetal => {
            Some("Workloads are placed in slots only so far: a machine of this role would never get one.")
        }
        NodeRole::SchedulerController | NodeRole::SchedulerWorker => {
            Some("Schedulers come with apps, and this version has none: nothing would run on it.")
        }
        NodeRole::StorageAdjacent => Some(
            "Storage providers come with Storage, which this version does not have: nothing would use it.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_chosen_says_what_is_missing_and_the_rest_can() {
        let ready: Vec<_> =
            modes().into_iter().filter(|row| row.missing.is_none()).map(|row| row.mode).collect();
        assert_eq!(ready, [OnboardingMode::Manual]);
        let served: Vec<_> =
            roles().into_iter().filter(|row| row.missing.is_none()).map(|row| row.role).collect();
        assert_eq!(served, [NodeRole::SliceHost]);
        for missing in modes().into_iter().filter_map(|row| row.missing) {
            assert!(missing.contains("Provisioning"), "it names where that will be: {missing}");
        }
    }
}
