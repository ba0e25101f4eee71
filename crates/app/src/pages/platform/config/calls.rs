//! What the config pages ask.

use read_models::{
    compute::{SkuDetail, SkusView},
    error::ConsoleError,
};

/// What does the platform offer, and how does more come on the offer?
pub(crate) async fn load_skus(
    cursor: Option<String>,
    draft: Option<String>,
) -> Result<SkusView, ConsoleError> {
    use crate::console::{from_context, optional_id};
    let page = read_models::paging::PageRequest { cursor, limit: None };
    from_context()?.compute.offered(page, optional_id(draft.as_deref())).await
}

/// What is this SKU, and what can be done with it?
pub(crate) async fn load_sku(id: String, draft: Option<String>) -> Result<SkuDetail, ConsoleError> {
    use crate::console::{from_context, id as read_id, optional_id};
    from_context()?.compute.sku(read_id(&id)?, optional_id(draft.as_deref())).await
}
