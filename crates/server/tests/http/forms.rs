//! The pages' forms, as a browser without script sends them: each answers with 303 to a page that knows what happened.

use axum::http::StatusCode;
use server::authz::Role;
use server::store::testing::on_both;
use std::time::Duration;

use crate::caller::Caller;
use crate::house::{House, PASSWORD};

/// The launch form, filled in.
async fn launches(
    who: &Caller,
    house: &House,
    name: &str,
    command: &str,
    port: &str,
) -> crate::caller::Answer {
    let (target, sku) = (format!("project:{}", house.projects[0]), house.sku.to_string());
    let fields = [
        ("operation", "workload.launch"),
        ("target", &target),
        ("back", "/compute/launch?sku=x&draft=old"),
        ("input.name", name),
        ("input.sku", &sku),
        ("input.command", command),
        ("input.port", port),
    ];
    who.sends("/operations/plan", &fields).await
}

/// A field of the page's form, as the browser would send it.
fn field<'a>(page: &'a str, name: &str) -> &'a str {
    let at = page.find(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("no field {name}"));
    let tag = &page[at..at + page[at..].find('>').unwrap()];
    tag.split("value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default()
}

#[tokio::test]
async fn a_launch_goes_from_the_form_over_the_plan_to_the_operation() {
    on_both(async |db| {
        let house = House::on(db).await;
        let browser = house.browser(Role::Member).await;
        let planned = launches(&browser, &house, "web-2", "python3 -m http.server '8000 '", "8000").await;
        let plan = planned.leads_to().to_owned();
        assert!(plan.starts_with("/operations/plans/plan_"), "{plan}");
        let page = browser.gets(&plan).await;
        assert_eq!(page.status.as_u16(), 200);
        assert!(page.text.contains("http.server") && page.text.contains("8000"), "{}", page.text);
        let (hash, key) = (field(&page.text, "plan_hash"), field(&page.text, "idempotency_key"));
        let confirmation =
            if page.text.contains("name=\"confirmation\"") { field(&page.text, "confirmation") } else { "" };
        let start = [("plan_hash", hash), ("idempotency_key", key), ("confirmation", confirmation)];
        let started = browser.sends(&format!("{plan}/start"), &start).await;
        let operation = started.leads_to().to_owned();
        assert!(operation.starts_with("/operations/op_"), "{operation}");
        // Sent twice, by a reload or a double click: the same operation.
        assert_eq!(browser.sends(&format!("{plan}/start"), &start).await.leads_to(), operation);
        // Without the page's key nobody can tell whether it was sent before.
        let without = [("plan_hash", hash), ("confirmation", confirmation)];
        let refused = browser.sends(&format!("{plan}/start"), &without).await;
        assert_eq!(refused.leads_to(), format!("{plan}?error=bad_idempotency_key"));
        assert_eq!(browser.gets(&operation).await.status.as_u16(), 200);

        let cancelled = browser.sends(&format!("{operation}/cancel"), &[("reason", "changed my mind")]).await;
        assert_eq!(cancelled.leads_to(), operation);
        let decided =
            browser.sends(&format!("{operation}/decisions"), &[("choice", "evict"), ("reason", "x")]).await;
        assert_eq!(decided.leads_to(), format!("{operation}?error=not_offered"));
    })
    .await;
}

#[tokio::test]
async fn a_form_with_mistakes_comes_back_with_what_was_typed_and_a_sentence_beside_each() {
    on_both(async |db| {
        let house = House::on(db).await;
        let browser = house.browser(Role::Member).await;
        for (name, command, port, sentences) in [
            ("web-2", "say 'hi", "80a", ["A quote &#x27; is not closed", "Write a whole number."]),
            ("Not A Name", "true", "80", ["lower-case letters", "1024 to 65535"]),
        ] {
            let back = launches(&browser, &house, name, command, port).await;
            let place = back.leads_to();
            assert!(
                place.starts_with("/compute/launch?sku=x&draft=dft_") && !place.contains("old"),
                "{place}"
            );
            let page = browser.gets(place).await;
            assert!(page.text.contains(&format!("value=\"{name}\"")), "what was typed is kept");
            for sentence in sentences {
                let plain = sentence.replace("&#x27;", "'");
                assert!(
                    page.text.contains(sentence) || page.text.contains(&plain),
                    "{sentence} is not in {}",
                    page.text
                );
            }
            // Drafts are each person's own.
            let other =
                house.browser(if name == "web-2" { Role::ProjectAdmin } else { Role::PlatformAdmin }).await;
            assert!(!other.gets(place).await.text.contains(&format!("value=\"{name}\"")));
        }
    })
    .await;
}

