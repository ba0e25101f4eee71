//! `GET /workloads?view=active|history|all`, `GET /workloads/{id}`.

use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use read_models::ids::WorkloadId;
use read_models::paging::Page;
use read_models::workloads::{WorkloadRow, WorkloadsConsole as _, WorkloadsFilter};
use serde::Deserialize;

use super::answer;
use super::input::{Asked, PageQuery, ReadId, ReadQuery, bad_query};
use crate::http::Problem;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/workloads", get(workloads)).route("/workloads/{id}", get(workload))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WorkloadsQuery {
    view: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
}

async fn workloads(
    Asked(asking): Asked,
    ReadQuery(query): ReadQuery<WorkloadsQuery>,
) -> Result<Json<Page<WorkloadRow>>, Problem> {
    let filter = query.view.as_deref().map_or(Ok(WorkloadsFilter::Active), view)?;
    let page = PageQuery { limit: query.limit, cursor: query.cursor }.page()?;
    Ok(Json(asking.workloads(filter, page).await?))
}

async fn workload(
    Asked(asking): Asked,
    ReadId(id): ReadId<WorkloadId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    answer::one(&asking.workload(id, None).await?, &headers)
}

fn view(word: &str) -> Result<WorkloadsFilter, Problem> {
    WorkloadsFilter::parse(word).ok_or_else(|| bad_query("`view` is `active`, `history` or `all`."))
}
