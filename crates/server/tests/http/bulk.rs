//! One operation on many nodes: from the list over the plan to its page, as a browser without script sends it, and over the
//! API.

use serde_json::{Value, json};
use server::authz::Role;
use server::store::testing::on_both;

use crate::house::House;

/// What the list's form sends, with these boxes ticked.
fn form<'a>(operation: &'a str, reason: &'a str, ticked: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![
        ("operation", "bulk.run"),
        ("target", "platform:platform"),
        ("back", "/platform/nodes"),
        ("input.operation", operation),
        ("input.with.reason", reason),
        ("input.canary", "1"),
        ("input.parallelism", "3"),
        ("input.stop_after_failures", "2"),
    ];
    fields.extend(ticked.iter().map(|id| ("input.targets", *id)));
    fields
}

#[tokio::test]
async fn ticked_nodes_go_from_the_list_over_the_plan_to_the_operation() {
    on_both(async |db| {
        let house = House::on(db).await;
        let browser = house.browser(Role::Operator).await;
        let (node, nowhere) = (house.node.to_string(), "node_nowhere");
        let planned = browser
            .sends("/operations/plan", &form("node.disable_scheduling", "noisy", &[&node, nowhere]))
            .await;
        let plan = planned.leads_to().to_owned();
        assert!(plan.starts_with("/operations/plans/plan_"), "{plan}");
        let page = browser.gets(&plan).await.text;
        assert!(page.contains("on 1 of 2 nodes") && page.contains("There is no such node."), "{page}");
        let value = |name: &str| {
            let tag = page.split(&format!("name=\"{name}\"")).nth(1).unwrap_or_default();
            tag.split("value=\"").nth(1).unwrap_or_default().split('"').next().unwrap_or_default().to_owned()
        };
        let (hash, key) = (value("plan_hash"), value("idempotency_key"));
        let start = [("plan_hash", &*hash), ("idempotency_key", &*key), ("confirmation", "confirmed")];
        let operation = browser.sends(&format!("{plan}/start"), &start).await.leads_to().to_owned();
        assert!(operation.starts_with("/operations/op_"), "{operation}");
        let page = browser.gets(&operation).await.text;
        assert!(page.contains("on 1 of 2 nodes"), "{page}");
    })
    .await;
}

#[tokio::test]
async fn what_is_missing_is_said_on_the_list_and_what_was_ticked_stays_ticked() {
    on_both(async |db| {
        let house = House::on(db).await;
        let browser = house.browser(Role::Operator).await;
        let node = house.node.to_string();
        for (fields, sentence) in [
            (form("node.begin_maintenance", "", &[&node]), "reason: "),
            (form("node.drain", "", &[]), "targets: "),
            (form("node.teleport", "", &[&node]), "operation: "),
        ] {
            let back = browser.sends("/operations/plan", &fields).await;
            let place = back.leads_to().to_owned();
            assert!(place.starts_with("/platform/nodes?draft=dft_"), "{place}");
            let page = browser.gets(&place).await.text;
            assert!(page.contains("bulk_errors") && page.contains(sentence), "{sentence}: {page}");
            let tick = page.split(&format!("value=\"{node}\"")).nth(1).unwrap_or_default();
            let is_ticked = tick.split('>').next().unwrap_or_default().contains("checked");
            assert_eq!(is_ticked, fields.contains(&("input.targets", &*node)), "{sentence}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_api_plans_starts_and_reads_it_like_every_operation() {
    on_both(async |db| {
        let house = House::on(db).await;
        let program = house.program(Role::Operator).await;
        let request = json!({ "operation": "bulk.run", "target": "platform:platform",
            "input": { "operation": "node.disable_scheduling", "targets": [house.node] } });
        let plan: Value = program.posts("/api/v1/operations/plan", &request).await.json();
        assert_eq!(plan["bulk"]["included"][0]["target"]["id"], house.node.to_string(), "{plan}");
        assert_eq!((&plan["bulk"]["canary"], &plan["bulk"]["parallelism"]), (&json!(1), &json!(3)));
        let start = json!({ "plan_hash": plan["hash"], "confirmation": "confirmed" });
        let key = [("idempotency-key", "bulk-1")];
        let started = program.posts_with("/api/v1/operations", &start, &key).await.json();
        let again = program.posts_with("/api/v1/operations", &start, &key).await.json();
        assert_eq!((&again["id"], &again["repeated"]), (&started["id"], &json!(true)));
        let id = started["id"].as_str().unwrap_or_default();
        let view = program.gets(&format!("/api/v1/operations/{id}")).await.json();
        // No worker runs here: who waits is known from the plan.
        assert_eq!((&view["title"], &view["bulk"]["of"]), (&json!("Disable scheduling"), &json!(1)));
        assert_eq!(view["bulk"]["targets"][0]["outcome"], "waiting");
        let viewer = house.program(Role::Viewer).await;
        let refused = viewer.posts("/api/v1/operations/plan", &request).await.status.as_u16();
        assert!([403, 404].contains(&refused), "{refused}");
    })
    .await;
}
