//! The console's listener: pages, forms, REST API, feed, health. Handlers extract, call `console`, answer.
//!
//! To add routes: give the module a `pub(crate) fn routes() -> Router<AppState>` and merge it in [`router`].

pub mod agent;
mod api;
pub mod assets;
mod feed;
mod forms;
pub mod health;
mod invite;
pub mod middleware;
mod pages;
pub mod problem;
pub mod sign_in;

use axum::Router;

pub use self::middleware::principal::{MaybePrincipal, Viewer};
pub use self::problem::Problem;
use crate::state::AppState;

/// Every route of the console's listener, behind the layers every request passes.
pub fn router(state: AppState) -> Router {
    let routes = Router::new()
        .merge(health::routes())
        .merge(assets::routes(&state.config))
        .merge(sign_in::routes())
        .merge(invite::routes())
        .merge(api::routes())
        .merge(feed::routes())
        .merge(forms::routes())
        .merge(pages::routes(&state))
        .method_not_allowed_fallback(problem::no_such_method);
    middleware::around(routes, &state).with_state(state)
}
