//! What the lifecycle pages ask.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use read_models::{
    error::ConsoleError,
    nodes::{NodeDetail, NodesView},
};

/// Which nodes are there, which need action, how does one come in?
#[server(prefix = "/api/ui", endpoint = "load_nodes", input = GetUrl)]
pub(crate) async fn load_nodes(
    cursor: Option<String>,
    draft: Option<String>,
) -> Result<NodesView, ConsoleError> {
    use crate::console::{from_context, optional_id};
    let page = read_models::paging::PageRequest { limit: None, cursor };
    from_context()?.nodes.nodes_view(page, optional_id(draft.as_deref())).await
}

/// What is this node, how is it, and what can be done with it?
#[server(prefix = "/api/ui", endpoint = "load_node", input = GetUrl)]
pub(crate) async fn load_node(id: String, draft: Option<String>) -> Result<NodeDetail, ConsoleError> {
    use crate::console;
    console::from_context()?.nodes.node(console::id(&id)?, console::optional_id(draft.as_deref())).await
}
