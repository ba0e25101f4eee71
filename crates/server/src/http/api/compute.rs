//! `/projects`, `/skus`, `/compute`, `/compute/launch`, `/platform/config/skus`: where something can be launched, what, and what
//! decides it.

use read_models::compute::{ComputeConsole as _, ComputeView, LaunchView, SkuDetail, SkuOffer, SkusView};
use read_models::ids::{ProjectId, SkuId};
use read_models::session::ProjectRef;
use schemars::JsonSchema;
use serde::Deserialize;

use super::answer::{Listed, One};
use super::input::{Asked, PageQuery, ReadId, ReadQuery};
use crate::http::Problem;
use crate::http::document::Endpoints;

pub(super) fn endpoints() -> Endpoints {
    Endpoints::under(super::PREFIX, "Compute")
        .get("/projects", projects, "The projects whoever asks reaches.")
        .get("/skus", skus, "What is offered, and what of it is free now.")
        .get("/compute", compute, "What is offered in a project, what is free, and what of it runs?")
        .get("/compute/launch", launch, "What can be launched in a project, and what would that do?")
        .get("/platform/config/skus", offered, "What does the platform offer, retired SKUs included?")
        .get("/platform/config/skus/{id}", sku, "What is this SKU, and what can be done with it?")
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ProjectQuery {
    /// For which project; without it the first one.
    project: Option<ProjectId>,
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

async fn compute(
    Asked(asking): Asked,
    ReadQuery(query): ReadQuery<ProjectQuery>,
) -> Result<One<ComputeView>, Problem> {
    Ok(One(asking.compute(query.project).await?))
}

async fn launch(
    Asked(asking): Asked,
    ReadQuery(query): ReadQuery<LaunchQuery>,
) -> Result<One<LaunchView>, Problem> {
    Ok(One(asking.launch(query.project, query.sku, None).await?))
}

async fn offered(
    Asked(asking): Asked,
    ReadQuery(query): ReadQuery<PageQuery>,
) -> Result<One<SkusView>, Problem> {
    Ok(One(asking.offered(query.page()?, None).await?))
}

async fn sku(Asked(asking): Asked, ReadId(id): ReadId<SkuId>) -> Result<One<SkuDetail>, Problem> {
    Ok(One(asking.sku(id, None).await?))
}
