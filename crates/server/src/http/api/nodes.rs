//! `/nodes`, `/nodes/{id}`, `/platform/nodes`: the machines.

use read_models::ids::NodeId;
use read_models::nodes::{NodeDetail, NodeRow, NodesConsole as _, NodesView};

use super::answer::{Listed, One, Unkept};
use super::input::{Asked, PageQuery, ReadId, ReadQuery};
use crate::http::Problem;
use crate::http::document::Endpoints;

pub(super) fn endpoints() -> Endpoints {
    Endpoints::under(super::PREFIX, "Nodes")
        .get("/nodes", nodes, "The nodes, by name.")
        .get("/nodes/{id}", node, "What is this node, how is it, and what can be done with it?")
        .get(
            "/platform/nodes",
            glance,
            "Which nodes are there, which need action, how does one come in? To whoever issued an enrolment token its \
             command is shown while it is good.",
        )
}

async fn nodes(
    Asked(asking): Asked,
    ReadQuery(query): ReadQuery<PageQuery>,
) -> Result<Listed<NodeRow>, Problem> {
    Ok(Listed(asking.nodes(query.page()?).await?))
}

async fn node(Asked(asking): Asked, ReadId(id): ReadId<NodeId>) -> Result<One<NodeDetail>, Problem> {
    Ok(One(asking.node(id, None).await?))
}

async fn glance(
    Asked(asking): Asked,
    ReadQuery(query): ReadQuery<PageQuery>,
) -> Result<Unkept<NodesView>, Problem> {
    Ok(Unkept(asking.nodes_view(query.page()?, None).await?))
}
