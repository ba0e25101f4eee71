//! Find over HTTP: each role finds what it may read and no more, and operations only where it may carry them out.

use axum::http::StatusCode;
use server::authz::Role;
use server::store::testing::on_both;

use crate::caller::Caller;
use crate::house::House;

/// What was found, as `kind title`.
async fn found(who: &Caller, words: &str) -> Vec<String> {
    let view = who.gets(&format!("/api/v1/find?q={words}")).await.json();
    let all = ["operations", "pages", "resources"];
    let one = |found: &serde_json::Value| {
        format!("{} {}", found["kind"].as_str().unwrap(), found["title"].as_str().unwrap())
    };
    all.iter().flat_map(|part| view[part].as_array().unwrap()).map(one).collect()
}

#[tokio::test]
async fn each_role_finds_the_workloads_it_may_read_and_no_other() {
    on_both(async |db| {
        let house = House::on(db).await;
        for role in Role::ALL {
            let who = house.program(role).await;
            let (own, foreign) = (house.workloads[0].as_str(), house.workloads[1].as_str());
            let finds = async |words: &str| found(&who, words).await.contains(&"workload web-1".to_owned());
            let platform = matches!(role, Role::Operator | Role::PlatformAdmin | Role::Auditor);
            let tenant = role.is_of_project();
            for words in ["web-1", "eb-", own, &own[own.len() - 6..]] {
                // The tails of two ids may be the same; here they are not, or both are found.
                assert_eq!(finds(words).await, platform || tenant, "{role:?} {words}");
            }
            assert_eq!(finds(foreign).await, platform, "{role:?} finds another project's workload");
            let node = found(&who, "n1").await.contains(&"node n1".to_owned());
            assert_eq!(node, platform, "{role:?} and nodes");
        }
    })
    .await;
}

#[tokio::test]
async fn operations_and_pages_are_those_of_ones_roles() {
    on_both(async |db| {
        let house = House::on(db).await;
        let (member, viewer) = (house.program(Role::Member).await, house.program(Role::Viewer).await);
        let (operator, auditor) = (house.program(Role::Operator).await, house.program(Role::Auditor).await);
        let has = |all: &[String], wanted: &str| all.iter().any(|one| one == wanted);
        let drains = "operation Drain node";
        for (who, may) in [(&member, false), (&viewer, false), (&auditor, false), (&operator, true)] {
            assert_eq!(has(&found(who, "drain").await, drains), may);
        }
        // On a node that is named, its cards' page is found.
        let view = operator.gets("/api/v1/find?q=drain%20n1").await.json();
        let address = format!("/platform/nodes/{}/operations", house.node);
        assert_eq!(view["operations"][0]["address"], address.as_str());
        assert_eq!(view["operations"][0]["anchor"], "node.drain");
        // From the page of a node, what is found is meant for it; from a page one may not see, for nothing.
        let here = format!("/api/v1/find?q=&here=/platform/nodes/{}", house.node);
        assert_eq!(operator.gets(&here).await.json()["operations"][0]["detail"], "on n1");
        let strangers = member.gets(&here).await.json().to_string();
        assert!(!strangers.contains("on n1"), "{strangers}");
        assert!(has(&found(&operator, "nodes").await, "page Lifecycle: Nodes"));
        assert!(!has(&found(&member, "nodes").await, "page Lifecycle: Nodes"));
        assert!(has(&found(&member, "security").await, "page Account: Security"));
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_meant_is_answered_and_nobody_is_refused() {
    on_both(async |db| {
        let house = House::on(db).await;
        let who = house.program(Role::PlatformAdmin).await;
        for words in ["", "%25", "_", "%5C", "%27%20OR%201=1--", "%F0%9F%9A%80", &"x".repeat(3000)] {
            let answer = who.gets(&format!("/api/v1/find?q={words}")).await;
            assert_eq!(answer.status, StatusCode::OK, "{words}: {}", answer.text);
            assert_eq!(answer.json()["resources"].as_array().unwrap().len(), 0, "{words}");
        }
        house.nobody().gets("/api/v1/find?q=x").await.is_problem(401, "not_signed_in");
        who.gets("/api/v1/find?q=x&here=/nowhere").await.is_problem(400, "bad_query");
    })
    .await;
}

#[tokio::test]
async fn saved_views_are_ones_own_and_of_lists_only() {
    on_both(async |db| {
        let house = House::on(db).await;
        let (who, other) = (house.program(Role::Member).await, house.program(Role::Viewer).await);
        let list = "/api/v1/views?list=/workloads%3Fview=history%26cursor=x";
        let view = who.gets(list).await.json();
        assert_eq!(view["here"], "/workloads?view=history");
        let target = view["save"]["target"].clone();
        let input = serde_json::json!({ "name": "Over", "address": "/workloads?view=history" });
        let asked = serde_json::json!({ "operation": "view.save", "target": target, "input": input });
        assert_eq!(who.posts("/api/v1/operations/plan", &asked).await.status, StatusCode::OK);
        assert_eq!(other.posts("/api/v1/operations/plan", &asked).await.status, StatusCode::NOT_FOUND);
        for bad in
            ["https://evil.example/", "/workloads?next=1", "/platform/nodes", "//evil.example/workloads"]
        {
            let mut asked = asked.clone();
            asked["input"]["address"] = bad.into();
            who.posts("/api/v1/operations/plan", &asked).await.is_problem(422, "invalid_input");
        }
        assert_eq!(who.gets("/api/v1/views?list=/platform/nodes").await.status, StatusCode::NOT_FOUND);
    })
    .await;
}
