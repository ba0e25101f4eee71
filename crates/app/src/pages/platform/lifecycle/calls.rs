//! What the lifecycle pages ask.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use read_models::{
    error::ConsoleError,
    nodes::{NodeDetail, NodesView},
};

/// Which nodes are there, which need action, how does one come in?
#[server(prefix = "/api/ui", endpoint = "load_nodes", input = GetUrl)]
pub(crate) async fn load_nodes(cursor: Option<String>) -> Result<NodesView, ConsoleError> {
    let page = read_models::paging::PageRequest { limit: None, cursor };
    crate::console::from_context()?.nodes.nodes_view(page).await
}

/// What is this node, how is it, and what can be done with it?
#[server(prefix = "/api/ui", endpoint = "load_node", input = GetUrl)]
pub(crate) async fn load_node(id: String) -> Result<NodeDetail, ConsoleError> {
    use crate::console;
    console::from_context()?.nodes.node(console::id(&id)?).await
}
