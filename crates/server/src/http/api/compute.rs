//! `/projects`, `/skus`, `/compute/launch`: where something can be launched, and what.

use read_models::compute::{ComputeConsole as _, LaunchView, SkuOffer};
use read_models::ids::{ProjectId, SkuId};
use read_models::session::ProjectRef;
use schemars::JsonSchema;
use serde::Deserialize;

use super::answer::{Listed, One};
use super::input::{Asked, PageQuery, ReadQuery};
use crate::http::Problem;
use crate::http::document::Endpoints;

pub(super) fn endpoints() -> Endpoints {
    Endpoints::under(super::PREFIX, "Compute")
        .get("/projects", projects, "The projects whoever asks reaches.")
        .get("/skus", skus, "What is offered, and what of it is free now.")
        .get("/compute/launch", launch, "What can be launched in a project, and what would that do?")
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LaunchQuery {
    /// Into which project; without it the first one.
    project: Option<ProjectId>,
    /// The SKU the form begins with.
    sku: Option<SkuId>,
}

async fn projects(
    Asked(asking): Asked,
    ReadQuery(query): ReadQuery<PageQuery>,
) -> Result<Listed<ProjectRef>, Problem> {
    Ok(Listed(asking.projects(query.page()?).await?))
}

async fn skus(
    Asked(asking): Asked,
    ReadQuery(query): ReadQuery<PageQuery>,
) -> Result<Listed<SkuOffer>, Problem> {
    Ok(Listed(asking.skus(query.page()?).await?))
}

async fn launch(
    Asked(asking): Asked,
    ReadQuery(query): ReadQuery<LaunchQuery>,
) -> Result<One<LaunchView>, Problem> {
    Ok(One(asking.launch(query.project, query.sku, None).await?))
}
