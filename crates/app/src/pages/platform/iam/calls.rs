//! What the pages about people ask.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use read_models::{error::ConsoleError, iam::PeopleView};

/// Who has an account, and who is invited?
#[server(prefix = "/api/ui", endpoint = "load_people", input = GetUrl)]
pub(crate) async fn load_people(draft: Option<String>) -> Result<PeopleView, ConsoleError> {
    use crate::console::{from_context, optional_id};
    from_context()?.iam.people(optional_id(draft.as_deref())).await
}
