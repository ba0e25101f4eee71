//! The pages: the app rendered whole, with its real status and the Consoles made for whoever asks.

use std::sync::{Arc, LazyLock};

use app::console::{Consoles, ResponseStatus};
use app::{App, Document};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Extension, Router};
use leptos::context::{provide_context, use_context};
use leptos::nonce::Nonce;
use leptos_axum::ResponseOptions;
use read_models::navigation::{Address, CONTRACT};
use tower_http::compression::{CompressionLayer, CompressionLevel};

use super::forms::{keys_of, theme_of};
use super::middleware::principal::MaybePrincipal;
use super::middleware::request_id::RequestId;
use super::sign_in::{escape, see_other};
use super::{assets, problem};
use crate::console::Asking;
use crate::state::AppState;

/// The pages of the app's router; making the list also gives Leptos its executor.
///
/// It is made once in a process, before any page is rendered: while it is made, every page being rendered waits for ever
/// (leptos-rs/leptos#4773). Tests have many servers in one process.
static PAGES: LazyLock<Vec<String>> = LazyLock::new(|| {
    leptos_axum::generate_route_list(App).iter().map(|page| page.path().to_owned()).collect()
});

/// The build whose files the pages load.
#[derive(Clone, Debug)]
struct Build(Arc<str>);

/// The pages of the app's router, and what is shown where there is no page.
pub(crate) fn routes(state: &AppState) -> Router<AppState> {
    let mut routes = Router::new().route("/", get(landing));
    for page in PAGES.iter() {
        routes = routes.route(page, get(page_of_app));
    }
    routes
        .fallback(nowhere)
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(Extension(Build(Arc::from(assets::build_id(&state.config)))))
}

/// `/`: where the person's role begins.
async fn landing(MaybePrincipal(who): MaybePrincipal) -> Response {
    let place = who.map_or(Address::SignIn, |who| who.landing_address());
    see_other(&place.to_string())
}

async fn page_of_app(
    State(state): State<AppState>,
    Extension(build): Extension<Build>,
    MaybePrincipal(who): MaybePrincipal,
    request: Request,
) -> Response {
    if who.is_none() && needs_sign_in(request.uri()) {
        let next = request.uri().path_and_query().map_or("/", |path| path.as_str());
        return see_other(&format!("{}?next={}", Address::SignIn, escape(next)));
    }
    render(&state, build, request).await
}

/// Pages of the contract that are for certain roles need somebody.
fn needs_sign_in(uri: &Uri) -> bool {
    CONTRACT.iter().any(|page| !page.roles.is_empty() && is_at(page.path, uri.path()))
}

fn is_at(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (pattern.split('/'), path.trim_end_matches('/').split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(wanted), Some(given))
                if wanted == given || (wanted.starts_with(':') && !given.is_empty()) => {}
            (_, _) => return false,
        }
    }
}

/// An address that leads nowhere: a page for people, a problem for programs.
async fn nowhere(
    State(state): State<AppState>,
    Extension(build): Extension<Build>,
    request: Request,
) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let accepts =
        request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let of_program = ["/api/", "/pkg/"].iter().any(|place| request.uri().path().starts_with(place));
    if reads && accepts.contains("text/html") && !of_program {
        return render(&state, build, request).await;
    }
    problem::no_such_page(request.uri().clone()).await.into_response()
}

async fn render(state: &AppState, Build(build): Build, request: Request) -> Response {
    let given = Given::of(state, &request);
    let document = Document { build: build.to_string() };
    let render = leptos_axum::render_app_async_with_context(
        move || given.provide(),
        move || app::shell(document.clone()),
    );
    render(request).await
}

/// What the app finds in its context for this request.
#[derive(Clone)]
struct Given {
    asking: Asking,
    nonce: Option<Nonce>,
    theme: app::Theme,
    keys: app::SingleKeys,
}

impl Given {
    fn of(state: &AppState, request: &Request) -> Self {
        let (extensions, headers): (_, &HeaderMap) = (request.extensions(), request.headers());
        let who = extensions.get::<MaybePrincipal>().and_then(|found| found.0.clone());
        let request_id = extensions.get::<RequestId>().map(|id| id.0.clone());
        Self {
            asking: Asking::new(state, who, request_id),
            nonce: extensions.get::<Nonce>().cloned(),
            theme: theme_of(headers),
            keys: keys_of(headers),
        }
    }

    /// Called in the request's own reactive owner, after Leptos has provided its own: our nonce wins.
    fn provide(&self) {
        let asking = Arc::new(self.asking.clone());
        provide_context(Consoles {
            account: asking.clone(),
            session: asking.clone(),
            workloads: asking.clone(),
            compute: asking.clone(),
            find: asking.clone(),
            iam: asking.clone(),
            nodes: asking.clone(),
            onboarding: asking.clone(),
            operations: asking.clone(),
            evidence: asking.clone(),
            ops: asking,
        });
        provide_context(self.theme);
        provide_context(self.keys);
        if let Some(nonce) = &self.nonce {
            provide_context(nonce.clone());
        }
        if let Some(options) = use_context::<ResponseOptions>() {
            provide_context(ResponseStatus(Arc::new(move |status| {
                if let Ok(status) = StatusCode::from_u16(status) {
                    options.set_status(status);
                }
            })));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_but_the_entrance_needs_somebody() {
        let needs = |path: &str| needs_sign_in(&path.parse().unwrap());
        for path in
            ["/workloads", "/workloads?view=all", "/platform/nodes/node_1/certificate", "/operations/op_1"]
        {
            assert!(needs(path), "{path}");
        }
        for path in ["/sign-in", "/sign-in/first?token=x", "/nowhere", "/"] {
            assert!(!needs(path), "{path}");
        }
    }
}
