//! What plan and operation pages ask.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use read_models::{
    error::ConsoleError,
    evidence::OperationEvidence,
    operation::{OperationView, PlanView},
};

/// A plan that was made before.
#[server(prefix = "/api/ui", endpoint = "load_plan", input = GetUrl)]
pub(crate) async fn load_plan(id: String) -> Result<PlanView, ConsoleError> {
    use crate::console;
    console::from_context()?.operations.planned(console::id(&id)?).await
}

/// Where does this operation stand?
#[server(prefix = "/api/ui", endpoint = "load_operation", input = GetUrl)]
pub(crate) async fn load_operation(id: String) -> Result<OperationView, ConsoleError> {
    use crate::console;
    console::from_context()?.operations.operation(console::id(&id)?).await
}

/// What does this operation's bundle hold, and is it covered?
#[server(prefix = "/api/ui", endpoint = "load_operation_evidence", input = GetUrl)]
pub(crate) async fn load_operation_evidence(id: String) -> Result<OperationEvidence, ConsoleError> {
    use crate::console;
    console::from_context()?.evidence.operation_evidence(console::id(&id)?).await
}
