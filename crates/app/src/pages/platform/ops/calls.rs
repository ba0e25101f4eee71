//! What the page of platform operations asks.

use read_models::{error::ConsoleError, ops::OpsView};

/// What needs an operator, what is under way, what ends soon, what has ended?
pub(crate) async fn load_ops(item: Option<String>, draft: Option<String>) -> Result<OpsView, ConsoleError> {
    use crate::console::{from_context, optional_id};
    from_context()?.ops.ops(item, optional_id(draft.as_deref())).await
}
