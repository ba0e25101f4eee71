//! `GET /projects`, `/skus`, `/compute`, `/compute/launch`, `/platform/config/skus`: where something can be launched, what, and
//! what decides it.

use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use read_models::compute::{ComputeConsole as _, SkuOffer};
use read_models::ids::{ProjectId, SkuId};
use read_models::paging::Page;
use read_models::session::ProjectRef;
use serde::Deserialize;

use super::answer;
use super::input::{Asked, PageQuery, ReadId, ReadQuery};
use crate::http::Problem;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/projects", get(projects))
        .route("/skus", get(skus))
        .route("/compute", get(compute))
        .route("/compute/launch", get(launch))
        .route("/platform/config/skus", get(offered))
        .route("/platform/config/skus/{id}", get(sku))
}

async fn projects(
    Asked(asking): Asked,
    ReadQuery(query): ReadQuery<PageQuery>,
) -> Result<Json<Page<ProjectRef>>, Problem> {
    Ok(Json(asking.projects(query.page()?).await?))
}

async fn skus(
    Asked(asking): Asked,
    ReadQuery(query): ReadQuery<PageQuery>,
) -> Result<Json<Page<SkuOffer>>, Problem> {
    Ok(Json(asking.skus(query.page()?).await?))
}

/// For which project, and which SKU is looked at.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LookedAt {
    project: Option<ProjectId>,
    sku: Option<SkuId>,
}

async fn compute(
    Asked(asking): Asked,
    ReadQuery(query): ReadQuery<LookedAt>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    answer::one(&asking.compute(query.project).await?, &headers)
}

async fn launch(
    Asked(asking): Asked,
    ReadQuery(query): ReadQuery<LookedAt>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    answer::one(&asking.launch(query.project, query.sku, None).await?, &headers)
}

async fn offered(
    Asked(asking): Asked,
    ReadQuery(query): ReadQuery<PageQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    answer::one(&asking.offered(query.page()?, None).await?, &headers)
}

async fn sku(
    Asked(asking): Asked,
    ReadId(id): ReadId<SkuId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    answer::one(&asking.sku(id, None).await?, &headers)
}
