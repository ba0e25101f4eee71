//! Rows of families whose pages differ in little.

use super::super::route::{Answers, Family, Route, RouteId};
use super::{ACCOUNT, EVERYBODY, NODE, PLATFORM, TENANT, WORKLOAD};

pub(super) const fn workload(id: RouteId, path: &'static str, local_nav: &'static str) -> Route {
    Route {
        id,
        path,
        family: Family::Workloads,
        roles: TENANT,
        local_nav: Some(local_nav),
        back: Some("/workloads"),
        read_model: "WorkloadDetail",
        answers: WORKLOAD,
    }
}

pub(super) const fn node(id: RouteId, path: &'static str, local_nav: &'static str) -> Route {
    Route {
        id,
        path,
        family: Family::Lifecycle,
        roles: PLATFORM,
        local_nav: Some(local_nav),
        back: Some("/platform/nodes"),
        read_model: "NodeDetail",
        answers: NODE,
    }
}

pub(super) const fn evidence(
    id: RouteId,
    path: &'static str,
    local_nav: &'static str,
    read_model: &'static str,
    active: &'static str,
) -> Route {
    Route {
        id,
        path,
        family: Family::Evidence,
        roles: PLATFORM,
        local_nav: Some(local_nav),
        back: None,
        read_model,
        answers: Answers { active, ..WORKLOAD },
    }
}

pub(super) const fn account(
    id: RouteId,
    path: &'static str,
    local_nav: &'static str,
    read_model: &'static str,
) -> Route {
    Route {
        id,
        path,
        family: Family::Account,
        roles: EVERYBODY,
        local_nav: Some(local_nav),
        back: None,
        read_model,
        answers: ACCOUNT,
    }
}
