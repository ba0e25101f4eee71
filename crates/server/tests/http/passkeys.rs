//! Passkeys over HTTP: added, asked for after the password and without it, asked for again; and everything that is no answer.

use axum::http::Method;
use read_models::ids::OperationId;
use serde_json::{Value, json};
use server::authn::testing::SoftAuthenticator;
use server::authz::Role;
use server::store::testing::on_both;
use std::time::Duration;
use tokio_util::task::TaskTracker;

use crate::caller::{Answer, Caller};
use crate::house::{House, PASSWORD};
use crate::second_factor::{half, password, starts};
use crate::spec::Spec;

const ORIGIN: &str = "http://localhost:8080";

fn authenticator() -> SoftAuthenticator {
    SoftAuthenticator::on(ORIGIN).unwrap()
}

/// The key of a question and what it asks.
async fn question(who: &Caller, path: &str, fields: &[(&str, &str)]) -> (String, Value) {
    let asked = who.sends(path, fields).await;
    assert_eq!(asked.status.as_u16(), 200, "{}", asked.text);
    let asked = asked.json();
    (asked["key"].as_str().unwrap().to_owned(), asked["options"].clone())
}

/// Has the browser plan to add the passkey of this authenticator.
async fn plans(browser: &Caller, device: &mut SoftAuthenticator, name: &str) -> Answer {
    let (key, options) = question(browser, "/account/passkeys/new", &[]).await;
    let made = device.make(&options).to_string();
    let fields = [("name", name), ("passkey_key", &key), ("passkey_answer", &made)];
    browser.sends("/account/passkeys", &fields).await
}

/// A member whose browser added a passkey just now, and the recovery codes it was shown.
async fn with_passkey(house: &House) -> (Caller, SoftAuthenticator, Vec<String>) {
    let (browser, mut device) = (house.browser(Role::Member).await, authenticator());
    let planned = plans(&browser, &mut device, "phone").await;
    starts(house, &browser, planned.leads_to(), &[]).await;
    let page = browser.gets("/account/security").await.text;
    assert!(page.contains("<strong>phone"), "{page}");
    let codes = page.split("The recovery codes").nth(1).unwrap().split("<code>").nth(1).unwrap();
    (browser, device, codes.split('<').next().unwrap().lines().map(str::to_owned).collect())
}

async fn signs_in(who: &Caller, half: &str, key: &str, answer: &Value) -> Answer {
    let answer = answer.to_string();
    let fields =
        [("half", half), ("passkey_key", key), ("passkey_answer", &answer), ("next", "/account/profile")];
    who.sends("/sign-in/passkey", &fields).await
}

#[tokio::test]
async fn a_passkey_stands_beside_the_password_or_alone_and_each_answer_counts_once() {
    on_both(async |db| {
        let house = House::on(db).await;
        server::workers::start(&house.state, &TaskTracker::new());
        let (_, mut device, codes) = with_passkey(&house).await;
        assert_eq!(codes.len(), 10);
        let answer = password(&house, "/account/profile").await;
        assert_eq!(answer.leads_to(), "/sign-in?then=passkey&next=/account/profile");
        let half = half(&house, &answer);
        let page = half.gets(answer.leads_to()).await.text;
        assert!(page.contains("your passkey, or a code"), "{page}");
        let (key, options) = question(&half, "/sign-in/passkey/ask", &[("half", "true")]).await;
        assert_eq!(options["allowCredentials"].as_array().unwrap().len(), 1);
        assert_eq!(options["userVerification"], "required");
        let said = device.answer(&options);
        let signed_in = signs_in(&half, "true", &key, &said).await;
        assert_eq!(signed_in.leads_to(), "/account/profile");
        assert!(house.nobody().with_cookie_of(&signed_in).gets("/account/profile").await.status.is_success());
        let again = signs_in(&half, "true", &key, &said).await;
        assert_eq!(again.leads_to(), "/sign-in?then=passkey&error=passkey_over&next=/account/profile");
        // Without the password the question names nobody.
        let (key, options) = question(&house.nobody(), "/sign-in/passkey/ask", &[]).await;
        assert_eq!(options["allowCredentials"], json!([]));
        let said = device.answer(&options);
        let alone = signs_in(&house.nobody(), "false", &key, &said).await;
        assert_eq!(alone.leads_to(), "/account/profile");
        assert!(house.nobody().with_cookie_of(&alone).gets("/account/profile").await.status.is_success());
        let again = signs_in(&house.nobody(), "false", &key, &said).await;
        assert_eq!(again.leads_to(), "/sign-in?error=passkey_over&next=/account/profile");
        // A recovery code does in its place.
        let half = self::half(&house, &password(&house, "").await);
        let recovered = half.sends("/sign-in/code", &[("code", &codes[0]), ("passkey", "true")]).await;
        assert_eq!(recovered.leads_to(), "/workloads");
    })
    .await;
}

