//! Addresses that lead elsewhere now. Permanent, so that whoever keeps such a link may replace it.

use axum::Router;
use axum::extract::Path;
use axum::response::Redirect;
use axum::routing::get;
use read_models::ids::WorkloadId;

use super::sign_in::escape;
use crate::state::AppState;

pub(crate) fn routes() -> Router<AppState> {
    Router::new().route("/allocations/{id}", get(allocation))
}

/// An allocation is the slot a workload holds, and has its id: as it stands, or its digits alone. What is no such id leads
/// to the page that says so.
async fn allocation(Path(id): Path<String>) -> Redirect {
    let digits = id.replace('-', "");
    let is_bare = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let id = if is_bare { WorkloadId::from_uuid(&digits.to_ascii_lowercase()).to_string() } else { id };
    Redirect::permanent(&format!("/workloads/{}", escape(&id)))
}
