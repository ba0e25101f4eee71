//! `GET /projects`, `GET /skus`: where something can be launched, and what.

use axum::routing::get;
use axum::{Json, Router};
use read_models::compute::{ComputeConsole as _, SkuOffer};
use read_models::paging::Page;
use read_models::session::ProjectRef;

use super::input::{Asked, PageQuery, ReadQuery};
use crate::http::Problem;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/projects", get(projects)).route("/skus", get(skus))
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
