//! Signing in with an authenticator app, by plain forms: the password alone is nobody, and each code counts once.

use axum::http::Method;
use read_models::ids::OperationId;
use serde_json::json;
use server::authn::totp;
use server::authz::Role;
use server::clock::Clock as _;
use server::store::testing::on_both;
use std::time::Duration;
use tokio_util::task::TaskTracker;

use crate::caller::{Answer, Caller};
use crate::house::{House, PASSWORD};
use crate::spec::Spec;

/// A field of the page's form, as the browser would send it.
pub(crate) fn field(page: &str, name: &str) -> String {
    let at = page.find(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("no field {name}"));
    let tag = &page[at..at + page[at..].find('>').unwrap()];
    tag.split("value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned()
}

/// The secret on the page, as an app takes it.
fn secret_on(page: &str) -> Vec<u8> {
    let at = page.find("The secret of the app").expect("the secret is shown");
    let text = page[at..].split("<code>").nth(1).unwrap().split('<').next().unwrap().replace(' ', "");
    totp_secret(&text)
}

/// RFC 4648, as an app reads it.
fn totp_secret(text: &str) -> Vec<u8> {
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0_u32, 0_u32);
    for letter in text.chars() {
        let value = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(letter).unwrap();
        (bits, held) = ((bits << 5 | u32::try_from(value).unwrap()) & 0xfff, held + 5);
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).unwrap());
        }
    }
    bytes
}

fn code(house: &House, secret: &[u8]) -> String {
    totp::code_at(secret, house.clock.now()).unwrap()
}

pub(crate) async fn starts(house: &House, browser: &Caller, plan: &str, more: &[(&str, &str)]) -> Answer {
    let page = browser.gets(plan).await.text;
    let (hash, key) = (field(&page, "plan_hash"), field(&page, "idempotency_key"));
    let mut fields =
        vec![("plan_hash", hash.as_str()), ("idempotency_key", &key), ("confirmation", "confirmed")];
    fields.extend(more);
    let started = browser.sends(&format!("{plan}/start"), &fields).await;
    if let Some(id) = started.leads_to().strip_prefix("/operations/op_") {
        let id = OperationId::parse(&format!("op_{id}")).unwrap();
        let browser = if started.header("set-cookie").is_empty() {
            browser.clone()
        } else {
            browser.with_cookie_of(&started)
        };
        house.settles(&browser, &id).await;
    }
    started
}

/// A member with an app, whose browser added it just now; and the recovery codes it was shown.
pub(crate) async fn with_app(house: &House) -> (Caller, Vec<u8>, Vec<String>) {
    let browser = house.browser(Role::Member).await;
    assert_eq!(browser.sends("/account/totp", &[]).await.leads_to(), "/account/security#second-factor");
    let page = browser.gets("/account/security").await.text;
    let (secret, reference) = (secret_on(&page), field(&page, "reference"));
    assert!(page.contains("class=\"qr\""));
    let wrong =
        browser.sends("/account/totp/confirm", &[("reference", &reference), ("code", "000000")]).await;
    assert_eq!(wrong.leads_to(), "/account/security?error=code_wrong");
    let right = code(house, &secret);
    let planned =
        browser.sends("/account/totp/confirm", &[("reference", &reference), ("code", &right)]).await;
    starts(house, &browser, planned.leads_to(), &[]).await;
    let page = browser.gets("/account/security").await.text;
    let codes = page.split("The recovery codes").nth(1).unwrap().split("<code>").nth(1).unwrap();
    let codes: Vec<_> = codes.split('<').next().unwrap().lines().map(str::to_owned).collect();
    assert_eq!(codes.len(), 10, "{page}");
    (browser, secret, codes)
}

pub(crate) async fn password(house: &House, next: &str) -> Answer {
    let fields = [("email", "browser-member@example.org"), ("password", PASSWORD), ("next", next)];
    house.nobody().sends("/sign-in", &fields).await
}

/// The same browser with only the key of the first half.
pub(crate) fn half(house: &House, answer: &Answer) -> Caller {
    let cookie = answer.header("set-cookie").split(';').next().unwrap_or_default().to_owned();
    assert!(cookie.starts_with("__Host-slipway-half="), "{answer:?}");
    Caller::browser(house.address(), cookie)
}

#[tokio::test]
async fn the_password_alone_is_nobody_and_the_code_signs_in_once() {
    on_both(async |db| {
        let house = House::on(db).await;
        server::workers::start(&house.state, &TaskTracker::new());
        let (_, secret, codes) = with_app(&house).await;
        house.clock.advance(Duration::from_mins(2));
        let answer = password(&house, "/account/profile").await;
        assert_eq!(answer.leads_to(), "/sign-in?then=code&next=/account/profile");
        let half = half(&house, &answer);
        let page = half.gets(answer.leads_to()).await;
        assert!(page.status.is_success() && page.text.contains("Second step"), "{}", page.text);
        // The key of the first half opens nothing, also where a session's key would stand.
        assert!(half.gets("/account/profile").await.leads_to().starts_with("/sign-in"));
        let key = answer.header("set-cookie").split(['=', ';']).nth(1).unwrap();
        let posing = Caller::browser(house.address(), format!("__Host-slipway={key}"));
        assert!(posing.gets("/account/profile").await.leads_to().starts_with("/sign-in"));
        let enters = async |half: &Caller, code: &str| {
            half.sends("/sign-in/code", &[("code", code), ("next", "/account/profile")]).await
        };
        let wrong = enters(&half, "000000").await;
        assert_eq!(wrong.leads_to(), "/sign-in?then=code&error=wrong&next=/account/profile");
        let good = code(&house, &secret);
        let forged =
            enters(&Caller::browser(house.address(), "__Host-slipway-half=forged".to_owned()), &good).await;
        assert_eq!(forged.leads_to(), "/sign-in?error=half_over&next=/account/profile");
        let signed_in = enters(&half, &good).await;
        assert_eq!(signed_in.leads_to(), "/account/profile");
        let browser = house.nobody().with_cookie_of(&signed_in);
        assert!(browser.gets("/account/profile").await.status.is_success());
        assert_eq!(enters(&half, &good).await.leads_to(), "/sign-in?error=half_over&next=/account/profile");
        // Another first half, the same code: it was used. A recovery code works, once.
        let again = self::half(&house, &password(&house, "").await);
        assert!(again.sends("/sign-in/code", &[("code", &good)]).await.leads_to().contains("error=wrong"));
        let recovered = again.sends("/sign-in/code", &[("code", &codes[3])]).await;
        assert_eq!(recovered.leads_to(), "/workloads");
        let third = self::half(&house, &password(&house, "").await);
        assert!(
            third.sends("/sign-in/code", &[("code", &codes[3])]).await.leads_to().contains("error=wrong")
        );
        house.clock.advance(Duration::from_mins(10));
        let late = third.sends("/sign-in/code", &[("code", &code(&house, &secret))]).await;
        assert_eq!(late.leads_to(), "/sign-in?error=half_over");
    })
    .await;
}

