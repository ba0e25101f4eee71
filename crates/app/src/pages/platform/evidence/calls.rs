//! What the pages of evidence ask.

use read_models::{
    audit::{
        AuditSearch, AuditView, CheckpointsView, EvidenceView, ExportsView, OperationsEvidence,
        OperationsSearch,
    },
    error::ConsoleError,
};

/// How does the chain stand?
pub(super) async fn load_evidence(draft: Option<String>) -> Result<EvidenceView, ConsoleError> {
    use crate::console::{from_context, optional_id};
    from_context()?.evidence.evidence(optional_id(draft.as_deref())).await
}

/// What happened?
pub(super) async fn load_audit(
    search: AuditSearch,
    cursor: Option<String>,
    draft: Option<String>,
) -> Result<AuditView, ConsoleError> {
    use crate::console::{from_context, optional_id};
    from_context()?.evidence.audit(search, cursor, optional_id(draft.as_deref())).await
}

/// Which operations were carried out, and is the evidence of each signed?
pub(super) async fn load_operations(
    search: OperationsSearch,
    cursor: Option<String>,
) -> Result<OperationsEvidence, ConsoleError> {
    crate::console::from_context()?.evidence.operations_evidence(search, cursor).await
}

/// Which files were made?
pub(super) async fn load_exports(
    cursor: Option<String>,
    draft: Option<String>,
) -> Result<ExportsView, ConsoleError> {
    use crate::console::{from_context, optional_id};
    from_context()?.evidence.exports(cursor, optional_id(draft.as_deref())).await
}

/// Where did the chain end, signed?
pub(super) async fn load_checkpoints(cursor: Option<String>) -> Result<CheckpointsView, ConsoleError> {
    crate::console::from_context()?.evidence.checkpoints(cursor).await
}
