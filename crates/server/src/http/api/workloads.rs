//! `/workloads`, `/workloads/{id}`, `/workbench`: what runs.

use read_models::ids::{ProjectId, WorkloadId};
use read_models::workloads::{
    MetricsWindow, WorkbenchView, WorkloadDetail, WorkloadMetrics, WorkloadRow, WorkloadsConsole as _,
    WorkloadsFilter,
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::answer::{Listed, One};
use super::input::{Asked, PageQuery, ReadId, ReadQuery, bad_query};
use crate::http::Problem;
use crate::http::document::Endpoints;

pub(super) fn endpoints() -> Endpoints {
    Endpoints::under(super::PREFIX, "Workloads")
        .get("/workloads", workloads, "The workloads of whoever asks, the newest first.")
        .get("/workloads/{id}", workload, "What is this workload, what did it say, what can be done with it?")
        .get("/workloads/{id}/metrics", metrics, "What has this workload used?")
        .get("/workbench", workbench, "What runs in a project, what needs action, what can be ignored?")
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WorkloadsQuery {
    /// Which of them: `active` when it is not said.
    #[schemars(with = "Option<WorkloadsFilter>")]
    view: Option<String>,
    /// At most this many; 50 when it is not said, and never more than 200.
    #[schemars(with = "Option<u32>", range(min = 1))]
    limit: Option<String>,
    /// `next_cursor` of the part before.
    cursor: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WorkbenchQuery {
    /// Of which project; without it the one used last, or the first one.
    project: Option<ProjectId>,
    /// Which workloads: `active` when it is not said.
    #[schemars(with = "Option<WorkloadsFilter>")]
    view: Option<String>,
    /// At most this many; 50 when it is not said, and never more than 200.
    #[schemars(with = "Option<u32>", range(min = 1))]
    limit: Option<String>,
    /// `next_cursor` of the part before.
    cursor: Option<String>,
}

async fn workloads(
    Asked(asking): Asked,
    ReadQuery(query): ReadQuery<WorkloadsQuery>,
) -> Result<Listed<WorkloadRow>, Problem> {
    let filter = view(query.view.as_deref())?;
    let page = PageQuery { limit: query.limit, cursor: query.cursor }.page()?;
    Ok(Listed(asking.workloads(filter, page).await?))
}

async fn workload(
    Asked(asking): Asked,
    ReadId(id): ReadId<WorkloadId>,
) -> Result<One<WorkloadDetail>, Problem> {
    Ok(One(asking.workload(id, None).await?))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct MetricsQuery {
    /// How far back: `15m` when it is not said.
    #[schemars(with = "Option<MetricsWindow>")]
    window: Option<String>,
}

async fn metrics(
    Asked(asking): Asked,
    ReadId(id): ReadId<WorkloadId>,
    ReadQuery(query): ReadQuery<MetricsQuery>,
) -> Result<One<WorkloadMetrics>, Problem> {
    let window = match query.window.as_deref() {
        None => MetricsWindow::default(),
        Some(word) => {
            MetricsWindow::parse(word).ok_or_else(|| bad_query("`window` is `15m`, `2h`, `24h` or `14d`."))?
        }
    };
    Ok(One(asking.workload_metrics(id, window).await?))
}

async fn workbench(
    Asked(asking): Asked,
    ReadQuery(query): ReadQuery<WorkbenchQuery>,
) -> Result<One<WorkbenchView>, Problem> {
    let filter = view(query.view.as_deref())?;
    let page = PageQuery { limit: query.limit, cursor: query.cursor }.page()?;
    Ok(One(asking.workbench(query.project, filter, page, None).await?))
}

fn view(word: Option<&str>) -> Result<WorkloadsFilter, Problem> {
    let Some(word) = word else { return Ok(WorkloadsFilter::Active) };
    WorkloadsFilter::parse(word).ok_or_else(|| bad_query("`view` is `active`, `history` or `all`."))
}
