//! The REST API under `/api/v1`, over the same `Console` questions as the pages. Refusals are problem details.
//!
//! Lists are `{items, next_cursor}` with `limit` and `cursor`; single resources are flat objects. Both have an `ETag`.

mod account;
mod answer;
mod audit;
mod compute;
mod conditional;
mod evidence;
mod find;
mod iam;
mod input;
mod nodes;
mod onboardings;
mod operations;
mod ops;
mod plans;
mod session;
mod workloads;

pub(super) use self::conditional::unchanged;
pub(super) use self::input::ReadQuery;
use super::document::Endpoints;

/// Where all of it stands.
pub(super) const PREFIX: &str = "/api/v1";

/// Every endpoint of the API but the feed.
pub(super) fn endpoints() -> Endpoints {
    session::endpoints()
        .and(account::endpoints())
        .and(workloads::endpoints())
        .and(compute::endpoints())
        .and(plans::endpoints())
        .and(operations::endpoints())
        .and(evidence::endpoints())
        .and(audit::endpoints())
        .and(ops::endpoints())
        .and(nodes::endpoints())
        .and(onboardings::endpoints())
        .and(find::endpoints())
        .and(iam::endpoints())
}
