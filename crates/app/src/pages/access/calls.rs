//! What the pages of access ask.

use read_models::{
    audit::{AuditSearch, AuditView},
    error::ConsoleError,
};

/// What happened in the project?
pub(super) async fn load_project_audit(
    search: AuditSearch,
    cursor: Option<String>,
) -> Result<AuditView, ConsoleError> {
    use crate::console::{from_context, id};
    let project = search.project.as_deref().map(id).transpose()?;
    from_context()?.evidence.project_audit(project, search, cursor).await
}
