//! The REST API under `/api/v1`, over the same `Console` questions as the pages. Refusals are problem details.
//!
//! Lists are `{items, next_cursor}` with `limit` and `cursor`; single resources are flat objects with an `ETag`.

mod account;
mod answer;
mod compute;
mod find;
mod iam;
mod input;
mod nodes;
mod operations;
mod ops;
mod plans;
mod workloads;

use axum::Router;

use crate::state::AppState;

pub(super) use self::input::ReadQuery;

/// Every route of the API but the feed.
pub(crate) fn routes() -> Router<AppState> {
    let v1 = Router::new()
        .merge(account::routes())
        .merge(compute::routes())
        .merge(nodes::routes())
        .merge(workloads::routes())
        .merge(plans::routes())
        .merge(operations::routes())
        .merge(ops::routes())
        .merge(find::routes())
        .merge(iam::routes());
    Router::new().nest("/api/v1", v1)
}
