//! What the compute pages ask.

use read_models::{
    compute::{ComputeView, LaunchView},
    error::ConsoleError,
};

/// What can be launched here, and what would it do?
pub(crate) async fn load_launch(
    project: Option<String>,
    sku: Option<String>,
    draft: Option<String>,
) -> Result<LaunchView, ConsoleError> {
    use crate::console::{from_context, optional_id};
    let (project, sku, draft) = (project.as_deref(), sku.as_deref(), draft.as_deref());
    from_context()?.compute.launch(optional_id(project), optional_id(sku), optional_id(draft)).await
}

/// What is offered here, what is free, and what of it runs?
pub(crate) async fn load_compute(project: Option<String>) -> Result<ComputeView, ConsoleError> {
    use crate::console::{from_context, optional_id};
    from_context()?.compute.compute(optional_id(project.as_deref())).await
}
