//! What this program counts while it runs: requests, operations that ended. What is true now is asked of the database when
//! somebody looks ([`crate::store::measures`]).
//!
//! The recorder belongs to one server and not to the process: tests have many servers in one.

use std::sync::Arc;
use std::time::Duration;

use metrics::{
    Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
    with_local_recorder,
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusRecorder};

/// Answers take milliseconds, operations up to hours; seconds.
const REQUEST_BUCKETS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5, 10.0];
const OPERATION_BUCKETS: [f64; 9] = [0.1, 0.5, 1.0, 5.0, 30.0, 120.0, 600.0, 3600.0, 14400.0];

const REQUESTS: &str = "slipway_http_requests_total";
const REQUEST_TIME: &str = "slipway_http_request_seconds";
const OPERATION_TIME: &str = "slipway_operation_run_seconds";

/// The counters of one server. Cheap to clone.
#[derive(Clone)]
pub struct Metrics(Arc<PrometheusRecorder>);

impl Metrics {
    /// A request was answered. The route is the pattern, never the path: an id in it would be a label of its own.
    pub fn answered(&self, route: &str, method: &str, status: u16, took: Duration) {
        let (route, method) = (route.to_owned(), method.to_owned());
        with_local_recorder(&*self.0, || {
            histogram!(REQUEST_TIME, "route" => route.clone(), "method" => method.clone()).record(took);
            counter!(REQUESTS, "route" => route, "method" => method, "status" => status.to_string())
                .increment(1);
        });
    }

    /// An operation is over.
    pub fn operation_over(&self, operation: &str, state: &'static str, took: Duration) {
        let operation = operation.to_owned();
        with_local_recorder(&*self.0, || {
            histogram!(OPERATION_TIME, "operation" => operation, "state" => state).record(took);
        });
    }

    /// Sets what is true now: a name, its labels, its value.
    pub fn set<'a>(&self, measured: impl IntoIterator<Item = Measured<'a>>) {
        with_local_recorder(&*self.0, || {
            for Measured { name, labels, value } in measured {
                let labels: Vec<_> =
                    labels.iter().map(|(key, word)| metrics::Label::new(*key, (*word).to_owned())).collect();
                gauge!(name, labels).set(value);
            }
        });
    }

    /// All of it, as Prometheus reads it (text format 0.0.4).
    pub fn text(&self) -> String {
        self.0.handle().render()
    }

    /// Puts away what was recorded since the last time, so that a server nobody looks at does not grow.
    pub fn tidy(&self) {
        self.0.handle().run_upkeep();
    }
}

/// One value that is true now.
#[derive(Clone, Debug)]
pub struct Measured<'a> {
    pub name: &'static str,
    pub labels: Vec<(&'static str, &'a str)>,
    pub value: f64,
}

/// What each of them is, for people who look at them.
const GAUGES: [(&str, &str); 14] = [
    ("slipway_nodes", "Nodes by state."),
    ("slipway_nodes_by_policy", "Nodes by what operators want of them."),
    ("slipway_workloads", "Workloads by state."),
    ("slipway_operations", "Operations by state; those that are over are kept."),
    ("slipway_operations_asking", "Operations that wait for a person's decision."),
    ("slipway_operation_open_seconds", "How long the longest of the operations in this state has been open."),
    ("slipway_operation_leases", "Operations a worker has under a lease now."),
    ("slipway_events", "The number of the newest event in the chain."),
    ("slipway_events_unnumbered", "Events that are committed and have no number yet."),
    ("slipway_feed_listeners", "Who follows the feed of this server."),
    ("slipway_agent_sessions", "Node agents that are connected to this server."),
    ("slipway_database_connections", "Connections of this server's pools to its database."),
    ("slipway_database_connections_idle", "Those of them that wait for work."),
    ("slipway_build_info", "Always 1; says which program this is."),
];

impl Default for Metrics {
    fn default() -> Self {
        let buckets = |builder: PrometheusBuilder, name: &str, buckets: &[f64]| {
            // Refused only without buckets.
            builder.set_buckets_for_metric(Matcher::Full(name.to_owned()), buckets).unwrap_or_default()
        };
        let builder = buckets(PrometheusBuilder::new(), REQUEST_TIME, &REQUEST_BUCKETS);
        let recorder = buckets(builder, OPERATION_TIME, &OPERATION_BUCKETS).build_recorder();
        with_local_recorder(&recorder, || {
            describe_counter!(REQUESTS, "Requests that were answered.");
            describe_histogram!(
                REQUEST_TIME,
                Unit::Seconds,
                "How long answers took; streams until they begin."
            );
            describe_histogram!(
                OPERATION_TIME,
                Unit::Seconds,
                "How long operations took that this server ended."
            );
            for (name, says) in GAUGES {
                describe_gauge!(name, says);
            }
        });
        Self(Arc::new(recorder))
    }
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_told_by_pattern_and_what_is_measured_by_its_newest_value() {
        let metrics = Metrics::default();
        metrics.answered("/api/v1/nodes/{id}", "GET", 200, Duration::from_millis(3));
        metrics.answered("/api/v1/nodes/{id}", "GET", 404, Duration::from_millis(3));
        metrics.operation_over("node.drain", "succeeded", Duration::from_secs(2));
        for value in [3.0, 1.0] {
            metrics.set([Measured { name: "slipway_nodes", labels: vec![("state", "ready")], value }]);
        }
        let text = metrics.text();
        for line in [
            r#"slipway_http_requests_total{route="/api/v1/nodes/{id}",method="GET",status="404"} 1"#,
            r#"slipway_http_request_seconds_bucket{route="/api/v1/nodes/{id}",method="GET",le="0.005"} 2"#,
            r#"slipway_operation_run_seconds_count{operation="node.drain",state="succeeded"} 1"#,
            r#"slipway_nodes{state="ready"} 1"#,
            "# HELP slipway_nodes Nodes by state.",
            "# TYPE slipway_http_request_seconds histogram",
        ] {
            assert!(text.lines().any(|told| told == line), "{line} is not in\n{text}");
        }
        assert!(Metrics::default().text().is_empty(), "each server counts for itself");
    }
}
