//! What the shell asks.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use read_models::{error::ConsoleError, session::ShellView};

/// Who is here, and where may they go?
#[server(prefix = "/api/ui", endpoint = "load_shell", input = GetUrl)]
pub(crate) async fn load_shell() -> Result<ShellView, ConsoleError> {
    crate::console::from_context()?.session.shell().await
}
