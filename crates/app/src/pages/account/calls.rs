//! What the account pages ask.

use read_models::{
    account::{ProfileView, SecurityView, SessionsView},
    error::ConsoleError,
};

/// How am I called, what may I, where do I land?
pub(crate) async fn load_profile(draft: Option<String>) -> Result<ProfileView, ConsoleError> {
    use crate::console::{from_context, optional_id};
    from_context()?.account.profile(optional_id(draft.as_deref())).await
}

/// What lets me and my scripts in?
pub(crate) async fn load_security(draft: Option<String>) -> Result<SecurityView, ConsoleError> {
    use crate::console::{from_context, optional_id};
    from_context()?.account.security(optional_id(draft.as_deref())).await
}

/// Where am I signed in?
pub(crate) async fn load_sessions(draft: Option<String>) -> Result<SessionsView, ConsoleError> {
    use crate::console::{from_context, optional_id};
    from_context()?.account.sessions(optional_id(draft.as_deref())).await
}
