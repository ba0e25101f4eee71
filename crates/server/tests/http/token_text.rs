//! A script that issues a token can have its text: once, and nobody else can.

use axum::http::Method;
use read_models::ids::OperationId;
use serde_json::json;
use server::args;
use server::authz::Role;
use server::store::testing::on_both;
use tokio_util::task::TaskTracker;

use crate::caller::{Answer, Caller};
use crate::house::House;
use crate::spec::Spec;

/// Numbered or not yet.
const WRITTEN: &str =
    "SELECT COUNT(*) AS told FROM (SELECT kind FROM outbox UNION ALL SELECT kind FROM event) AS written
    WHERE kind = 'audit.secret_told'";

/// Issues a token and answers with the address of its text.
pub(crate) async fn issues(house: &House, who: &Caller, name: &str) -> (OperationId, String) {
    let own = who.gets("/api/v1/account/sessions").await.json();
    let target = format!("user:{}", own["end"]["target"]["id"].as_str().unwrap());
    let input = json!({ "name": name, "scope": "read", "days": 1 });
    let request = json!({ "operation": "token.issue", "target": target, "input": input });
    let id = house.starts_with(who, &request).await;
    house.settles(who, &id).await;
    let listed = who.gets("/api/v1/account/security").await;
    assert!(!listed.text.contains("slw_"), "a list tells no text to a script");
    let tokens = listed.json()["tokens"].as_array().unwrap().clone();
    let token = tokens.iter().find(|token| token["name"] == name).expect("it is issued");
    let path = format!("/api/v1/account/tokens/{}/text", token["id"].as_str().unwrap());
    (id, path)
}

pub(crate) async fn takes(who: &Caller, path: &str) -> Answer {
    who.posts(path, &json!({})).await
}

#[tokio::test]
async fn the_text_is_told_once_to_the_script_that_issued_it_and_works() {
    on_both(async |db| {
        let house = House::on(db).await;
        server::workers::start(&house.state, &TaskTracker::new());
        let spec = Spec::of(&house).await;
        let endpoint = spec.endpoint(&Method::POST, "/api/v1/account/tokens/{id}/text");
        let (script, other) = (house.program(Role::Viewer).await, house.program(Role::PlatformAdmin).await);
        let (operation, path) = issues(&house, &script, "ci").await;
        for (who, code, status) in [(&other, "not_found", 404), (&house.nobody(), "not_signed_in", 401)] {
            let refused = takes(who, &path).await;
            refused.is_problem(status, code);
            assert_eq!(spec.misfit(&endpoint, &refused), None);
        }
        let told = takes(&script, &path).await;
        assert_eq!((told.status.as_u16(), spec.misfit(&endpoint, &told)), (200, None), "{}", told.text);
        assert_eq!(told.header("cache-control"), "no-store");
        let again = takes(&script, &path).await;
        again.is_problem(410, "text_gone");
        assert_eq!(spec.misfit(&endpoint, &again), None);
        let text = told.json()["text"].as_str().unwrap().to_owned();
        let written = house.state.db.row(WRITTEN, args![]).await.unwrap().unwrap();
        assert_eq!(written.int("told").unwrap(), 1, "who took it is in the audit");
        let made = Caller::program(house.address(), text.clone());
        assert_eq!(made.gets("/api/v1/session").await.json()["me"]["email"], "viewer@example.org");
        takes(&made, &path).await.is_problem(403, "denied");
        house.numbers_events().await;
        for place in ["/api/v1/operations/ID", "/api/v1/operations/ID/events", "/api/v1/account/security"] {
            let read = script.gets(&place.replace("ID", operation.as_str())).await;
            assert!(read.status.is_success() && !read.text.contains(&text), "{place}");
        }
    })
    .await;
}

#[tokio::test]
async fn another_token_of_the_same_person_is_not_told_and_neither_is_anybody_after_ten_minutes() {
    on_both(async |db| {
        let house = House::on(db).await;
        server::workers::start(&house.state, &TaskTracker::new());
        let script = house.program(Role::Member).await;
        let (_, path) = issues(&house, &script, "one").await;
        let second = house.second_program("member@example.org").await;
        takes(&second, &path).await.is_problem(403, "not_the_issuer");
        // The program's own token was made by the command line: no operation issued it, nobody is told.
        let tokens = script.gets("/api/v1/account/security").await.json();
        let made = tokens["tokens"].as_array().unwrap().iter().find(|token| token["name"] == "test").unwrap();
        let its = format!("/api/v1/account/tokens/{}/text", made["id"].as_str().unwrap());
        takes(&script, &its).await.is_problem(403, "not_the_issuer");
        house.clock.advance(std::time::Duration::from_mins(10));
        takes(&script, &path).await.is_problem(410, "text_gone");
    })
    .await;
}

#[tokio::test]
async fn of_many_who_ask_at_once_one_is_told() {
    on_both(async |db| {
        let house = House::on(db).await;
        server::workers::start(&house.state, &TaskTracker::new());
        let script = house.program(Role::Member).await;
        let (_, path) = issues(&house, &script, "one").await;
        let all = futures::future::join_all((0..8).map(|_| takes(&script, &path))).await;
        let told = all.iter().filter(|answer| answer.status.as_u16() == 200).count();
        let gone = all.iter().filter(|answer| answer.status.as_u16() == 410).count();
        assert_eq!((told, gone), (1, 7), "{all:?}");
    })
    .await;
}
