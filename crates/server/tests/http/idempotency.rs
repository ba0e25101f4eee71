//! Starting: the plan's hash says what, the key says once.

use serde_json::{Value, json};
use server::authz::Role;
use server::store::testing::on_both;

use crate::caller::{Answer, Caller};
use crate::house::House;

async fn plans(who: &Caller, operation: &str, target: &str) -> Value {
    who.posts("/api/v1/operations/plan", &json!({ "operation": operation, "target": target })).await.json()
}

async fn starts(who: &Caller, hash: &Value, key: &str) -> Answer {
    let body = json!({ "plan_hash": hash, "confirmation": "confirmed" });
    who.posts_with("/api/v1/operations", &body, &[("idempotency-key", key)]).await
}

#[tokio::test]
async fn a_plan_says_what_it_would_do_and_starting_it_twice_is_one_operation() {
    on_both(async |db| {
        let house = House::on(db).await;
        let operator = house.program(Role::Operator).await;
        let node = format!("node:{}", house.node);
        let plan = plans(&operator, "node.drain", &node).await;
        for member in ["hash", "operation", "target", "steps", "blockers", "blast_radius", "expected"] {
            assert!(plan.get(member).is_some(), "{member}: {plan}");
        }
        assert_eq!(plan["target"], json!({ "kind": "node", "id": house.node }));
        let first = starts(&operator, &plan["hash"], "k-1").await;
        assert_eq!(first.status.as_u16(), 202, "{}", first.text);
        let id = first.json()["id"].as_str().unwrap().to_owned();
        assert_eq!(first.location(), format!("/api/v1/operations/{id}"));
        let again = starts(&operator, &plan["hash"], "k-1").await;
        assert_eq!((again.status.as_u16(), again.json()["id"].as_str()), (202, Some(id.as_str())));

        let found = operator.gets(first.location()).await.json();
        for member in ["id", "operation", "target", "state", "steps", "waiting", "choices"] {
            assert!(found.get(member).is_some(), "{member}: {found}");
        }
        assert_eq!((&found["id"], &found["operation"]), (&json!(id), &json!("node.drain")));
        let listed = operator.gets("/api/v1/operations").await.json();
        assert_eq!(listed["items"].as_array().unwrap().len(), 1);
        assert!(listed.get("next_cursor").is_some());
    })
    .await;
}

#[tokio::test]
async fn the_same_key_for_another_request_is_refused() {
    on_both(async |db| {
        let house = House::on(db).await;
        let operator = house.program(Role::Operator).await;
        let node = format!("node:{}", house.node);
        let (probe, drain) =
            (plans(&operator, "node.probe", &node).await, plans(&operator, "node.drain", &node).await);
        assert_eq!(starts(&operator, &drain["hash"], "k-1").await.status.as_u16(), 202);
        starts(&operator, &probe["hash"], "k-1").await.is_problem(422, "idempotency_key_reused");
        // Keys are each person's own.
        let admin = house.program(Role::PlatformAdmin).await;
        let probe = plans(&admin, "node.probe", &node).await;
        assert_eq!(starts(&admin, &probe["hash"], "k-1").await.status.as_u16(), 202);
    })
    .await;
}

#[tokio::test]
async fn ten_at_the_same_moment_are_one() {
    on_both(async |db| {
        let house = House::on(db).await;
        let operator = house.program(Role::Operator).await;
        let plan = plans(&operator, "node.drain", &format!("node:{}", house.node)).await;
        let mut asking = tokio::task::JoinSet::new();
        for _ in 0..10 {
            let (operator, hash) = (operator.clone(), plan["hash"].clone());
            asking.spawn(async move { starts(&operator, &hash, "k-1").await });
        }
        let answers = asking.join_all().await;
        let mut ids: Vec<_> = answers.iter().map(|answer| answer.json()["id"].to_string()).collect();
        ids.dedup();
        assert_eq!(ids.len(), 1, "{answers:?}");
        assert!(answers.iter().all(|answer| answer.status.as_u16() == 202));
    })
    .await;
}

#[tokio::test]
async fn what_has_changed_since_the_plan_is_told_with_a_fresh_plan_and_nothing_starts() {
    on_both(async |db| {
        let house = House::on(db).await;
        let member = house.program(Role::Member).await;
        let launch = json!({ "operation": "workload.launch", "target": format!("project:{}", house.projects[0]),
            "input": { "name": "job", "sku": house.sku, "command": ["true"] } });
        let plan = member.posts("/api/v1/operations/plan", &launch).await.json();
        assert_eq!(plan["blockers"], json!([]), "{plan}");
        let operator = house.program(Role::Operator).await;
        house.cordons().await;
        let answer = starts(&member, &plan["hash"], "k-1").await;
        answer.is_problem(409, "plan_changed");
        let problem = answer.json();
        assert!(!problem["differences"].as_array().unwrap().is_empty(), "{problem}");
        assert_ne!(problem["plan"]["hash"], plan["hash"]);
        assert!(!problem["plan"]["blockers"].as_array().unwrap().is_empty());
        assert_eq!(operator.gets("/api/v1/operations").await.json()["items"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn single_resources_are_flat_and_are_not_sent_again_unchanged() {
    on_both(async |db| {
        let house = House::on(db).await;
        let admin = house.program(Role::PlatformAdmin).await;
        let node = admin.gets(&format!("/api/v1/nodes/{}", house.node)).await;
        for member in ["id", "name", "state", "policy", "role"] {
            assert!(node.json()[member].is_string(), "{member}: {}", node.text);
        }
        let workload = admin.gets(&format!("/api/v1/workloads/{}", house.workloads[0])).await.json();
        for member in [
            "id",
            "name",
            "kind",
            "state",
            "is_actionable",
            "action_required",
            "actionable_until",
            "archived_at",
        ] {
            assert!(workload.get(member).is_some(), "{member}: {workload}");
        }
        assert_eq!(workload["command"], json!(["sleep", "60"]));
        let tag = node.header("etag").to_owned();
        let path = format!("/api/v1/nodes/{}", house.node);
        let asked = admin.request(axum::http::Method::GET, &path).header("if-none-match", &tag);
        let again = crate::caller::send(asked.body(axum::body::Body::empty()).unwrap()).await;
        assert_eq!((again.status.as_u16(), again.text.as_str()), (304, ""));
    })
    .await;
}
