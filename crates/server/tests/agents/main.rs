//! The agents' listener over real TLS on loopback: who is let in, who is refused and recorded, and what a session carries.

#[cfg(test)]
mod fake_agent;
#[cfg(test)]
mod refused;
#[cfg(test)]
mod server;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod simulated;
#[cfg(test)]
mod workloads;

use std::time::Duration;

use ::server::store::enrolment_tokens;
use ::server::store::testing::on_both;
use ::server::store::{incidents, nodes};
use node_protocol::RefusalCode;
use read_models::nodes::{NodePolicy, NodeState};

use self::fake_agent::{Identity, enrolled};
use self::server::{Server, proof};

const MINUTE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn a_machine_with_a_token_becomes_a_node_that_is_in_service_and_not_heard_of_yet() {
    on_both(async |db| {
        let server = Server::on(db).await;
        let token = server.issues_a_token(None).await;
        let identity = Identity::new();
        let answer = identity.enrols(&server, &token).await.unwrap();
        assert_eq!(node_protocol::ca_pin(&fake_agent::der_of(&answer.ca_pem)[0]), token.ca_pin());
        assert_eq!(answer.agents_url, format!("https://localhost:{}", server.port()));
        let node = server.node(&answer.node_id).await;
        assert_eq!(
            (node.name.as_str(), node.policy, node.state),
            ("worker-1", NodePolicy::InService, NodeState::Enrolling)
        );
        assert_eq!(server.events().await, ["node.enrolled"]);
    })
    .await;
}

