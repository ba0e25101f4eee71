//! What the entrance asks.

use read_models::{error::ConsoleError, iam::InvitationView, session::SignInView};

/// Is there an administrator yet?
pub(crate) async fn load_sign_in() -> Result<SignInView, ConsoleError> {
    crate::console::from_context()?.session.sign_in().await
}

/// What does this link let me do?
pub(crate) async fn load_invitation(secret: String) -> Result<InvitationView, ConsoleError> {
    crate::console::from_context()?.iam.invitation(secret).await
}
