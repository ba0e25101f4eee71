//! What Prometheus reads: real numbers, for those who may look at the machines, and nobody's names in them.

use server::authz::Role;
use server::store::testing::on_both;

use crate::house::House;

/// Every line is a comment, or a name with labels and a number.
fn is_sound(line: &str) -> bool {
    let value = |line: &str| line.rsplit_once(' ').is_some_and(|(_, value)| value.parse::<f64>().is_ok());
    line.is_empty() || line.starts_with("# ") || (line.starts_with("slipway_") && value(line))
}

#[tokio::test]
async fn the_numbers_are_those_of_the_platform_and_follow_it() {
    on_both(async |db| {
        let house = House::on(db).await;
        let auditor = house.program(Role::Auditor).await;
        let admin = house.program(Role::PlatformAdmin).await;
        let target = format!("workload:{}", house.workloads[0]);
        let asking = house.starts(&admin, "workload.release", &target, House::workload_name()).await;
        house.asks(&asking, "It does not stop.").await;
        house.happens("something", None).await;
        house.clock.advance(std::time::Duration::from_secs(90));
        admin.gets(&format!("/api/v1/nodes/{}", house.node)).await;
        admin.gets("/api/v1/nodes/node_1").await;
        let answer = auditor.gets("/metrics").await;
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
        assert_eq!(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
        let wrong: Vec<_> = answer.text.lines().filter(|line| !is_sound(line)).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
        for line in [
            "slipway_nodes{state=\"ready\"} 1",
            "slipway_nodes{state=\"unreachable\"} 0",
            "slipway_nodes_by_policy{policy=\"in_service\"} 1",
            "slipway_workloads{state=\"requested\"} 2",
            "slipway_workloads{state=\"failed\"} 0",
            "slipway_operations{state=\"queued\"} 1",
            "slipway_operations{state=\"succeeded\"} 0",
            "slipway_operation_open_seconds{state=\"queued\"} 90",
            "slipway_operation_open_seconds{state=\"running\"} 0",
            "slipway_operations_asking 1",
            "slipway_operation_leases 0",
            "slipway_events 2",
            "slipway_events_unnumbered 0",
            "slipway_feed_listeners 0",
            "slipway_agent_sessions 0",
            "slipway_http_requests_total{route=\"/api/v1/nodes/{id}\",method=\"GET\",status=\"200\"} 1",
            "slipway_http_requests_total{route=\"/api/v1/nodes/{id}\",method=\"GET\",status=\"404\"} 1",
            "slipway_http_request_seconds_count{route=\"/api/v1/nodes/{id}\",method=\"GET\"} 2",
        ] {
            assert!(answer.text.lines().any(|told| told == line), "{line} is not in\n{}", answer.text);
        }
        let connections = answer.text.lines().find(|line| line.starts_with("slipway_database_connections{"));
        assert!(connections.is_some_and(|line| !line.ends_with(" 0")), "{connections:?}");
        for name in ["alpha", "beta", House::workload_name(), "example.org", house.node.as_str()] {
            assert!(!answer.text.contains(name), "{name} is nobody's to know from here");
        }
        house.cordons().await;
        let later = auditor.gets("/metrics").await.text;
        for line in ["{policy=\"in_service\"} 0", "{policy=\"cordoned\"} 1"] {
            assert!(later.contains(&format!("slipway_nodes_by_policy{line}")), "{later}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_operation_that_ends_is_counted_with_how_it_ended() {
    on_both(async |db| {
        let house = House::on(db).await;
        server::workers::start(&house.state, &tokio_util::task::TaskTracker::new());
        let admin = house.program(Role::PlatformAdmin).await;
        let request =
            serde_json::json!({ "operation": "enrolment_token.issue", "target": "platform:platform" });
        let id = house.starts_with(&admin, &request).await;
        house.settles(&admin, &id).await;
        let told = admin.gets("/metrics").await.text;
        let line =
            "slipway_operation_run_seconds_count{operation=\"enrolment_token.issue\",state=\"succeeded\"} 1";
        assert!(told.lines().any(|told| told == line), "{told}");
        assert!(told.contains("slipway_operations{state=\"succeeded\"} 1"), "{told}");
    })
    .await;
}

#[tokio::test]
async fn metrics_are_for_those_who_may_look_at_the_machines() {
    on_both(async |db| {
        let house = House::on(db).await;
        house.nobody().gets("/metrics").await.is_problem(401, "not_signed_in");
        for role in Role::ALL {
            let may = matches!(role, Role::Operator | Role::PlatformAdmin | Role::Auditor);
            let answer = house.program(role).await.gets("/metrics").await;
            assert_eq!(answer.status.is_success(), may, "{}: {}", role.key(), answer.text);
            assert!(may || !answer.text.contains("slipway_"), "{}", role.key());
        }
        // Methods and paths a client makes up are one label each.
        let made_up = axum::http::Method::from_bytes(b"MADEUP").unwrap();
        let request = house.nobody().request(made_up, "/nowhere/at/all").body(axum::body::Body::empty());
        crate::caller::send(request.unwrap()).await;
        let told = house.state.metrics.text();
        assert!(told.contains("route=\"none\",method=\"other\"") && !told.contains("MADEUP"), "{told}");
        assert!(!told.contains("nowhere"), "{told}");
    })
    .await;
}
