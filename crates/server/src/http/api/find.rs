//! `/find?q=…&here=…`, `/views?list=…`: find and go, for programs.

use read_models::find::{FindConsole as _, FindView, SavedViews};
use read_models::navigation::Address;
use schemars::JsonSchema;
use serde::Deserialize;

use super::answer::One;
use super::input::{Asked, ReadQuery, bad_query};
use crate::http::Problem;
use crate::http::document::Endpoints;

pub(super) fn endpoints() -> Endpoints {
    Endpoints::under(super::PREFIX, "Find")
        .get("/find", find, "What is there by these words: operations, then pages, then things?")
        .get("/views", views, "Which views of this list did I keep?")
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FindQuery {
    /// A few words, a name, the end of an id, an IP or a MAC address.
    #[serde(default)]
    q: String,
    /// The address of the page one is on: its operations come first.
    here: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ViewsQuery {
    /// The address of the list; without it the workbench.
    list: Option<String>,
}

async fn find(
    Asked(asking): Asked,
    ReadQuery(query): ReadQuery<FindQuery>,
) -> Result<One<FindView>, Problem> {
    let here = query.here.map(Address::try_from).transpose();
    let here = here.map_err(|_| bad_query("`here` is the address of a page."))?;
    Ok(One(asking.find(query.q, here).await?))
}

async fn views(
    Asked(asking): Asked,
    ReadQuery(query): ReadQuery<ViewsQuery>,
) -> Result<One<SavedViews>, Problem> {
    let list = query.list.unwrap_or_else(|| Address::Workbench.to_string());
    Ok(One(asking.saved_views(list).await?))
}
