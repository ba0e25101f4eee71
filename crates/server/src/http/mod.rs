//! The console's listener: pages, forms, REST API, feed, health. Handlers extract, call `console`, answer.
//!
//! To add routes: give the module a `pub(crate) fn routes() -> Router<AppState>` and merge it in [`router`].

pub mod agent;
mod api;
pub mod assets;
mod document;
mod feed;
mod forms;
pub mod health;
mod invite;
pub mod metrics;
pub mod middleware;
mod moved;
mod openapi;
mod pages;
pub mod problem;
pub mod sign_in;

use axum::Router;
use axum::middleware::from_fn;

pub use self::document::openapi as document;
use self::document::{Described, Endpoints};
pub use self::middleware::principal::{MaybePrincipal, Viewer};
pub use self::problem::Problem;
use crate::state::AppState;

/// Every route of the console's listener, behind the layers every request passes.
pub fn router(state: AppState) -> Router {
    let routes = Router::new()
        .merge(endpoints().router().layer(from_fn(api::unchanged)).layer(feed::places()))
        .merge(assets::routes(&state.config))
        .merge(sign_in::routes())
        .merge(invite::routes())
        .merge(forms::routes())
        .merge(moved::routes())
        .merge(pages::routes(&state))
        .method_not_allowed_fallback(problem::no_such_method);
    middleware::around(routes, &state).with_state(state)
}

/// What programs may ask; all of it is in the API's document.
fn endpoints() -> Endpoints {
    api::endpoints()
        .and(feed::endpoints())
        .and(openapi::endpoints())
        .and(metrics::endpoints())
        .and(health::endpoints())
}

fn described() -> Vec<Described> {
    endpoints().described()
}
