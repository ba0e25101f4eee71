//! What the entrance asks.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use read_models::{error::ConsoleError, session::SignInView};

/// Is there an administrator yet?
#[server(prefix = "/api/ui", endpoint = "load_sign_in", input = GetUrl)]
pub(crate) async fn load_sign_in() -> Result<SignInView, ConsoleError> {
    crate::console::from_context()?.session.sign_in().await
}