#[tokio::test]
async fn codes_cannot_be_tried_out_with_a_password_and_the_right_one_waits_too() {
    on_both(async |db| {
        let house = House::on(db).await;
        server::workers::start(&house.state, &TaskTracker::new());
        let (_, secret, _) = with_app(&house).await;
        house.clock.advance(Duration::from_mins(2));
        let half = half(&house, &password(&house, "").await);
        let mut waits = String::new();
        for _ in 0..8 {
            waits = half.sends("/sign-in/code", &[("code", "123123")]).await.leads_to().to_owned();
            if waits.contains("error=wait") {
                break;
            }
        }
        assert!(waits.starts_with("/sign-in?then=code&error=wait&seconds="), "{waits}");
        let right = half.sends("/sign-in/code", &[("code", &code(&house, &secret))]).await;
        assert!(right.leads_to().contains("error=wait"), "{}", right.leads_to());
        assert!(!right.header("retry-after").is_empty());
        // A fresh first half is no way around it.
        assert!(password(&house, "").await.leads_to().contains("error=wait"));
        house.clock.advance(Duration::from_mins(1));
        let right = half.sends("/sign-in/code", &[("code", &code(&house, &secret))]).await;
        assert_eq!(right.leads_to(), "/workloads");
    })
    .await;
}

#[tokio::test]
async fn what_lets_somebody_in_takes_a_code_and_no_password_of_who_has_an_app() {
    on_both(async |db| {
        let house = House::on(db).await;
        server::workers::start(&house.state, &TaskTracker::new());
        let (browser, secret, _) = with_app(&house).await;
        house.clock.advance(Duration::from_mins(2));
        let page = browser.gets("/account/security").await.text;
        let target = page.split("value=\"user:").nth(1).unwrap().split('"').next().unwrap();
        let fields = [
            ("operation", "totp.remove"),
            ("target", &format!("user:{target}")),
            ("back", "/account/security"),
        ];
        let plan = browser.sends("/operations/plan", &fields).await.leads_to().to_owned();
        let page = browser.gets(&plan).await.text;
        assert!(page.contains("name=\"code\"") && !page.contains("name=\"password\""), "{page}");
        let good = code(&house, &secret);
        for (fields, refused) in [
            (vec![], "fresh_factor_needed"),
            (vec![("password", PASSWORD)], "second_factor_needed"),
            (vec![("code", "000000")], "code_wrong"),
        ] {
            let answer = starts(&house, &browser, &plan, &fields).await;
            assert_eq!(answer.leads_to(), format!("{plan}?error={refused}"));
        }
        let started = starts(&house, &browser, &plan, &[("code", &good)]).await;
        assert!(started.leads_to().starts_with("/operations/op_"), "{}", started.leads_to());
        assert_eq!(password(&house, "").await.leads_to(), "/workloads", "the password alone lets in again");
    })
    .await;
}

#[tokio::test]
async fn a_program_sets_an_app_up_and_only_its_person_confirms_it() {
    on_both(async |db| {
        let house = House::on(db).await;
        let spec = Spec::of(&house).await;
        let (beginning, confirming) = (
            spec.endpoint(&Method::POST, "/api/v1/account/totp"),
            spec.endpoint(&Method::POST, "/api/v1/account/totp/confirm"),
        );
        let (script, other) = (house.program(Role::Viewer).await, house.program(Role::Operator).await);
        let begun = script.posts("/api/v1/account/totp", &json!({})).await;
        assert_eq!((begun.status.as_u16(), spec.misfit(&beginning, &begun)), (200, None), "{}", begun.text);
        let reference = begun.json()["reference"].as_str().unwrap().to_owned();
        let secret = totp_secret(&begun.json()["secret"].as_str().unwrap().replace(' ', ""));
        let confirms = async |who: &Caller, code: &str| {
            let body = json!({ "reference": reference, "code": code });
            let answer = who.posts("/api/v1/account/totp/confirm", &body).await;
            assert_eq!(spec.misfit(&confirming, &answer), None, "{}", answer.text);
            answer
        };
        confirms(&other, &code(&house, &secret)).await.is_problem(410, "totp_over");
        confirms(&script, "000000").await.is_problem(403, "code_wrong");
        assert_eq!(confirms(&script, &code(&house, &secret)).await.status.as_u16(), 200);
        let read = script.gets("/api/v1/account/security").await;
        assert!(read.json()["second_factor"]["enrolling"].is_null(), "no list tells the secret again");
    })
    .await;
}