#[tokio::test]
async fn the_same_key_gets_the_same_certificate_for_ten_minutes() {
    on_both(async |db| {
        let server = Server::on(db).await;
        let (token, identity) = (server.issues_a_token(None).await, Identity::new());
        let first = identity.enrols(&server, &token).await.unwrap();
        server.clock.advance(9 * MINUTE);
        let again = identity.enrols(&server, &token).await.unwrap();
        assert_eq!((first.certificate_pem, first.node_id), (again.certificate_pem, again.node_id));
        server.clock.advance(2 * MINUTE);
        assert_eq!(identity.enrols(&server, &token).await.unwrap_err().code, RefusalCode::TokenUsed);
        assert_eq!(nodes::list(&server.state.db, &proof(), None, 10).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_used_token_with_another_key_is_refused_and_an_incident() {
    on_both(async |db| {
        let server = Server::on(db).await;
        let token = server.issues_a_token(None).await;
        Identity::new().enrols(&server, &token).await.unwrap();
        let thief = Identity::new().enrols(&server, &token).await.unwrap_err();
        assert_eq!(thief.code, RefusalCode::TokenOtherKey);
        let incidents = incidents::newest(&server.state.db, &proof(), 10).await.unwrap();
        assert_eq!(
            incidents.iter().map(|one| one.kind.as_str()).collect::<Vec<_>>(),
            ["enrolment_key_mismatch"]
        );
        assert_eq!(incidents[0].address.as_deref(), Some("127.0.0.1"));
        assert_eq!(server.events().await, ["node.enrolled", "incident.enrolment_key_mismatch"]);
        let stored = enrolment_tokens::latest(&server.state.db, &proof(), 1).await.unwrap();
        assert_eq!(stored[0].refused_count, 1);
    })
    .await;
}

#[tokio::test]
async fn of_two_machines_with_one_token_one_gets_in_and_one_machine_twice_at_once_is_one_node() {
    on_both(async |db| {
        let server = Server::on(db).await;
        let (token, one, other) = (server.issues_a_token(None).await, Identity::new(), Identity::new());
        let (first, second) = tokio::join!(one.enrols(&server, &token), other.enrols(&server, &token));
        let refused = [first, second].into_iter().find_map(Result::err).map(|refusal| refusal.code);
        assert_eq!(refused, Some(RefusalCode::TokenOtherKey));
        let (token, twice) = (server.issues_a_token(Some("worker-2")).await, Identity::new());
        let (first, again) = tokio::join!(twice.enrols(&server, &token), twice.enrols(&server, &token));
        assert_eq!(first.unwrap().certificate_pem, again.unwrap().certificate_pem);
        assert_eq!(nodes::list(&server.state.db, &proof(), None, 10).await.unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_with_a_token_or_a_name_is_said_and_nothing_changes() {
    on_both(async |db| {
        let server = Server::on(db).await;
        let token = server.issues_a_token(Some("fixed")).await;
        let forged = server.with_another_secret(&token);
        let named = |name: &str| Identity { name: Some(name.to_owned()), ..Identity::new() };
        for (identity, token, code) in [
            (Identity::new(), &forged, RefusalCode::TokenUnknown),
            (Identity::new(), &server.never_issued(), RefusalCode::TokenUnknown),
            (named("other"), &token, RefusalCode::BadName),
            (named("Not A Name"), &server.issues_a_token(None).await, RefusalCode::BadName),
            (Identity { clock_off_us: -7_200_000_000, ..Identity::new() }, &token, RefusalCode::ClockSkew),
            (Identity { csr: Some("hello".to_owned()), ..Identity::new() }, &token, RefusalCode::BadCsr),
            (Identity { fingerprint: Some("00".to_owned()), ..Identity::new() }, &token, RefusalCode::BadCsr),
            (Identity { hostname: "a\nb".to_owned(), ..Identity::new() }, &token, RefusalCode::BadRequest),
        ] {
            let refusal = identity.enrols(&server, token).await.unwrap_err();
            assert_eq!(refusal.code, code, "{}", refusal.sentence);
            assert!(!refusal.next_step.is_empty());
        }
        assert!(nodes::list(&server.state.db, &proof(), None, 10).await.unwrap().is_empty());
        named("fixed").enrols(&server, &token).await.unwrap();
        let second = server.issues_a_token(Some("fixed")).await;
        assert_eq!(Identity::new().enrols(&server, &second).await.unwrap_err().code, RefusalCode::NameTaken);
        let third = server.issues_a_token(None).await;
        server.clock.advance(61 * MINUTE);
        assert_eq!(
            Identity::new().enrols(&server, &third).await.unwrap_err().code,
            RefusalCode::TokenExpired
        );
    })
    .await;
}

#[tokio::test]
async fn garbage_at_the_door_gets_problem_details() {
    let server = Server::on_sqlite().await;
    for (head, body, status, code) in [
        ("POST /agent/v1/enrol", "hello", 400, "bad_request"),
        ("POST /agent/v1/enrol", "{}", 400, "bad_request"),
        ("POST /agent/v1/enrol", r#"{"token":"a.b.c"}"#, 400, "bad_request"),
        ("GET /agent/v1/enrol", "", 405, "method_not_allowed"),
        ("GET /agent/v1/other", "", 404, "not_found"),
        ("GET /", "", 404, "not_found"),
        ("GET /agent/v1/control", "", 401, "certificate_required"),
    ] {
        let answer = fake_agent::request(&server, head, body).await;
        assert_eq!((answer.status, answer.body["code"].as_str()), (status, Some(code)), "{head} {body}");
        assert!(answer.is_problem, "{head}");
    }
    let large = fake_agent::request(&server, "POST /agent/v1/enrol", &" ".repeat(2 * 1024 * 1024)).await;
    assert!((large.status, large.is_problem) == (413, true));
}

#[tokio::test]
async fn who_guesses_at_the_door_has_to_wait_and_the_token_is_good_afterwards() {
    let server = Server::on_sqlite().await;
    let token = server.issues_a_token(None).await;
    for _ in 0..31 {
        assert_eq!(fake_agent::request(&server, "POST /agent/v1/enrol", "{}").await.status, 400);
    }
    let refused = fake_agent::request(&server, "POST /agent/v1/enrol", "{}").await;
    assert_eq!((refused.status, refused.body["code"].as_str()), (429, Some("too_many_attempts")));
    assert_eq!(refused.retry_after.as_deref(), Some("2"));
    let identity = Identity::new();
    assert_eq!(identity.enrols(&server, &token).await.unwrap_err().code, RefusalCode::TooManyAttempts);
    server.clock.advance(Duration::from_secs(2));
    identity.enrols(&server, &token).await.unwrap();
}

#[tokio::test]
async fn a_certificate_of_another_authority_or_past_its_time_ends_the_handshake() {
    let server = Server::on_sqlite().await;
    let elsewhere = Server::on_sqlite().await;
    let mut foreign = enrolled(&elsewhere, "worker-1").await;
    foreign.trusts(&server);
    assert!(foreign.connects(&server).await.is_err());
    let own = enrolled(&server, "worker-1").await;
    assert!(own.connects(&server).await.is_ok());
    server.clock.advance(8 * 24 * 60 * MINUTE);
    assert!(own.connects(&server).await.is_err());
}

#[tokio::test]
async fn without_a_certificate_or_with_an_older_tls_there_is_no_session() {
    let server = Server::on_sqlite().await;
    assert!(fake_agent::connects_with_tls12(&server).await.is_err());
    let bare = fake_agent::upgrade_without_certificate(&server).await;
    assert_eq!(bare, 401);
}