#[tokio::test]
async fn what_is_no_answer_signs_nobody_in_and_does_not_say_who_is_known() {
    on_both(async |db| {
        let house = House::on(db).await;
        server::workers::start(&house.state, &TaskTracker::new());
        let (_, mut device, _) = with_passkey(&house).await;
        let wrong = "/sign-in?error=passkey_wrong&next=/account/profile";
        let over = "/sign-in?error=passkey_over&next=/account/profile";
        let (nobody, mut stranger) = (house.nobody(), authenticator());
        for why in [
            "nobody knows it",
            "another page",
            "nobody showed who they are",
            "another question",
            "another person",
            "no such question",
            "not an answer",
            "right",
        ] {
            // Tries are counted: the next one has to wait for its turn.
            house.clock.advance(Duration::from_mins(1));
            let (key, options) = question(&nobody, "/sign-in/passkey/ask", &[]).await;
            let (_, other) = question(&nobody, "/sign-in/passkey/ask", &[]).await;
            let origin = if why == "another page" { "https://localhost.evil.example" } else { ORIGIN };
            origin.clone_into(&mut device.origin);
            device.verifies = why != "nobody showed who they are";
            let mut answer = match why {
                "nobody knows it" => stranger.answer(&options),
                "another question" => device.answer(&other),
                "not an answer" => json!({ "id": 7 }),
                _ => device.answer(&options),
            };
            if why == "another person" {
                answer["response"]["userHandle"] = json!("AAAAAAAAAAAAAAAAAAAAAA");
            }
            let (key, leads_to) = match why {
                "no such question" => ("made-up".to_owned(), over),
                "right" => (key, "/account/profile"),
                _ => (key, wrong),
            };
            assert_eq!(signs_in(&nobody, "false", &key, &answer).await.leads_to(), leads_to, "{why}");
            house.clock.advance(Duration::from_mins(1));
            // Right or wrong, the question is answered now.
            assert_eq!(signs_in(&nobody, "false", &key, &answer).await.leads_to(), over, "{why}, again");
        }
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_is_too_late_too_long_or_another_browsers_is_none_and_tries_are_counted() {
    on_both(async |db| {
        let house = House::on(db).await;
        server::workers::start(&house.state, &TaskTracker::new());
        let (browser, mut device, _) = with_passkey(&house).await;
        let over = "/sign-in?error=passkey_over&next=/account/profile";
        let nobody = house.nobody();
        let (key, options) = question(&nobody, "/sign-in/passkey/ask", &[]).await;
        let late = device.answer(&options);
        house.clock.advance(Duration::from_mins(5));
        assert_eq!(signs_in(&nobody, "false", &key, &late).await.leads_to(), over);
        let (key, options) = question(&nobody, "/sign-in/passkey/ask", &[]).await;
        let mut long = device.answer(&options);
        long["padding"] = json!("x".repeat(20_000));
        assert!(signs_in(&nobody, "false", &key, &long).await.leads_to().contains("error=passkey_wrong"));
        // What was asked of who is signed in is no sign-in, and the other way round.
        let (key, options) = question(&browser, "/account/passkeys/ask", &[]).await;
        assert_eq!(signs_in(&nobody, "false", &key, &device.answer(&options)).await.leads_to(), over);
        let (key, options) = question(&nobody, "/sign-in/passkey/ask", &[]).await;
        let made = device.make(&options).to_string();
        let fields = [("name", "x"), ("passkey_key", key.as_str()), ("passkey_answer", &made)];
        let page = browser.sends("/account/passkeys", &fields).await;
        assert_eq!(page.leads_to(), "/account/security?error=passkey_over");
        let without = browser.sends("/account/passkeys", &[("name", "x")]).await;
        assert_eq!(without.leads_to(), "/account/security?error=passkey_needs_script");
        // Without a first half nobody is asked for theirs.
        let asked = nobody.sends("/sign-in/passkey/ask", &[("half", "true")]).await;
        asked.is_problem(410, "passkey_over");
        let mut waits = String::new();
        for _ in 0..40 {
            waits = signs_in(&nobody, "false", "made-up", &json!({})).await.leads_to().to_owned();
            if waits.contains("error=wait") {
                break;
            }
        }
        assert!(waits.starts_with("/sign-in?error=wait&seconds="), "{waits}");
    })
    .await;
}

#[tokio::test]
async fn a_counter_that_goes_back_is_refused_written_down_and_shown() {
    on_both(async |db| {
        let house = House::on(db).await;
        server::workers::start(&house.state, &TaskTracker::new());
        let (browser, mut device, _) = with_passkey(&house).await;
        let signs = async |device: &mut SoftAuthenticator| {
            let (key, options) = question(&house.nobody(), "/sign-in/passkey/ask", &[]).await;
            let said = device.answer(&options);
            signs_in(&house.nobody(), "false", &key, &said).await.leads_to().to_owned()
        };
        device.counter = 9;
        assert_eq!(signs(&mut device).await, "/account/profile");
        for counter in [9, 3] {
            device.counter = counter;
            let refused = signs(&mut device).await;
            assert_eq!(refused, "/sign-in?error=passkey_copied&next=/account/profile", "{counter}");
        }
        let page = browser.gets("/account/security").await.text;
        assert!(page.contains("it may have been copied. Remove it."), "{page}");
        let written = "SELECT kind FROM event WHERE kind = 'audit.passkey_doubted'";
        let mut feed = house.state.feed.subscribe();
        while house.state.db.rows(written, &[]).await.unwrap().len() < 2 {
            tokio::time::timeout(Duration::from_secs(20), feed.changed()).await.unwrap().unwrap();
        }
        device.counter = 20;
        assert_eq!(signs(&mut device).await, "/account/profile", "whoever counts on is not locked out");
    })
    .await;
}

#[tokio::test]
async fn what_lets_somebody_in_takes_a_passkey_or_a_code_and_no_password_of_who_has_one() {
    on_both(async |db| {
        let house = House::on(db).await;
        server::workers::start(&house.state, &TaskTracker::new());
        let (browser, mut device, _) = with_passkey(&house).await;
        let view = browser.gets("/api/v1/account/security").await.json();
        let (id, target) = (
            view["second_factor"]["passkeys"]["keys"][0]["id"].as_str().unwrap().to_owned(),
            view["second_factor"]["passkeys"]["remove"]["target"]["id"].as_str().unwrap().to_owned(),
        );
        let fields = [
            ("operation", "passkey.remove"),
            ("target", &format!("user:{target}")),
            ("input.passkey", &id),
            ("back", "/account/security"),
        ];
        let plan = browser.sends("/operations/plan", &fields).await.leads_to().to_owned();
        let page = browser.gets(&plan).await.text;
        assert!(page.contains("name=\"passkey_answer\"") && page.contains("name=\"code\""), "{page}");
        assert!(!page.contains("name=\"password\""));
        let (key, options) = question(&browser, "/account/passkeys/ask", &[]).await;
        let mut stranger = authenticator();
        let forged = stranger.answer(&options).to_string();
        for (fields, refused) in [
            (vec![], "fresh_factor_needed"),
            (vec![("password", PASSWORD)], "second_factor_needed"),
            (vec![("code", "000000")], "code_wrong"),
            (vec![("passkey_key", key.as_str()), ("passkey_answer", &forged)], "passkey_wrong"),
            (vec![("passkey_key", key.as_str()), ("passkey_answer", &forged)], "passkey_over"),
        ] {
            house.clock.advance(Duration::from_secs(30));
            let answer = starts(&house, &browser, &plan, &fields).await;
            assert_eq!(answer.leads_to(), format!("{plan}?error={refused}"));
        }
        let (key, options) = question(&browser, "/account/passkeys/ask", &[]).await;
        let said = device.answer(&options).to_string();
        house.clock.advance(Duration::from_secs(30));
        let fields = [("passkey_key", key.as_str()), ("passkey_answer", &said)];
        let started = starts(&house, &browser, &plan, &fields).await;
        assert!(started.leads_to().starts_with("/operations/op_"), "{}", started.leads_to());
        assert!(OperationId::parse(started.leads_to().rsplit('/').next().unwrap()).is_ok());
        house.clock.advance(Duration::from_mins(1));
        assert_eq!(password(&house, "").await.leads_to(), "/workloads", "the password alone lets in again");
    })
    .await;
}

#[tokio::test]
async fn a_program_has_a_passkey_made_and_only_its_person_adds_it() {
    on_both(async |db| {
        let house = House::on(db).await;
        let spec = Spec::of(&house).await;
        let (asking, answering) = (
            spec.endpoint(&Method::POST, "/api/v1/account/passkeys"),
            spec.endpoint(&Method::POST, "/api/v1/account/passkeys/answer"),
        );
        let (script, other) = (house.program(Role::Viewer).await, house.program(Role::Operator).await);
        let mut device = authenticator();
        let asks = async || {
            let asked = script.posts("/api/v1/account/passkeys", &json!({})).await;
            assert_eq!((asked.status.as_u16(), spec.misfit(&asking, &asked)), (200, None), "{}", asked.text);
            asked.json()
        };
        let answers = async |who: &Caller, key: &Value, credential: Value| {
            house.clock.advance(Duration::from_secs(20));
            let body = json!({ "key": key, "credential": credential });
            let answer = who.posts("/api/v1/account/passkeys/answer", &body).await;
            assert_eq!(spec.misfit(&answering, &answer), None, "{}", answer.text);
            answer
        };
        let asked = asks().await;
        assert_eq!(asked["options"]["rp"]["id"], "localhost");
        let made = device.make(&asked["options"]);
        answers(&other, &asked["key"], made.clone()).await.is_problem(410, "passkey_over");
        let kept = answers(&script, &asked["key"], made.clone()).await;
        assert_eq!(kept.status.as_u16(), 200, "{}", kept.text);
        answers(&script, &asked["key"], made).await.is_problem(410, "passkey_over");
        let asked = asks().await;
        answers(&script, &asked["key"], json!({ "id": "x" })).await.is_problem(403, "passkey_wrong");
        device.verifies = false;
        let asked = asks().await;
        let made = device.make(&asked["options"]);
        answers(&script, &asked["key"], made).await.is_problem(403, "passkey_wrong");
        // The reference is its person's alone.
        let reference = kept.json()["reference"].clone();
        for (who, blocked) in [(&other, true), (&script, false)] {
            let target = who.gets("/api/v1/account/sessions").await.json()["end"]["target"].clone();
            let target = format!("user:{}", target["id"].as_str().unwrap());
            let input = json!({ "name": "card", "passkey": reference });
            let request = json!({ "operation": "passkey.add", "target": target, "input": input });
            let plan = who.posts("/api/v1/operations/plan", &request).await.json();
            assert_eq!(!plan["blockers"].as_array().unwrap().is_empty(), blocked, "{plan}");
        }
    })
    .await;
}
