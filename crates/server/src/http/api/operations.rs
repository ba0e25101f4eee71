//! `GET /operations`, `/operations/{id}`, `/operations/{id}/events`; `POST /operations/{id}/decisions`, `/cancel`.

use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use read_models::evidence::EventView;
use read_models::ids::OperationId;
use read_models::operation::{Decision, OperationView, Target};
use read_models::operations::{OperationRow, OperationsConsole as _, OperationsFilter};
use read_models::paging::Page;
use serde::Deserialize;

use super::answer;
use super::input::{Asked, PageQuery, ReadBody, ReadBodyIfAny, ReadId, ReadQuery, bad_query};
use crate::http::Problem;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/operations", get(operations))
        .route("/operations/{id}", get(operation))
        .route("/operations/{id}/events", get(events))
        .route("/operations/{id}/decisions", post(decide))
        .route("/operations/{id}/cancel", post(cancel))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OperationsQuery {
    target: Option<String>,
    open: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DecisionBody {
    choice: String,
    #[serde(default)]
    reason: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct CancelBody {
    #[serde(default)]
    reason: String,
}

async fn operations(
    Asked(asking): Asked,
    ReadQuery(query): ReadQuery<OperationsQuery>,
) -> Result<Json<Page<OperationRow>>, Problem> {
    let target = query
        .target
        .as_deref()
        .map(str::parse::<Target>)
        .transpose()
        .map_err(|wrong| bad_query(&format!("`target`: {wrong}.")))?;
    let only_open = query.open.as_deref().map_or(Ok(false), yes_or_no)?;
    let page = PageQuery { limit: query.limit, cursor: query.cursor }.page()?;
    Ok(Json(asking.operations(OperationsFilter { target, only_open }, page).await?))
}

async fn operation(
    Asked(asking): Asked,
    ReadId(id): ReadId<OperationId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    answer::one(&asking.operation(id).await?, &headers)
}

async fn events(
    Asked(asking): Asked,
    ReadId(id): ReadId<OperationId>,
    ReadQuery(query): ReadQuery<PageQuery>,
) -> Result<Json<Page<EventView>>, Problem> {
    Ok(Json(asking.events(id, query.page()?).await?))
}

async fn decide(
    Asked(asking): Asked,
    ReadId(id): ReadId<OperationId>,
    ReadBody(body): ReadBody<DecisionBody>,
) -> Result<Json<OperationView>, Problem> {
    Ok(Json(asking.decide(id, Decision { choice: body.choice, reason: body.reason }).await?))
}

/// 202: the current step finishes or is undone first.
async fn cancel(
    Asked(asking): Asked,
    ReadId(id): ReadId<OperationId>,
    ReadBodyIfAny(body): ReadBodyIfAny<CancelBody>,
) -> Result<(StatusCode, Json<OperationView>), Problem> {
    Ok((StatusCode::ACCEPTED, Json(asking.cancel(id, body.reason).await?)))
}

fn yes_or_no(word: &str) -> Result<bool, Problem> {
    word.parse().map_err(|_| bad_query("`open` is `true` or `false`."))
}
