//! What has not changed is not sent again, and a decision can be bound to the question that was read.

use axum::body::Body;
use axum::http::Method;
use serde_json::json;
use server::authz::Role;
use server::store::testing::on_both;

use crate::caller::{Answer, Caller, send};
use crate::house::House;
use crate::spec::Spec;

async fn asks_again(who: &Caller, path: &str, tag: &str) -> Answer {
    let request = who.request(Method::GET, path).header("if-none-match", tag).header("accept", "*/*");
    send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn everything_with_a_tag_is_not_sent_twice_while_time_passes_and_is_when_it_changes() {
    on_both(async |db| {
        let house = House::on(db).await;
        let spec = Spec::of(&house).await;
        let admin = house.program(Role::PlatformAdmin).await;
        let node = format!("/api/v1/nodes/{}", house.node);
        let tagged = |path: &str| spec.endpoint(&Method::GET, path).said["responses"]["304"].is_object();
        let plain = spec.endpoints();
        let plain = plain.iter().filter(|one| one.method == Method::GET && !one.path.contains('{'));
        let paths: Vec<_> = plain.map(|one| one.path.to_owned()).filter(|path| tagged(path)).collect();
        assert!(paths.len() > 10, "{paths:?}");
        for path in paths.iter().chain([&node]) {
            let first = admin.gets(path).await;
            let tag = first.header("etag").to_owned();
            assert!(!tag.is_empty(), "{path}: {first:?}");
            house.clock.advance(std::time::Duration::from_millis(1));
            for known in [tag.clone(), format!("\"other\", {tag}"), "*".to_owned()] {
                let again = asks_again(&admin, path, &known).await;
                assert_eq!(again.status.as_u16(), 304, "{path} with {known}: {}", again.text);
                assert!(again.text.is_empty() && again.header("etag") == tag, "{path}");
            }
            let other = asks_again(&admin, path, "\"other\"").await;
            assert_eq!(other.status.as_u16(), 200, "{path}");
        }
        let before = admin.gets(&node).await;
        house.cordons().await;
        let after = asks_again(&admin, &node, before.header("etag")).await;
        assert_eq!(after.status.as_u16(), 200);
        assert_eq!(after.json()["policy"], "cordoned");
    })
    .await;
}

#[tokio::test]
async fn a_decision_on_another_question_than_the_one_that_was_read_decides_nothing() {
    on_both(async |db| {
        let house = House::on(db).await;
        let admin = house.program(Role::PlatformAdmin).await;
        let target = format!("workload:{}", house.workloads[0]);
        let id = house.starts(&admin, "workload.release", &target, House::workload_name()).await;
        let path = format!("/api/v1/operations/{id}/decisions");
        let quiet = admin.gets(&path).await;
        assert!(quiet.json()["attention"].is_null() && quiet.json()["choices"] == json!([]));
        house.asks(&id, "It does not stop.").await;
        let first = admin.gets(&path).await;
        assert_eq!(first.json()["choices"][0]["id"], "keep", "{}", first.text);
        let tag = first.header("etag").to_owned();
        assert_eq!(tag, format!("\"{}\"", first.json()["tag"].as_str().unwrap()));
        assert_ne!(tag, quiet.header("etag"));
        house.asks(&id, "It still does not stop.").await;
        let decision = json!({ "choice": "keep", "reason": "read it" });
        for stale in [tag.as_str(), quiet.header("etag"), "W/\"x\"", "\"x\", \"y\""] {
            let answer = admin.posts_with(&path, &decision, &[("if-match", stale)]).await;
            answer.is_problem(412, "another_question");
        }
        let now = admin.gets(&path).await;
        assert_eq!(now.json()["attention"]["sentence"], "It still does not stop.", "it still asks");
        let viewer = house.program(Role::Viewer).await;
        assert_eq!(viewer.gets(&path).await.json()["choices"], json!([]), "they may not decide");
        let fresh = format!("\"x\", {}", now.header("etag"));
        let decided = admin.posts_with(&path, &decision, &[("if-match", &fresh)]).await;
        assert_eq!(decided.status.as_u16(), 200, "{}", decided.text);
        assert!(admin.gets(&path).await.json()["attention"].is_null());
    })
    .await;
}
