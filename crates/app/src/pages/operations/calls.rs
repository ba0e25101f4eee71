//! What plan and operation pages ask.

use read_models::{
    error::ConsoleError,
    evidence::OperationEvidence,
    operation::{OperationView, PlanView},
};

/// A plan that was made before.
pub(crate) async fn load_plan(id: String) -> Result<PlanView, ConsoleError> {
    use crate::console;
    console::from_context()?.operations.planned(console::id(&id)?).await
}

/// Where does this operation stand?
pub(crate) async fn load_operation(id: String, draft: Option<String>) -> Result<OperationView, ConsoleError> {
    use crate::console::{self, optional_id};
    let draft = optional_id(draft.as_deref());
    console::from_context()?.operations.operation_page(console::id(&id)?, draft).await
}

/// What does this operation's bundle hold, and is it covered?
pub(crate) async fn load_operation_evidence(id: String) -> Result<OperationEvidence, ConsoleError> {
    use crate::console;
    console::from_context()?.evidence.operation_evidence(console::id(&id)?).await
}
