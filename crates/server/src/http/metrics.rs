//! `GET /metrics` in Prometheus' text format: to API tokens of those who may look at the machines, and on a listener of its
//! own (`metrics.listen`), on loopback, to whoever is there.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use read_models::nodes::{NodePolicy, NodeState};
use read_models::operation::OperationState;
use read_models::workloads::WorkloadState;
use serde_json::json;

use super::document::{Description, Endpoints, Reply};
use super::{Problem, Viewer};
use crate::authz::SystemProof;
use crate::console::Asking;
use crate::metrics::Measured;
use crate::state::AppState;
use crate::store::measures::{self, Counts, Measures};

/// What Prometheus asks for by default.
const FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

pub(super) fn endpoints() -> Endpoints {
    Endpoints::under("", "About").get(
        "/metrics",
        metrics,
        "What there is and what was done, for Prometheus; for an operator's, an administrator's or an auditor's token.",
    )
}

/// The same on a listener of its own, which only this machine reaches: nobody has to say who asks.
pub fn alone(state: AppState, proof: SystemProof) -> Router {
    let told = move |State(state): State<AppState>| async move {
        let taken = measures::take(&state.db, &proof, &*state.clock).await?;
        Ok::<_, Problem>(text(&state, &taken))
    };
    Router::new().route("/metrics", get(told)).with_state(state)
}

struct Text(String);

async fn metrics(State(state): State<AppState>, Viewer(who): Viewer) -> Result<Text, Problem> {
    let measures = Asking::new(&state, Some(who), None).measures().await?;
    Ok(text(&state, &measures))
}

impl IntoResponse for Text {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, HeaderValue::from_static(FORMAT))], self.0).into_response()
    }
}

impl Reply for Text {
    fn describe(into: &mut Description<'_>) {
        into.answers(200, "Prometheus' text format, 0.0.4.", "text/plain", &json!({ "type": "string" }));
    }
}

fn text(state: &AppState, taken: &Measures) -> Text {
    let metrics = &state.metrics;
    metrics.set(by_word("slipway_nodes", "state", &NodeState::ALL.map(NodeState::key), &taken.node_states));
    let policies = NodePolicy::ALL.map(NodePolicy::key);
    metrics.set(by_word("slipway_nodes_by_policy", "policy", &policies, &taken.node_policies));
    let states = WorkloadState::ALL.map(WorkloadState::key);
    metrics.set(by_word("slipway_workloads", "state", &states, &taken.workloads));
    let states = OperationState::ALL.map(OperationState::key);
    metrics.set(by_word("slipway_operations", "state", &states, &taken.operations));
    let open = OperationState::ALL.into_iter().filter(|state| !state.is_over()).map(OperationState::key);
    let open: Vec<_> = open.collect();
    let ages = by_word("slipway_operation_open_seconds", "state", &open, &taken.open_us);
    metrics.set(ages.map(|age| Measured { value: age.value / 1e6, ..age }));
    metrics.set(single(state, taken));
    for (pool, size, idle) in state.db.connections() {
        let of = |name, value| Measured { name, labels: vec![("pool", pool)], value: f64::from(value) };
        metrics.set([of("slipway_database_connections", size)]);
        metrics.set([of("slipway_database_connections_idle", idle)]);
    }
    Text(metrics.text())
}

/// What is one number each.
fn single(state: &AppState, taken: &Measures) -> [Measured<'static>; 7] {
    let one = |name, value| Measured { name, labels: Vec::new(), value };
    let version = vec![("version", env!("CARGO_PKG_VERSION"))];
    [
        one("slipway_operations_asking", number(taken.asking)),
        one("slipway_operation_leases", number(taken.leases)),
        one("slipway_events", number(taken.events)),
        one("slipway_events_unnumbered", number(taken.unnumbered)),
        one("slipway_feed_listeners", length(state.feed.receiver_count())),
        one("slipway_agent_sessions", length(state.hub.connected().len())),
        Measured { name: "slipway_build_info", labels: version, value: 1.0 },
    ]
}

/// A value for every word there is: none of them is none, and not unknown.
fn by_word<'a>(
    name: &'static str,
    label: &'static str,
    words: &'a [&'static str],
    counts: &'a Counts,
) -> impl Iterator<Item = Measured<'a>> {
    words.iter().map(move |word| {
        let found = counts.iter().find(|(known, _)| known == word).map_or(0, |(_, many)| *many);
        Measured { name, labels: vec![(label, *word)], value: number(found) }
    })
}

#[expect(clippy::cast_precision_loss, reason = "nobody has 2^52 of anything here")]
const fn number(many: i64) -> f64 {
    many as f64
}

fn length(many: usize) -> f64 {
    number(i64::try_from(many).unwrap_or(i64::MAX))
}
