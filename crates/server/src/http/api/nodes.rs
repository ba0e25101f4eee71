//! `GET /nodes`, `GET /nodes/{id}`.

use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use read_models::ids::NodeId;
use read_models::nodes::{NodeRow, NodesConsole as _};
use read_models::paging::Page;

use super::answer;
use super::input::{Asked, PageQuery, ReadId, ReadQuery};
use crate::http::Problem;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/nodes", get(nodes)).route("/nodes/{id}", get(node))
}

async fn nodes(
    Asked(asking): Asked,
    ReadQuery(query): ReadQuery<PageQuery>,
) -> Result<Json<Page<NodeRow>>, Problem> {
    Ok(Json(asking.nodes(query.page()?).await?))
}

async fn node(
    Asked(asking): Asked,
    ReadId(id): ReadId<NodeId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    answer::one(&asking.node(id, None).await?, &headers)
}
