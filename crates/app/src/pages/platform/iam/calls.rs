//! What the pages about people ask.

use read_models::{error::ConsoleError, iam::PeopleView};

/// Who has an account, and who is invited?
pub(crate) async fn load_people(draft: Option<String>) -> Result<PeopleView, ConsoleError> {
    use crate::console::{from_context, optional_id};
    from_context()?.iam.people(optional_id(draft.as_deref())).await
}
