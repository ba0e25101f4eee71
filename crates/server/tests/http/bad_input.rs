//! Bad input of every kind gets problem details with a sentence, and changes nothing.

use axum::body::Body;
use axum::http::{Method, header};
use serde_json::{Value, json};
use server::authz::Role;
use server::store::testing::on_both;

use crate::caller::{Answer, Caller, send};
use crate::house::House;

async fn sends(who: &Caller, method: Method, path: &str, kind: &str, body: impl Into<Body>) -> Answer {
    let request =
        who.request(method, path).header(header::CONTENT_TYPE, kind).header("idempotency-key", "k-1");
    send(request.body(body.into()).unwrap()).await
}

const JSON: &str = "application/json";
const POSTS: [&str; 2] = ["/api/v1/operations/plan", "/api/v1/operations"];

/// Whatever was written down, in words.
async fn everything(admin: &Caller) -> Vec<Value> {
    let mut all = Vec::new();
    for list in ["operations", "workloads?view=all", "nodes"] {
        let mut page = admin.gets(&format!("/api/v1/{list}")).await.json();
        all.push(page["items"].take());
    }
    all
}

#[tokio::test]
async fn queries_ids_and_addresses_that_cannot_be_read() {
    on_both(async |db| {
        let house = House::on(db).await;
        let admin = house.program(Role::PlatformAdmin).await;
        for (path, status, code) in [
            ("/api/v1/workloads?view=everything", 400, "bad_query"),
            ("/api/v1/workloads?veiw=all", 400, "bad_query"),
            ("/api/v1/workloads?view=all&view=active", 400, "bad_query"),
            ("/api/v1/nodes?limit=many", 400, "bad_query"),
            ("/api/v1/nodes?limit=0", 400, "bad_query"),
            ("/api/v1/nodes?limit=-1", 400, "bad_query"),
            ("/api/v1/operations?cursor=nonsense", 400, "bad_cursor"),
            ("/api/v1/workloads?view=all&cursor=%00", 400, "bad_cursor"),
            ("/api/v1/operations?open=perhaps", 400, "bad_query"),
            ("/api/v1/operations?target=node", 400, "bad_query"),
            ("/api/v1/operations?target=rack:1", 400, "bad_query"),
            ("/api/v1/nodes/n1", 404, "not_found"),
            ("/api/v1/nodes/node_00000000000000000000000000000000", 404, "not_found"),
            ("/api/v1/nodes/node_%00", 404, "not_found"),
            ("/api/v1/nodes/%FF", 404, "not_found"),
            ("/api/v1/workloads/wl_0192f3a4b5c67d8e9fa0b1c2d3e4f506/metrics?window=5m", 400, "bad_query"),
            ("/api/v1/workloads/wl_0192f3a4b5c67d8e9fa0b1c2d3e4f506/metrics?windows=2h", 400, "bad_query"),
            ("/api/v1/workloads/wl_0192f3a4b5c67d8e9fa0b1c2d3e4f506/metrics", 404, "not_found"),
            ("/api/v1/workloads/wl_0192F3A4B5C67D8E9FA0B1C2D3E4F506", 404, "not_found"),
            ("/api/v1/workloads/..%2F..%2Fetc%2Fpasswd", 404, "not_found"),
            ("/api/v1/operations/op_'%20OR%201=1--", 404, "not_found"),
            ("/api/v1/nowhere", 404, "not_found"),
            ("/api/v2/nodes", 404, "not_found"),
            ("/api/ui/nothing", 404, "not_found"),
        ] {
            let answer = admin.gets(path).await;
            answer.is_problem(status, code);
        }
        assert_eq!(admin.gets("/api/v1/nodes?limit=100000").await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn methods_that_an_address_does_not_take() {
    on_both(async |db| {
        let house = House::on(db).await;
        let admin = house.program(Role::PlatformAdmin).await;
        for (method, path) in [
            (Method::DELETE, "/api/v1/nodes"),
            (Method::PUT, "/api/v1/operations"),
            (Method::POST, "/api/v1/projects"),
            (Method::PATCH, "/api/v1/operations/plan"),
            (Method::POST, "/platform/nodes"),
            (Method::DELETE, "/sign-in"),
        ] {
            let answer = sends(&admin, method.clone(), path, JSON, "{}").await;
            answer.is_problem(405, "method_not_allowed");
            assert!(
                !answer.header("allow").is_empty() && !answer.header("allow").contains(method.as_str()),
                "{method} {path}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn bodies_that_cannot_be_read() {
    on_both(async |db| {
        let house = House::on(db).await;
        let admin = house.program(Role::PlatformAdmin).await;
        let before = everything(&admin).await;
        for path in POSTS {
            for (kind, body, status, code) in [
                (JSON, "", 400, "unreadable_json"),
                (JSON, "{", 400, "unreadable_json"),
                (JSON, "\u{0}", 400, "unreadable_json"),
                (JSON, "[]", 422, "invalid"),
                (JSON, "[\"node.probe\", \"node:x\"]", 422, "invalid"),
                (JSON, "null", 422, "invalid"),
                (JSON, "{}", 422, "invalid"),
                (JSON, "{\"operation\": 7, \"plan_hash\": 7}", 422, "invalid"),
                (JSON, "{\"operation\": \"node.probe\", \"plan_hash\": \"x\", \"more\": 1}", 422, "invalid"),
                ("text/plain", "{}", 415, "wrong_content_type"),
                ("application/x-www-form-urlencoded", "operation=node.probe", 415, "wrong_content_type"),
            ] {
                sends(&admin, Method::POST, path, kind, body).await.is_problem(status, code);
            }
            let large = format!("{{\"operation\": \"{}\"}}", "x".repeat(1024 * 1024));
            sends(&admin, Method::POST, path, JSON, large).await.is_problem(413, "too_large");
            let deep = format!(
                "{{\"operation\":\"node.probe\",\"target\":\"node:x\",\"input\":{}{}}}",
                "[".repeat(5000),
                "]".repeat(5000)
            );
            let answer = sends(&admin, Method::POST, path, JSON, deep).await;
            assert!(answer.status.is_client_error(), "{}", answer.text);
        }
        assert_eq!(everything(&admin).await, before);
    })
    .await;
}

#[tokio::test]
async fn plans_that_make_no_sense() {
    on_both(async |db| {
        let house = House::on(db).await;
        let admin = house.program(Role::PlatformAdmin).await;
        let before = everything(&admin).await;
        let (node, project) = (format!("node:{}", house.node), format!("project:{}", house.projects[0]));
        let launch =
            |input: Value| json!({ "operation": "workload.launch", "target": project, "input": input });
        let good = json!({ "name": "web", "sku": house.sku, "command": ["true"] });
        let with = |name: &str, value: Value| {
            let mut input = good.clone();
            input[name] = value;
            launch(input)
        };
        for (body, status) in [
            (json!({ "operation": "node.explode", "target": node }), 422),
            (
                json!({ "operation": "node.drain", "target": "node:node_00000000000000000000000000000000" }),
                404,
            ),
            (json!({ "operation": "node.drain", "target": "node:nonsense" }), 404),
            (json!({ "operation": "node.drain", "target": project }), 422),
            (json!({ "operation": "node.drain", "target": "rack:1" }), 422),
            (json!({ "operation": "node.drain", "target": { "kind": "node" } }), 422),
            (json!({ "operation": "node.drain", "target": node, "input": { "grace_s": 0 } }), 422),
            (json!({ "operation": "node.drain", "target": node, "input": { "grace_s": "long" } }), 422),
            (json!({ "operation": "node.drain", "target": node, "input": { "speed": 1 } }), 422),
            (json!({ "operation": "node.drain", "target": node, "input": [] }), 422),
            (launch(json!({})), 422),
            (with("name", json!("Not A Name")), 422),
            (with("name", json!("../../etc")), 422),
            (with("name", json!("x".repeat(41))), 422),
            (with("sku", json!("sku_00000000000000000000000000000000")), 422),
            (with("sku", json!("cheap")), 422),
            (with("command", json!([])), 422),
            (with("command", json!("rm -rf /")), 422),
            (with("command", json!(["a\u{0}b"])), 422),
            (with("port", json!(80)), 422),
            (with("port", json!(70_000)), 422),
        ] {
            let answer = admin.posts("/api/v1/operations/plan", &body).await;
            assert_eq!(answer.status.as_u16(), status, "{body}: {}", answer.text);
            let code = answer.json()["code"].as_str().unwrap().to_owned();
            answer.is_problem(status, &code);
        }
        let wrong = admin.posts("/api/v1/operations/plan", &with("name", json!("Not A Name"))).await.json();
        assert_eq!(wrong["errors"][0]["pointer"], "/name");
        assert_eq!(everything(&admin).await, before);
    })
    .await;
}

#[tokio::test]
async fn starts_and_decisions_that_make_no_sense() {
    on_both(async |db| {
        let house = House::on(db).await;
        let admin = house.program(Role::PlatformAdmin).await;
        let drain = json!({ "operation": "node.drain", "target": format!("node:{}", house.node) });
        let plan = admin.posts("/api/v1/operations/plan", &drain).await.json();
        let start =
            |hash: &Value, confirmation: Value| json!({ "plan_hash": hash, "confirmation": confirmation });
        let key = [("idempotency-key", "k-1")];
        let no_key = admin.posts("/api/v1/operations", &start(&plan["hash"], json!("confirmed"))).await;
        no_key.is_problem(400, "idempotency_key_missing");
        for (key, confirmation, status) in
            [("k 1", json!("confirmed"), 400), ("k-1", json!(null), 422), ("k-1", json!("yes"), 422)]
        {
            let answer = admin
                .posts_with(
                    "/api/v1/operations",
                    &start(&plan["hash"], confirmation),
                    &[("idempotency-key", key)],
                )
                .await;
            assert_eq!(answer.status.as_u16(), status, "{}", answer.text);
        }
        admin
            .posts_with("/api/v1/operations", &start(&json!("0".repeat(64)), json!(null)), &key)
            .await
            .is_problem(404, "no_such_plan");
        let other = house.program(Role::Operator).await;
        let stolen =
            other.posts_with("/api/v1/operations", &start(&plan["hash"], json!("confirmed")), &key).await;
        stolen.is_problem(404, "no_such_plan");
        assert_eq!(admin.gets("/api/v1/operations").await.json()["items"], json!([]));

        let id = house.starts(&admin, "node.drain", &format!("node:{}", house.node), "confirmed").await;
        let decisions = format!("/api/v1/operations/{id}/decisions");
        admin
            .posts(&decisions, &json!({ "choice": "evict", "reason": "because" }))
            .await
            .is_problem(422, "not_offered");
        admin.posts(&decisions, &json!({ "reason": "because" })).await.is_problem(422, "invalid");
        let long = json!({ "choice": "wait", "reason": "x".repeat(5000) });
        assert_eq!(admin.posts(&decisions, &long).await.status.as_u16(), 422);
    })
    .await;
}

#[tokio::test]
async fn forms_that_cannot_be_read() {
    on_both(async |db| {
        let house = House::on(db).await;
        let browser = house.browser(Role::Member).await;
        for path in ["/operations/plan", "/session/project", "/session/theme"] {
            sends(&browser, Method::POST, path, JSON, "{}").await.is_problem(415, "wrong_content_type");
        }
        let form = "application/x-www-form-urlencoded";
        sends(&browser, Method::POST, "/operations/plan", form, "x".repeat(1024 * 1024 + 1))
            .await
            .is_problem(413, "too_large");
        for path in
            ["/operations/plans/nonsense/start", "/operations/op_nonsense/decisions", "/operations/x/cancel"]
        {
            sends(&browser, Method::POST, path, form, "choice=x").await.is_problem(404, "not_found");
        }
    })
    .await;
}
