//! What the shell asks.

use read_models::{
    error::ConsoleError,
    find::{FindView, SavedViews},
    session::ShellView,
};

/// Who is here, and where may they go?
pub(crate) async fn load_shell() -> Result<ShellView, ConsoleError> {
    crate::console::from_context()?.session.shell().await
}

/// What is called so?
pub(crate) async fn load_find(words: String) -> Result<FindView, ConsoleError> {
    crate::console::from_context()?.find.find(words, None).await
}

/// Which views of this list have I saved?
pub(crate) async fn load_saved_views(here: String) -> Result<SavedViews, ConsoleError> {
    crate::console::from_context()?.find.saved_views(here).await
}
