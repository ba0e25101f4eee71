//! The entrance over HTTP: sign in and out, the first administrator, tokens, and what every answer carries.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod support;

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use read_models::ids::ProjectId;
use secrecy::ExposeSecret as _;
use server::authz::{Grant, Role, Scope, TokenScope};
use server::store::testing::on_both;
use support::{PASSWORD, Server, cookie_of, form, json, location};

fn admin() -> Grant {
    Grant { role: Role::PlatformAdmin, scope: Scope::Platform }
}

fn typed(email: &str, password: &str) -> Request<Body> {
    form("/sign-in", &format!("email={email}&password={}", password.replace(' ', "+")))
}

fn get(path: &str) -> axum::http::request::Builder {
    Request::get(path).header(header::HOST, "127.0.0.1:8080")
}

#[tokio::test]
async fn a_person_signs_in_lands_by_role_and_signs_out() {
    on_both(async |db| {
        let server = Server::on(db).await;
        server.has_person("ada@example.org", admin()).await;
        let response = server.answers(typed("ADA@example.org", PASSWORD)).await;
        assert_eq!((response.status(), location(&response)), (StatusCode::SEE_OTHER, "/platform/ops"));
        let set = response.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
        for part in ["__Host-slipway=", "; Path=/", "; HttpOnly", "; Secure", "; SameSite=Lax"] {
            assert!(set.contains(part), "{set}");
        }
        let cookie = cookie_of(&response).unwrap();
        let key = cookie.split_once('=').unwrap().1.to_owned();
        assert!(server.state.authn.by_cookie(&key).await.unwrap().is_some());
        let mut out = form("/sign-out", "");
        out.headers_mut().insert(header::COOKIE, cookie.parse().unwrap());
        assert_eq!(server.answers(out).await.status(), StatusCode::SEE_OTHER);
        assert!(server.state.authn.by_cookie(&key).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn an_unknown_name_and_a_wrong_password_get_the_same_answer() {
    on_both(async |db| {
        let server = Server::on(db).await;
        server.has_person("ada@example.org", admin()).await;
        for (email, password) in [("ada@example.org", "wrong"), ("nobody@example.org", PASSWORD), ("", "")] {
            let response = server.answers(typed(email, password)).await;
            assert_eq!(
                (response.status(), location(&response)),
                (StatusCode::SEE_OTHER, "/sign-in?error=wrong")
            );
            assert!(cookie_of(&response).is_none());
        }
    })
    .await;
}

#[tokio::test]
async fn after_six_wrong_passwords_the_right_one_has_to_wait_too() {
    on_both(async |db| {
        let server = Server::on(db).await;
        server.has_person("ada@example.org", admin()).await;
        for _ in 0..6 {
            server.answers(typed("ada@example.org", "wrong")).await;
        }
        let response = server.answers(typed("ada@example.org", PASSWORD)).await;
        assert_eq!(location(&response), "/sign-in?error=wait&seconds=2");
        assert_eq!(response.headers()[header::RETRY_AFTER], "2");
        server.clock.advance(Duration::from_secs(2));
        assert_eq!(location(&server.answers(typed("ada@example.org", PASSWORD)).await), "/platform/ops");
    })
    .await;
}

#[tokio::test]
async fn a_session_ends_when_idle_and_at_the_latest_after_a_week() {
    on_both(async |db| {
        let server = Server::on(db).await;
        let hour = Duration::from_hours(1);
        server.has_person("ada@example.org", admin()).await;
        let sign_in = async || {
            let response = server.answers(typed("ada@example.org", PASSWORD)).await;
            cookie_of(&response).unwrap().split_once('=').unwrap().1.to_owned()
        };
        let idle = sign_in().await;
        server.clock.advance(12 * hour);
        assert!(server.state.authn.by_cookie(&idle).await.unwrap().is_none());
        let busy = sign_in().await;
        for _ in 0..15 {
            server.clock.advance(11 * hour);
            assert!(server.state.authn.by_cookie(&busy).await.unwrap().is_some());
        }
        server.clock.advance(3 * hour);
        assert!(server.state.authn.by_cookie(&busy).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn signing_in_ends_the_session_the_browser_came_with() {
    on_both(async |db| {
        let server = Server::on(db).await;
        server.has_person("ada@example.org", admin()).await;
        let planted = cookie_of(&server.answers(typed("ada@example.org", PASSWORD)).await).unwrap();
        let mut again = typed("ada@example.org", PASSWORD);
        again.headers_mut().insert(header::COOKIE, planted.parse().unwrap());
        let fresh = cookie_of(&server.answers(again).await).unwrap();
        assert_ne!(planted, fresh);
        assert!(server.state.authn.by_cookie(planted.split_once('=').unwrap().1).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn the_link_makes_one_administrator_once() {
    on_both(async |db| {
        let server = Server::on(db).await;
        let link = async || {
            let mut tx = server.state.db.begin().await.unwrap();
            let link = server::authn::issue_link(&mut tx, &*server.clock, &*server.state.ids).await.unwrap();
            tx.commit().await.unwrap();
            link.map(|link| link.expose_secret().to_owned())
        };
        let first = link().await.unwrap();
        let use_link = |link: &str, password: &str| {
            form("/sign-in/first", &format!("token={link}&email=a@b&password={password}"))
        };
        let weak = server.answers(use_link(&first, "password1234")).await;
        assert_eq!(
            location(&weak),
            format!("/sign-in/first?error=password_breached&token={first}&email=a%40b")
        );
        assert_eq!(
            location(&server.answers(use_link("x", "long+enough+words")).await),
            "/sign-in/first?error=link_not_good"
        );
        let made = server.answers(use_link(&first, "long+enough+words")).await;
        assert_eq!(location(&made), "/platform/ops");
        assert!(cookie_of(&made).is_some());
        assert!(link().await.is_none(), "no link where there is an administrator");
        assert_eq!(
            location(&server.answers(use_link(&first, "long+enough+words")).await),
            "/sign-in?error=administrator_exists"
        );
    })
    .await;
}

#[tokio::test]
async fn a_link_is_good_for_an_hour() {
    on_both(async |db| {
        let server = Server::on(db).await;
        let mut tx = server.state.db.begin().await.unwrap();
        let link =
            server::authn::issue_link(&mut tx, &*server.clock, &*server.state.ids).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        server.clock.advance(server::authn::LINK_LIFETIME);
        let body = format!("token={}&email=a@b&password=long+enough+words", link.expose_secret());
        assert_eq!(
            location(&server.answers(form("/sign-in/first", &body)).await),
            "/sign-in/first?error=link_not_good"
        );
    })
    .await;
}

#[tokio::test]
async fn a_token_is_recognised_until_it_expires_and_a_bad_one_never_falls_back_to_the_cookie() {
    on_both(async |db| {
        let server = Server::on(db).await;
        let grant =
            Grant { role: Role::Viewer, scope: Scope::Project(ProjectId::from_uuid(&format!("{:032x}", 1))) };
        let user = server.has_person("ada@example.org", grant).await;
        let token = server.token_of(&user, TokenScope::Read).await;
        let known = server.state.authn.by_token(&token).await.unwrap().unwrap();
        assert_eq!((known.user_id, known.email.as_str()), (user, "ada@example.org"));
        let cookie = cookie_of(&server.answers(typed("ada@example.org", PASSWORD)).await).unwrap();
        let with = |token: &str| {
            let bearer = format!("Bearer {token}");
            get("/healthz")
                .header(header::AUTHORIZATION, bearer)
                .header(header::COOKIE, &cookie)
                .body(Body::empty())
                .unwrap()
        };
        assert_eq!(server.answers(with(&token)).await.status(), StatusCode::OK);
        server.clock.advance(Duration::from_hours(24));
        let refused = server.answers(with(&token)).await;
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(json(refused).await["code"], "bad_token");
    })
    .await;
}

#[tokio::test]
async fn what_another_site_sends_is_refused_unless_it_carries_a_token() {
    on_both(async |db| {
        let server = Server::on(db).await;
        let user = server.has_person("ada@example.org", admin()).await;
        let token = server.token_of(&user, TokenScope::Read).await;
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "https://evil.example"),
        ] {
            let mut foreign = typed("ada@example.org", PASSWORD);
            foreign.headers_mut().remove("sec-fetch-site");
            foreign.headers_mut().insert(name, value.parse().unwrap());
            let refused = server.answers(foreign).await;
            assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{name}: {value}");
            let problem = json(refused).await;
            assert_eq!(problem["code"], "cross_site");
            assert!(problem["request_id"].as_str().unwrap().starts_with("req_"));
            let mut script = form("/sign-out", "");
            script.headers_mut().insert(name, value.parse().unwrap());
            script.headers_mut().insert(header::AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
            assert_eq!(server.answers(script).await.status(), StatusCode::SEE_OTHER);
        }
    })
    .await;
}

#[tokio::test]
async fn every_answer_carries_the_headers_and_each_its_own_nonce() {
    on_both(async |db| {
        let server = Server::on(db).await;
        let mut policies = Vec::new();
        for path in ["/healthz", "/nowhere"] {
            let response = server.answers(get(path).body(Body::empty()).unwrap()).await;
            let headers = response.headers();
            assert_eq!(headers["x-content-type-options"], "nosniff");
            assert_eq!(headers["referrer-policy"], "same-origin");
            assert_eq!(headers["cross-origin-opener-policy"], "same-origin");
            assert!(headers.contains_key("x-request-id"));
            assert!(!headers.contains_key("strict-transport-security"), "plain loopback is not TLS");
            policies.push(headers["content-security-policy"].to_str().unwrap().to_owned());
        }
        assert!(policies[0].contains("'nonce-") && policies[0].contains("frame-ancestors 'none'"));
        assert!(!policies[0].contains("unsafe-inline") && !policies[0].contains("'unsafe-eval'"));
        assert_ne!(policies[0], policies[1]);
    })
    .await;
}

#[tokio::test]
async fn what_is_nowhere_or_too_large_is_a_problem_with_a_sentence() {
    on_both(async |db| {
        let server = Server::on(db).await;
        let nowhere = server.answers(get("/nowhere").body(Body::empty()).unwrap()).await;
        assert_eq!(nowhere.headers()[header::CONTENT_TYPE], "application/problem+json");
        let (status, problem) = (nowhere.status(), json(nowhere).await);
        assert_eq!(
            (status, &problem["status"], &problem["code"]),
            (StatusCode::NOT_FOUND, &404.into(), &"not_found".into())
        );
        let mut large = form("/sign-in", &"x".repeat(1024 * 1024 + 1));
        let length = (1024 * 1024 + 1).to_string();
        large.headers_mut().insert(header::CONTENT_LENGTH, length.parse().unwrap());
        assert_eq!(json(server.answers(large).await).await["code"], "too_large");
        let lying = form("/sign-in", &"x".repeat(1024 * 1024 + 1));
        assert_eq!(server.answers(lying).await.status(), StatusCode::PAYLOAD_TOO_LARGE);
    })
    .await;
}

#[tokio::test]
async fn ready_means_that_the_database_answers() {
    on_both(async |db| {
        let server = Server::on(db.clone()).await;
        let ready = async || server.answers(get("/readyz").body(Body::empty()).unwrap()).await.status();
        assert_eq!(ready().await, StatusCode::OK);
        db.close().await;
        assert_eq!(ready().await, StatusCode::SERVICE_UNAVAILABLE);
    })
    .await;
}
