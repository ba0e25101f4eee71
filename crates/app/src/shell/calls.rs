//! What the shell asks.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use read_models::{
    error::ConsoleError,
    find::{FindView, SavedViews},
    session::ShellView,
};

/// Who is here, and where may they go?
#[server(prefix = "/api/ui", endpoint = "load_shell", input = GetUrl)]
pub(crate) async fn load_shell() -> Result<ShellView, ConsoleError> {
    crate::console::from_context()?.session.shell().await
}

/// What is called so? `here` is the page it is asked from.
#[server(prefix = "/api/ui", endpoint = "load_find", input = GetUrl)]
pub(crate) async fn load_find(words: String, here: Option<String>) -> Result<FindView, ConsoleError> {
    use read_models::navigation::Address;
    // What is no page of the contract has no thing on it.
    let here = here.and_then(|here| Address::try_from(here).ok());
    crate::console::from_context()?.find.find(words, here).await
}

/// Which views of this list have I saved?
#[server(prefix = "/api/ui", endpoint = "load_saved_views", input = GetUrl)]
pub(crate) async fn load_saved_views(here: String) -> Result<SavedViews, ConsoleError> {
    crate::console::from_context()?.find.saved_views(here).await
}
