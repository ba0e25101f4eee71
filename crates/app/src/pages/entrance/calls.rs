//! What the entrance asks.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use read_models::{error::ConsoleError, iam::InvitationView, session::SignInView};

/// Is there an administrator yet?
#[server(prefix = "/api/ui", endpoint = "load_sign_in", input = GetUrl)]
pub(crate) async fn load_sign_in() -> Result<SignInView, ConsoleError> {
    crate::console::from_context()?.session.sign_in().await
}

/// What does this link let me do?
#[server(prefix = "/api/ui", endpoint = "load_invitation")]
pub(crate) async fn load_invitation(secret: String) -> Result<InvitationView, ConsoleError> {
    crate::console::from_context()?.iam.invitation(secret).await
}
