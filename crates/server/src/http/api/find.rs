//! `GET /find?q=…&here=…`, `GET /views?list=…`: find and go, for programs.

use axum::Router;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use read_models::find::FindConsole as _;
use read_models::navigation::Address;
use serde::Deserialize;

use super::answer;
use super::input::{Asked, ReadQuery, bad_query};
use crate::http::Problem;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/find", get(find)).route("/views", get(views))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FindQuery {
    #[serde(default)]
    q: String,
    here: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ViewsQuery {
    list: String,
}

async fn find(
    Asked(asking): Asked,
    ReadQuery(query): ReadQuery<FindQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let here = query.here.map(Address::try_from).transpose();
    let here = here.map_err(|_| bad_query("`here` is the address of a page."))?;
    answer::one(&asking.find(query.q, here).await?, &headers)
}

async fn views(
    Asked(asking): Asked,
    ReadQuery(query): ReadQuery<ViewsQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    answer::one(&asking.saved_views(query.list).await?, &headers)
}