#[tokio::test]
async fn what_destroys_wants_the_name_and_a_fresh_password() {
    on_both(async |db| {
        let house = House::on(db).await;
        let browser = house.browser(Role::Member).await;
        let target = format!("workload:{}", house.workloads[0]);
        let back = format!("/workloads/{}/operations", house.workloads[0]);
        let fields = [
            ("operation", "workload.release"),
            ("target", target.as_str()),
            ("back", &back),
            ("input.grace_s", "5"),
        ];
        house.clock.advance(Duration::from_mins(10));
        let plan = browser.sends("/operations/plan", &fields).await.leads_to().to_owned();
        let page = browser.gets(&plan).await.text;
        let (hash, name) = (field(&page, "plan_hash").to_owned(), House::workload_name());
        let key = field(&page, "idempotency_key").to_owned();
        let starts = async |confirmation: &str, password: &str| {
            let fields = [
                ("plan_hash", hash.as_str()),
                ("idempotency_key", key.as_str()),
                ("confirmation", confirmation),
                ("password", password),
            ];
            browser.sends(&format!("{plan}/start"), &fields).await
        };
        for (confirmation, password, code) in [
            ("something else", "", "not_confirmed"),
            (name, "", "fresh_factor_needed"),
            (name, "a wrong one", "password_wrong"),
        ] {
            let refused = starts(confirmation, password).await;
            assert_eq!(refused.leads_to(), format!("{plan}?error={code}"));
            assert_eq!(refused.header("set-cookie"), "");
        }
        let (started, twice) = (starts(name, PASSWORD).await, starts(name, PASSWORD).await);
        assert!(started.leads_to().starts_with("/operations/op_"));
        assert_eq!(started.leads_to(), twice.leads_to(), "sent twice in a row, it is one operation");
        let renewed = browser.with_cookie_of(&started);
        assert_eq!(renewed.gets(&back).await.status, StatusCode::OK);
        assert_eq!(browser.gets(&back).await.status, StatusCode::OK, "what is under way still comes in");
        house.clock.advance(Duration::from_secs(30));
        assert_eq!(renewed.gets(&back).await.status, StatusCode::OK);
        assert!(
            browser.gets(&back).await.leads_to().starts_with("/sign-in"),
            "a copied key is worth nothing"
        );
    })
    .await;
}

#[tokio::test]
async fn passwords_are_not_guessed_from_an_open_session() {
    on_both(async |db| {
        let house = House::on(db).await;
        let browser = house.browser(Role::Member).await;
        house.clock.advance(Duration::from_mins(10));
        let plan = format!("/operations/plans/plan_{:032x}/start", 1);
        let mut answers = Vec::new();
        for _ in 0..8 {
            answers.push(
                browser
                    .sends(&plan, &[("plan_hash", "x"), ("password", "a guess")])
                    .await
                    .leads_to()
                    .to_owned(),
            );
        }
        assert!(answers[0].ends_with("error=password_wrong"), "{answers:?}");
        assert!(answers[7].ends_with("error=password_wait"), "{answers:?}");
    })
    .await;
}

#[tokio::test]
async fn refusals_lead_back_and_nobody_is_sent_to_another_site() {
    on_both(async |db| {
        let house = House::on(db).await;
        let viewer = house.browser(Role::Viewer).await;
        let place = launches(&viewer, &house, "web-2", "true", "").await.leads_to().to_owned();
        assert!(
            place.starts_with("/compute/launch?sku=x&draft=dft_") && place.ends_with("error=denied"),
            "{place}"
        );
        for back in ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", ""] {
            let answer = viewer.sends("/session/theme", &[("theme", "dark"), ("back", back)]).await;
            assert_eq!(answer.leads_to(), "/", "{back}");
        }
        let nobody = house.nobody();
        let answer =
            nobody.sends("/operations/plan", &[("operation", "x"), ("back", "/platform/nodes")]).await;
        assert_eq!(answer.leads_to(), "/sign-in?next=/platform/nodes");
    })
    .await;
}

#[tokio::test]
async fn project_and_colours_are_remembered() {
    on_both(async |db| {
        let house = House::on(db).await;
        let browser = house.browser(Role::PlatformAdmin).await;
        for (project, name) in house.projects.iter().zip(["alpha", "beta"]) {
            let fields = [("project", project.as_str()), ("back", "/workloads")];
            assert_eq!(browser.sends("/session/project", &fields).await.leads_to(), "/workloads");
            let page = browser.gets("/compute/launch").await.text;
            assert!(page.contains(&format!("Into <strong>{name}")), "{name}");
        }
        let nowhere = format!("prj_{:032x}", 9);
        for bad in ["", "prj_x"] {
            let answer = browser.sends("/session/project", &[("project", bad), ("back", "/workloads")]).await;
            assert_eq!(answer.leads_to(), "/workloads?error=bad_project");
        }
        let tenant = house.browser(Role::Viewer).await;
        for foreign in [house.projects[1].as_str(), nowhere.as_str()] {
            let answer =
                tenant.sends("/session/project", &[("project", foreign), ("back", "/workloads")]).await;
            assert_eq!(answer.leads_to(), "/workloads?error=not_found");
        }
        let themed = browser.sends("/session/theme", &[("theme", "dark"), ("back", "/workloads")]).await;
        assert_eq!(themed.leads_to(), "/workloads");
        assert!(
            themed.header("set-cookie").starts_with("slipway-theme=dark; Path=/;"),
            "{}",
            themed.header("set-cookie")
        );
        assert_eq!(
            browser.sends("/session/theme", &[("theme", "pink"), ("back", "/workloads")]).await.leads_to(),
            "/workloads?error=bad_theme"
        );
    })
    .await;
}
