//! Whatever changes something says so in the audit: each endpoint and each form that can be written to is called once with
//! success and leaves an audit event, or stands on the list of those that need not. That list may only get shorter.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use read_models::ids::OperationId;
use secrecy::ExposeSecret as _;
use serde_json::json;
use server::authn::issue_link;
use server::authz::{Role, SystemProof, system};
use server::ids::SystemIds;
use server::store::db::Db;
use server::store::events;
use server::store::testing::on_both;
use tokio_util::task::TaskTracker;

use crate::caller::{Answer, Caller, send};
use crate::document::routes_of;
use crate::house::{House, PASSWORD};
use crate::spec::Spec;

/// What changes nothing that others see, and why it need not be in the audit.
const NEED_NOT: [(&str, &str); 23] = [
    ("/account/passkeys", "kept for `passkey.add`, which is in the audit"),
    ("/account/passkeys/ask", "asks an authenticator something"),
    ("/account/passkeys/new", "asks an authenticator something"),
    ("/account/password", "kept for `password.change`, which is in the audit"),
    ("/account/totp", "kept for `totp.add`, which is in the audit"),
    ("/account/totp/confirm", "kept for `totp.add`, which is in the audit"),
    ("/api/v1/account/passkeys", "asks an authenticator something"),
    ("/api/v1/account/passkeys/answer", "kept for `passkey.add`, which is in the audit"),
    ("/api/v1/account/password", "kept for `password.change`, which is in the audit"),
    ("/api/v1/account/totp", "kept for `totp.add`, which is in the audit"),
    ("/api/v1/account/totp/confirm", "kept for `totp.add`, which is in the audit"),
    ("/api/v1/operations/plan", "a plan changes nothing"),
    ("/operations/plan", "a plan changes nothing"),
    ("/session/keys", "a preference of one browser"),
    ("/session/project", "a preference of one session"),
    ("/session/theme", "a preference of one browser"),
    ("/sign-in", "sign-in"),
    ("/sign-in/code", "sign-in"),
    ("/sign-in/passkey", "sign-in"),
    ("/sign-in/passkey/ask", "sign-in"),
    ("/sign-out", "sign-out"),
    // Looked at in `entrance.rs` and `token_text.rs`, which look for its event.
    ("/api/v1/account/tokens/{id}/text", "leaves `audit.secret_told`; token_text.rs looks for it"),
    ("/invite/{token}/accept", "leaves `audit.invitation_used`, by the same function as `/invite/{token}`"),
];

/// Each way to change something that is tried here.
const TRIED: [&str; 8] = [
    "/api/v1/operations",
    "/api/v1/operations/{id}/cancel",
    "/api/v1/operations/{id}/decisions",
    "/invite/{token}",
    "/operations/plans/{id}/start",
    "/operations/{id}/cancel",
    "/operations/{id}/decisions",
    "/sign-in/first",
];

fn proof() -> SystemProof {
    system::for_worker("test")
}

/// Every route that takes more than questions.
async fn written_to(house: &House) -> BTreeSet<String> {
    let spec = Spec::of(house).await;
    let of_api = spec.endpoints().into_iter().filter(|one| one.method != Method::GET);
    let mut all: BTreeSet<String> = of_api.map(|one| one.path.to_owned()).collect();
    for path in routes_of(house).into_iter().filter(|path| !path.contains('*')) {
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let filled = path.replace("{id}", "x").replace("{token}", "x").replace("{file}", "x");
            let filled = filled.replace("{number}", "x").replace("{build}", "x");
            let answer =
                send(house.nobody().request(method.clone(), &filled).body(Body::empty()).unwrap()).await;
            if answer.status != StatusCode::METHOD_NOT_ALLOWED {
                assert_eq!(method, Method::POST, "{path}: say how this test calls it");
                all.insert(path.clone());
            }
        }
    }
    all
}

#[tokio::test]
async fn every_way_to_change_something_is_tried_or_need_not_be_in_the_audit() {
    on_both(async |db| {
        let house = House::on(db).await;
        let known: BTreeSet<String> =
            NEED_NOT.iter().map(|(path, _)| *path).chain(TRIED).map(str::to_owned).collect();
        assert_eq!(known.len(), NEED_NOT.len() + TRIED.len(), "each stands once");
        assert_eq!(written_to(&house).await, known);
    })
    .await;
}

/// The kinds of audit events since a number.
async fn since(house: &House, number: i64) -> (i64, Vec<String>) {
    let db: &Db = &house.state.db;
    house.numbers_events().await;
    // Where workers run, theirs is the sequencer.
    while events::lag(db).await.unwrap() > 0 {
        tokio::task::yield_now().await;
    }
    let all = events::after(db, &proof(), number, 1000).await.unwrap();
    let last = all.last().map_or(number, |event| event.seq);
    (last, all.into_iter().map(|event| event.kind).filter(|kind| kind.starts_with("audit.")).collect())
}

/// What was done was taken, and the audit says so.
#[track_caller]
fn said(what: &str, answer: &Answer, kinds: &[String], wanted: &str) {
    assert!(answer.status.is_success() || answer.status == StatusCode::SEE_OTHER, "{what}: {answer:?}");
    assert!(!answer.location().contains("error="), "{what}: {answer:?}");
    assert!(kinds.iter().any(|kind| kind == wanted), "{what} left {kinds:?} and no {wanted}");
}

