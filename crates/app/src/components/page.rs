//! A page: what it asks, and then the workflow, or what is in the way.

use super::{page_main::PageMain, page_states::problem};
use leptos::prelude::*;
use read_models::{error::ConsoleError, navigation::RouteId};
use std::future::Future;

/// The page at `route`: `workflow` shows what was `asked` for.
pub(crate) fn page<T: Send + 'static>(
    route: RouteId,
    asked: impl Future<Output = Result<T, ConsoleError>> + Send + 'static,
    workflow: impl FnOnce(T) -> AnyView + Send + 'static,
) -> AnyView {
    let shown = async move { asked.await.map_or_else(problem, workflow) };
    view! { <PageMain route>{Suspend::new(shown)}</PageMain> }.into_any()
}
