//! `/operations…`: those that were asked for, what they ask, and what is decided.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use read_models::evidence::EventView;
use read_models::ids::OperationId;
use read_models::operation::{Decision, OperationView, Question, Target};
use read_models::operations::{OperationRow, OperationsConsole as _, OperationsFilter};
use schemars::JsonSchema;
use serde::Deserialize;

use super::answer::{Accepted, Listed, One};
use super::conditional::IfMatch;
use super::input::{Asked, PageQuery, ReadBody, ReadBodyIfAny, ReadId, ReadQuery, bad_query};
use crate::http::Problem;
use crate::http::document::{Description, Endpoints, Reply};

pub(super) fn endpoints() -> Endpoints {
    Endpoints::under(super::PREFIX, "Operations")
        .get("/operations", operations, "The operations of whoever asks' reach, the newest first.")
        .get("/operations/{id}", operation, "Where does this operation stand?")
        .get("/operations/{id}/events", events, "Everything that happened in it, the oldest first.")
        .get("/operations/{id}/decisions", question, "What does it ask now, and what can be chosen?")
        .post("/operations/{id}/decisions", decide, "Decides what it asks; audited.")
        .post(
            "/operations/{id}/cancel",
            cancel,
            "Asks that it be cancelled: its current step finishes or is undone, then the rest is undone.",
        )
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct OperationsQuery {
    /// Only those on this target: `node:node_…`.
    target: Option<String>,
    /// Only those that are not over.
    #[schemars(with = "Option<bool>")]
    open: Option<String>,
    /// Only those that were handed to whoever asks.
    #[schemars(with = "Option<bool>")]
    handed_to_me: Option<String>,
    /// At most this many; 50 when it is not said, and never more than 200.
    #[schemars(with = "Option<u32>", range(min = 1))]
    limit: Option<String>,
    /// `next_cursor` of the part before.
    cursor: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DecisionBody {
    /// One of the offered choices.
    choice: String,
    /// Why; kept in the audit.
    #[serde(default)]
    reason: String,
    /// To approve: the hash of the plan that is approved.
    #[serde(default)]
    plan_hash: Option<String>,
    /// For a choice that destroys something: the target's name, as `confirm` says it.
    #[serde(default)]
    confirmation: Option<String>,
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CancelBody {
    /// Why; kept in the audit.
    #[serde(default)]
    reason: String,
}

/// What an operation asks, under a tag that a decision can be bound to.
struct Asks(Question);

impl IntoResponse for Asks {
    fn into_response(self) -> Response {
        let tag = HeaderValue::from_str(&format!("\"{}\"", self.0.tag));
        let mut response = Json(self.0).into_response();
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        if let Ok(tag) = tag {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }
}

impl Reply for Asks {
    fn describe(into: &mut Description<'_>) {
        One::<Question>::describe(into);
        into.with_header(200, "ETag", "The tag of the question: send it as `If-Match` with the decision.");
    }
}

async fn operations(
    Asked(asking): Asked,
    ReadQuery(query): ReadQuery<OperationsQuery>,
) -> Result<Listed<OperationRow>, Problem> {
    let target = query
        .target
        .as_deref()
        .map(str::parse::<Target>)
        .transpose()
        .map_err(|wrong| bad_query(&format!("`target`: {wrong}.")))?;
    let only_open = yes_or_no("open", query.open.as_deref())?;
    let handed_to_me = yes_or_no("handed_to_me", query.handed_to_me.as_deref())?;
    let page = PageQuery { limit: query.limit, cursor: query.cursor }.page()?;
    Ok(Listed(asking.operations(OperationsFilter { target, only_open, handed_to_me }, page).await?))
}

async fn operation(
    Asked(asking): Asked,
    ReadId(id): ReadId<OperationId>,
) -> Result<One<OperationView>, Problem> {
    Ok(One(asking.operation(id).await?))
}

async fn events(
    Asked(asking): Asked,
    ReadId(id): ReadId<OperationId>,
    ReadQuery(query): ReadQuery<PageQuery>,
) -> Result<Listed<EventView>, Problem> {
    Ok(Listed(asking.events(id, query.page()?).await?))
}

async fn question(Asked(asking): Asked, ReadId(id): ReadId<OperationId>) -> Result<Asks, Problem> {
    Ok(Asks(asking.question(id).await?))
}

async fn decide(
    Asked(asking): Asked,
    ReadId(id): ReadId<OperationId>,
    if_match: IfMatch,
    ReadBody(body): ReadBody<DecisionBody>,
) -> Result<Json<OperationView>, Problem> {
    let DecisionBody { choice, reason, plan_hash, confirmation } = body;
    let decision = Decision { choice, reason, questions: if_match.tags(), plan_hash, confirmation };
    asking.decide(id, decision).await.map(Json).map_err(|error| {
        let stale = error.code == "another_question";
        let problem = Problem::from(error);
        if stale { problem.with_status(StatusCode::PRECONDITION_FAILED) } else { problem }
    })
}

/// 202: the current step finishes or is undone first.
async fn cancel(
    Asked(asking): Asked,
    ReadId(id): ReadId<OperationId>,
    ReadBodyIfAny(body): ReadBodyIfAny<CancelBody>,
) -> Result<Accepted<OperationView>, Problem> {
    Ok(Accepted { body: asking.cancel(id, body.reason).await?, place: None })
}

fn yes_or_no(name: &str, word: Option<&str>) -> Result<bool, Problem> {
    let Some(word) = word else { return Ok(false) };
    word.parse().map_err(|_| bad_query(&format!("`{name}` is `true` or `false`.")))
}
