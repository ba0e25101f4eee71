//! One's own account over HTTP: for every role, by browser and by program, and nobody else's for anybody.

use axum::http::StatusCode;
use serde_json::{Value, json};
use server::authz::Role;
use server::store::testing::on_both;

use crate::caller::Caller;
use crate::house::House;

const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINqtL9J5fC367LBDn5U4a/0sjVVQo1sDQqCiDhu4/YgA ada@laptop";

/// Whose account this caller's is.
async fn own(who: &Caller) -> String {
    let view = who.gets("/api/v1/account/sessions").await.json();
    format!("user:{}", view["end"]["target"]["id"].as_str().unwrap())
}

/// One request for each operation there is on an account.
fn requests(target: &str) -> Vec<Value> {
    let id = |prefix: &str| format!("{prefix}{:032x}", 7);
    [
        ("profile.update", json!({ "display_name": "Ada" })),
        ("ssh_key.add", json!({ "name": "laptop", "public_key": KEY })),
        ("ssh_key.remove", json!({ "key": id("key_") })),
        ("password.change", json!({ "password": id("kept_") })),
        ("totp.add", json!({ "secret": id("kept_") })),
        ("totp.remove", json!({})),
        ("passkey.add", json!({ "name": "phone", "passkey": id("kept_") })),
        ("passkey.remove", json!({ "passkey": id("pky_") })),
        ("recovery_code.issue", json!({})),
        ("session.end", json!({ "session": id("ses_") })),
        ("token.issue", json!({ "name": "ci", "scope": "read", "days": 1 })),
        ("token.revoke", json!({ "token": id("tok_") })),
    ]
    .map(|(operation, input)| json!({ "operation": operation, "target": target, "input": input }))
    .into()
}

#[tokio::test]
async fn everybody_sees_and_changes_what_is_their_own_and_nothing_of_anybody_else() {
    on_both(async |db| {
        let house = House::on(db).await;
        let stranger = house.program_of("stranger@example.org", house.grant(Role::Viewer)).await;
        let theirs = own(&stranger).await;
        let renamed = house.starts_with(&stranger, &requests(&theirs)[0]).await;
        for role in Role::ALL {
            let who = house.program(role).await;
            for page in ["profile", "security", "sessions"] {
                let answer = who.gets(&format!("/api/v1/account/{page}")).await;
                assert_eq!(answer.status, StatusCode::OK, "{} {page}: {}", role.key(), answer.text);
                assert!(answer.text.contains(&format!("{}@example.org", role.key())));
                let shown = who.gets(&format!("/account/{page}")).await;
                assert_eq!(shown.status, StatusCode::OK, "{} {page}", role.key());
            }
            for request in requests(&own(&who).await) {
                let planned = who.posts("/api/v1/operations/plan", &request).await;
                assert_eq!(planned.status, StatusCode::OK, "{} {request}: {}", role.key(), planned.text);
            }
            for request in requests(&theirs) {
                who.posts("/api/v1/operations/plan", &request).await.is_problem(404, "not_found");
            }
            let reads = matches!(role, Role::Operator | Role::PlatformAdmin | Role::Auditor);
            for of in ["", "/events"] {
                let read = who.gets(&format!("/api/v1/operations/{renamed}{of}")).await;
                let wanted = if reads { StatusCode::OK } else { StatusCode::NOT_FOUND };
                assert_eq!(read.status, wanted, "{} {of}: {}", role.key(), read.text);
            }
            let cancelled = who.posts(&format!("/api/v1/operations/{renamed}/cancel"), &json!({})).await;
            assert_eq!(cancelled.status, StatusCode::NOT_FOUND, "{}: {}", role.key(), cancelled.text);
        }
        for page in ["profile", "security", "sessions"] {
            house.nobody().gets(&format!("/api/v1/account/{page}")).await.is_problem(401, "not_signed_in");
            let led = house.nobody().gets(&format!("/account/{page}")).await;
            assert!(led.leads_to().starts_with("/sign-in?next=/account/"));
        }
    })
    .await;
}

#[tokio::test]
async fn a_key_goes_from_the_form_into_the_account_and_a_wrong_one_comes_back_beside_its_field() {
    on_both(async |db| {
        let house = House::on(db).await;
        let browser = house.browser(Role::Viewer).await;
        let page = browser.gets("/account/security").await.text;
        let at = page.find("value=\"user:usr_").expect("the form names the account");
        let target = page[at + 7..].split('"').next().unwrap().to_owned();
        let fields = |name: &'static str, key: &'static str| {
            [
                ("operation", "ssh_key.add".to_owned()),
                ("target", target.clone()),
                ("back", "/account/security".to_owned()),
                ("input.name", name.to_owned()),
                ("input.public_key", key.to_owned()),
            ]
        };
        let sends = async |name, key| {
            let fields = fields(name, key);
            let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            browser.sends("/operations/plan", &fields).await
        };
        let back = sends("laptop", "ssh-rsa nonsense").await;
        let place = back.leads_to();
        assert!(place.starts_with("/account/security?draft=dft_"), "{place}");
        let shown = browser.gets(place).await.text;
        assert!(
            shown.contains("value=\"ssh-rsa nonsense\"") && shown.contains("This is no OpenSSH public key")
        );
        let planned = sends("laptop", KEY).await;
        let plan = planned.leads_to();
        assert!(plan.starts_with("/operations/plans/plan_"), "{plan}");
        let shown = browser.gets(plan).await.text;
        assert!(
            shown.contains("href=\"/account/security\" data-back"),
            "the way back is where the card stands"
        );
    })
    .await;
}
