//! Changing one's password over HTTP: by the page's form without script, and by a program.

use axum::http::Method;
use read_models::ids::OperationId;
use serde_json::json;
use server::authz::Role;
use server::store::testing::on_both;
use std::time::Duration;
use tokio_util::task::TaskTracker;

use crate::caller::Caller;
use crate::house::{House, PASSWORD};
use crate::spec::Spec;

const NEW: &str = "canary words that are new";

/// A field of the page's form, as the browser would send it.
fn field(page: &str, name: &str) -> String {
    let at = page.find(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("no field {name}"));
    let tag = &page[at..at + page[at..].find('>').unwrap()];
    tag.split("value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned()
}

async fn signs_in(house: &House, password: &str) -> crate::caller::Answer {
    house.nobody().sends("/sign-in", &[("email", "browser-member@example.org"), ("password", password)]).await
}

#[tokio::test]
async fn the_form_leads_over_the_plan_to_a_new_password_and_only_this_browser_stays_signed_in() {
    on_both(async |db| {
        let house = House::on(db).await;
        server::workers::start(&house.state, &TaskTracker::new());
        let browser = house.browser(Role::Member).await;
        let elsewhere = house.nobody().with_cookie_of(&signs_in(&house, PASSWORD).await);
        house.clock.advance(Duration::from_mins(10));
        let hands_in = async |present: &str, new: &str| {
            browser.sends("/account/password", &[("present", present), ("new", new)]).await
        };
        for (present, new, code) in [
            (PASSWORD, "short", "password_too_short"),
            (PASSWORD, PASSWORD, "password_same"),
            (PASSWORD, "", "password_too_short"),
            ("a wrong one", NEW, "password_wrong"),
            ("", NEW, "password_wrong"),
        ] {
            let back = hands_in(present, new).await;
            assert_eq!(back.leads_to(), format!("/account/security?error={code}"));
            let page = browser.gets(back.leads_to()).await.text;
            assert!(page.contains("role=\"alert\"") && page.contains(code) && !page.contains(NEW), "{code}");
        }
        let planned = hands_in(PASSWORD, NEW).await;
        let plan = planned.leads_to().to_owned();
        assert!(plan.starts_with("/operations/plans/plan_") && !plan.contains("kept_"), "{plan}");
        // The present password was the fresh factor: the session goes on under a new key, and is not asked again.
        let browser = browser.with_cookie_of(&planned);
        let page = browser.gets(&plan).await.text;
        assert!(!page.contains("name=\"password\"") && !page.contains(NEW));
        assert!(page.contains("that session ends"), "{page}");
        let hash = field(&page, "plan_hash");
        let key = field(&page, "idempotency_key");
        let fields = [("plan_hash", hash.as_str()), ("idempotency_key", &key), ("confirmation", "confirmed")];
        let started = browser.sends(&format!("{plan}/start"), &fields).await;
        let operation = started.leads_to().trim_start_matches("/operations/").to_owned();
        house.settles(&browser, &OperationId::parse(&operation).unwrap()).await;
        assert_eq!(browser.gets("/account/security").await.status.as_u16(), 200, "this one stays");
        let led = elsewhere.gets("/account/security").await;
        assert!(led.leads_to().starts_with("/sign-in"), "the other one is over");
        assert_eq!(signs_in(&house, PASSWORD).await.leads_to(), "/sign-in?error=wrong");
        assert_eq!(signs_in(&house, NEW).await.leads_to(), "/workloads");
        house.numbers_events().await;
        for place in
            [format!("/api/v1/operations/{operation}"), format!("/api/v1/operations/{operation}/events")]
        {
            let read = browser.gets(&place).await;
            assert!(read.status.is_success(), "{place}: {}", read.text);
            assert!(!read.text.contains("canary") && !read.text.contains("argon2"), "{}", read.text);
        }
    })
    .await;
}

#[tokio::test]
async fn a_program_hands_the_new_password_in_and_gets_a_reference() {
    on_both(async |db| {
        let house = House::on(db).await;
        let spec = Spec::of(&house).await;
        let endpoint = spec.endpoint(&Method::POST, "/api/v1/account/password");
        let script = house.program(Role::Viewer).await;
        let hands_in = async |who: &Caller, present: &str, new: &str| {
            let body = json!({ "present": present, "new": new });
            let answer = who.posts("/api/v1/account/password", &body).await;
            assert_eq!(spec.misfit(&endpoint, &answer), None);
            assert!(!answer.text.contains(NEW), "{}", answer.text);
            answer
        };
        hands_in(&house.nobody(), PASSWORD, NEW).await.is_problem(401, "not_signed_in");
        hands_in(&script, PASSWORD, "short").await.is_problem(422, "password_too_short");
        let kept = hands_in(&script, PASSWORD, NEW).await;
        assert_eq!((kept.status.as_u16(), kept.header("cache-control")), (200, "no-store"));
        assert!(kept.json()["reference"].as_str().unwrap().starts_with("kept_"), "{}", kept.text);
        for _ in 0..6 {
            hands_in(&script, "a wrong one", NEW).await.is_problem(403, "password_wrong");
        }
        // Nobody guesses on: the right one has to wait as well.
        let waits = hands_in(&script, PASSWORD, NEW).await;
        waits.is_problem(429, "password_wait");
    })
    .await;
}