async fn planned(who: &Caller, operation: &str, target: &str) -> (String, String, String) {
    let asked = json!({ "operation": operation, "target": target, "input": {} });
    let plan = who.posts("/api/v1/operations/plan", &asked).await.json();
    let text = |name: &str| plan[name].as_str().unwrap().to_owned();
    let confirmation = plan["confirmation"]["name"].as_str().unwrap_or("confirmed").to_owned();
    (text("id"), text("hash"), confirmation)
}

/// An operation that asks somebody.
async fn asking(house: &House, admin: &Caller, workload: usize) -> OperationId {
    let target = format!("workload:{}", house.workloads[workload]);
    let id = house.starts(admin, "workload.release", &target, House::workload_name()).await;
    house.asks(&id, "It does not stop.").await;
    id
}

#[tokio::test]
async fn what_is_asked_for_decided_and_cancelled_by_programs_is_in_the_audit() {
    on_both(async |db| {
        let house = House::on(db).await;
        let admin = house.program(Role::PlatformAdmin).await;
        let (last, _) = since(&house, 0).await;
        let node = format!("node:{}", house.node);
        let (_, hash, confirmation) = planned(&admin, "node.drain", &node).await;
        let (last, kinds) = since(&house, last).await;
        assert!(kinds.is_empty(), "a plan left {kinds:?}");
        let body = json!({ "plan_hash": hash, "confirmation": confirmation });
        let started = admin.posts_with("/api/v1/operations", &body, &[("idempotency-key", "one")]).await;
        let (last, kinds) = since(&house, last).await;
        said("start", &started, &kinds, "audit.intent");
        let id = started.json()["id"].as_str().unwrap().to_owned();
        let cancelled = admin.posts(&format!("/api/v1/operations/{id}/cancel"), &json!({})).await;
        let (last, kinds) = since(&house, last).await;
        said("cancel", &cancelled, &kinds, "audit.decision");
        let id = asking(&house, &admin, 0).await;
        let (last, _) = since(&house, last).await;
        let choice = json!({ "choice": "keep", "reason": "" });
        let decided = admin.posts(&format!("/api/v1/operations/{id}/decisions"), &choice).await;
        let (_, kinds) = since(&house, last).await;
        said("decision", &decided, &kinds, "audit.decision");
    })
    .await;
}

#[tokio::test]
async fn what_is_asked_for_decided_and_cancelled_by_forms_is_in_the_audit() {
    on_both(async |db| {
        let house = House::on(db).await;
        let (browser, admin) =
            (house.browser(Role::PlatformAdmin).await, house.program(Role::PlatformAdmin).await);
        let node = format!("node:{}", house.node);
        let asked = [("operation", "node.drain"), ("target", node.as_str()), ("back", "/")];
        let plan = browser.sends("/operations/plan", &asked).await.leads_to().to_owned();
        let page = browser.gets(&plan).await.text;
        let field = |name: &str| {
            let rest = page.split(&format!("name=\"{name}\"")).nth(1).unwrap();
            rest.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
        };
        let (hash, key) = (field("plan_hash"), field("idempotency_key"));
        let (last, _) = since(&house, 0).await;
        let fields = [("plan_hash", hash.as_str()), ("idempotency_key", &key), ("confirmation", "confirmed")];
        let started = browser.sends(&format!("{plan}/start"), &fields).await;
        let (last, kinds) = since(&house, last).await;
        said("start", &started, &kinds, "audit.intent");
        let operation = started.location().to_owned();
        let cancelled = browser.sends(&format!("{operation}/cancel"), &[("back", operation.as_str())]).await;
        let (last, kinds) = since(&house, last).await;
        said("cancel", &cancelled, &kinds, "audit.decision");
        let id = asking(&house, &admin, 0).await;
        let (last, _) = since(&house, last).await;
        let choice = [("choice", "keep"), ("reason", ""), ("back", "/")];
        let decided = browser.sends(&format!("/operations/{id}/decisions"), &choice).await;
        let (_, kinds) = since(&house, last).await;
        said("decision", &decided, &kinds, "audit.decision");
    })
    .await;
}

#[tokio::test]
async fn who_comes_in_for_the_first_time_is_in_the_audit() {
    on_both(async |db| {
        let house = House::on(db).await;
        let mut tx = house.state.db.begin().await.unwrap();
        let link = issue_link(&mut tx, &*house.clock, &SystemIds).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        let fields =
            [("token", link.expose_secret()), ("email", "first@example.org"), ("password", PASSWORD)];
        let first = house.nobody().sends("/sign-in/first", &fields).await;
        let (last, kinds) = since(&house, 0).await;
        said("first administrator", &first, &kinds, "audit.first_administrator");
        house.rests().await;
        server::workers::start(&house.state, &TaskTracker::new());
        let first = house.nobody().with_cookie_of(&first);
        let invite = json!({ "operation": "user.invite", "target": "people:platform",
            "input": { "email": "second@example.org", "role": "operator", "days": 1 } });
        let admin = house.second_program("first@example.org").await;
        let id = house.starts_with(&admin, &invite).await;
        house.settles(&admin, &id).await;
        let page = first.gets("/platform/iam/users").await.text;
        let path = page.split("/invite/").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        let secret = path.split(['<', '&']).next().unwrap().to_owned();
        let fields = [("name", "Second"), ("password", "another sentence that is long")];
        let came = house.nobody().sends(&format!("/invite/{secret}"), &fields).await;
        let (_, kinds) = since(&house, last).await;
        said("invitation", &came, &kinds, "audit.invitation_used");
        assert!(kinds.iter().any(|kind| kind == "audit.intent"), "and who invited: {kinds:?}");
    })
    .await;
}
