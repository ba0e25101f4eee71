//! A console that answers with sample data, and a server that renders one page: enough to see every page.

mod account;
mod audit;
mod bulk;
mod compute;
mod evidence;
mod find;
mod iam;
mod nodes;
mod onboarding;
mod operations;
mod ops;
mod session;
mod workloads;

use app::{
    Document, Theme,
    console::{Consoles, ResponseStatus},
    shell,
};
use futures::StreamExt;
use leptos::prelude::{IntoView, RenderHtml, provide_context};
use leptos_router::location::RequestUrl;
use read_models::{
    error::ConsoleError,
    evidence::EventView,
    ids::{NodeId, OperationId, PlanId, ProjectId, SkuId, WorkloadId},
    session::ProjectRef,
    time::Timestamp,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
    time::Duration,
};

pub(crate) use onboarding::onboarding_id;

/// What the fake console shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Scene {
    /// Much is going on.
    #[default]
    Busy,
    /// Nothing has been made yet.
    Empty,
    /// Every question fails this way.
    Failing(read_models::error::ErrorKind),
}

/// Answers every question with sample data.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FakeConsole(pub(crate) Scene);

impl FakeConsole {
    /// The sample, or the failure of the scene.
    fn answer<'a, T: Send + 'a>(self, sample: impl FnOnce() -> T) -> read_models::Answer<'a, T> {
        let answer = match self.0 {
            Scene::Busy | Scene::Empty => Ok(sample()),
            Scene::Failing(kind) => {
                let mut error = ConsoleError::new(kind, "sample", "The sample says no. Nothing was changed.")
                    .next("Ask an administrator for the role `operator`.");
                error.request_id = Some("req_0192f3a4".to_owned());
                Err(error)
            }
        };
        Box::pin(async move { answer })
    }
}

/// A page as the server sends it: its status and its HTML.
pub(crate) async fn render(path: &str, scene: Scene, theme: Theme) -> (u16, String) {
    _ = any_spawner::Executor::init_tokio();
    let fake = Arc::new(FakeConsole(scene));
    let consoles = Consoles {
        account: fake.clone(),
        session: fake.clone(),
        workloads: fake.clone(),
        compute: fake.clone(),
        find: fake.clone(),
        iam: fake.clone(),
        nodes: fake.clone(),
        onboarding: fake.clone(),
        operations: fake.clone(),
        evidence: fake.clone(),
        ops: fake,
    };
    let status = Arc::new(AtomicU16::new(200));
    let (meta, head) = leptos_meta::ServerMetaContext::new();
    let (path, seen) = (path.to_owned(), Arc::clone(&status));
    let context = move || {
        provide_context(RequestUrl::new(&path));
        provide_context(consoles);
        provide_context(theme);
        provide_context(ResponseStatus(Arc::new(move |status| seen.store(status, Ordering::SeqCst))));
        provide_context(meta);
        leptos::nonce::provide_nonce();
    };
    let document = || shell(Document { build: "dev".to_owned() });
    let (owner, stream) = leptos_integration_utils::build_response(document, context, whole_page, false);
    let html: String = head.inject_meta_context(stream.await).await.collect().await;
    owner.unset_with_forced_cleanup();
    (status.load(Ordering::SeqCst), html)
}

type Sent = leptos_integration_utils::PinnedFuture<leptos_integration_utils::PinnedStream<String>>;

/// Everything first, then the answer: as the server renders pages.
fn whole_page(
    app: impl IntoView + 'static,
    chunks: leptos_integration_utils::BoxedFnOnce<leptos_integration_utils::PinnedStream<String>>,
    _: bool,
) -> Sent {
    Box::pin(async move {
        let app = app.into_view().to_html_stream_in_order().collect::<String>().await;
        let chunks = chunks().collect::<String>().await;
        Box::pin(futures::stream::iter([app, chunks])) as leptos_integration_utils::PinnedStream<String>
    })
}

pub(crate) const NOW: Timestamp = Timestamp::from_micros(1_795_357_331_000_000);

pub(crate) fn ago(seconds: u64) -> Timestamp {
    NOW.minus(Duration::from_secs(seconds))
}

pub(crate) fn hence(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

pub(crate) fn hex(last: u8) -> String {
    format!("0192f3a4b5c67d8e9fa0b1c2d3e4f5{last:02x}")
}

pub(crate) fn workload_id(n: u8) -> WorkloadId {
    WorkloadId::from_uuid(&hex(n))
}

pub(crate) fn node_id(n: u8) -> NodeId {
    NodeId::from_uuid(&hex(n))
}

pub(crate) fn sku_id(n: u8) -> SkuId {
    SkuId::from_uuid(&hex(n))
}

pub(crate) fn operation_id(n: u8) -> OperationId {
    OperationId::from_uuid(&hex(n))
}

pub(crate) fn plan_id(n: u8) -> PlanId {
    PlanId::from_uuid(&hex(n))
}

pub(crate) fn project(name: &str, n: u8) -> ProjectRef {
    ProjectRef { id: ProjectId::from_uuid(&hex(n)), name: name.to_owned() }
}

pub(crate) fn events() -> Vec<EventView> {
    let event = |n: u8, seconds, kind: &str, actor: &str, sentence: &str| EventView {
        cursor: n.to_string(),
        at: ago(seconds),
        kind: kind.to_owned(),
        actor: actor.to_owned(),
        sentence: sentence.to_owned(),
        operation: Some(operation_id(n)),
        resource: None,
        hash: format!("9f3c55aa11bb22cc33dd44ee55ff66aa77bb88cc99dd00ee11ff22aa33bb44{n:02x}"),
    };
    vec![
        event(
            3,
            9,
            "step.observed",
            "hx-114",
            "The agent reports 1 of 3 workloads stopped: eval-7 ended with exit code 143.",
        ),
        event(2, 71, "step.started", "server", "Stopping workloads: SIGTERM sent to 3 processes."),
        event(2, 72, "step.observed", "server", "Policy is draining: no new placements since 14:21:00."),
        event(1, 73, "audit.intent", "ops@helios.example", "Asked to drain hx-114."),
    ]
}
