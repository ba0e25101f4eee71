//! What is refused at the door is written down with its typed reason, also when the agent never got in, and no stranger can
//! make it grow without end.

use std::time::Duration;

use ::server::clock::Clock as _;
use ::server::ids::{Ids as _, SystemIds};
use ::server::store::enrolment_attempts::{self, EnrolmentAttempt};
use ::server::store::onboardings::{NewOnboarding, TakenToken};
use ::server::store::testing::on_both;
use ::server::store::{enrolment_tokens, onboardings};
use node_protocol::RefusalCode;
use node_protocol::enrolment::{EarlierFailure, EarlierReason};
use read_models::ids::{EnrolmentTokenId, OnboardingId};
use read_models::nodes::NodeRole;
use read_models::onboarding::{AttemptReason, OnboardingMode};
use read_models::time::Timestamp;

use crate::fake_agent::{self, Identity};
use crate::server::{Server, proof};
use crate::sessions::eventually;

async fn attempts(server: &Server) -> Vec<EnrolmentAttempt> {
    let start = Timestamp::from_micros(0);
    enrolment_attempts::newest(&server.state.db, &proof(), start, 5_000).await.unwrap()
}

fn id(token: &node_protocol::EnrolmentToken) -> EnrolmentTokenId {
    EnrolmentTokenId::parse(token.id()).unwrap()
}

fn named(name: &str) -> Identity {
    Identity { name: Some(name.to_owned()), ..Identity::new() }
}

#[tokio::test]
async fn each_refusal_is_written_down_with_its_reason_its_address_and_the_machines_name() {
    on_both(async |db| {
        let server = Server::on(db).await;
        let token = server.issues_a_token(Some("hx-1")).await;
        let free = server.issues_a_token(None).await;
        let forged = server.with_another_secret(&token);
        named("hx-1").enrols(&server, &token).await.unwrap();
        let revoked = server.issues_a_token(None).await;
        let mut tx = server.state.db.begin().await.unwrap();
        enrolment_tokens::revoke(&mut tx, &proof(), &id(&revoked), server.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        let off = Identity { clock_off_us: -7_200_000_000, ..named("hx-3") };
        let cases = [
            (named("hx-2"), &server.never_issued(), AttemptReason::TokenUnknown, None),
            (named("hx-1"), &forged, AttemptReason::TokenUnknown, Some(&token)),
            (named("hx-1"), &token, AttemptReason::TokenOtherKey, Some(&token)),
            (named("hx-1"), &free, AttemptReason::NameTaken, Some(&free)),
            (named("Not A Name"), &free, AttemptReason::BadName, Some(&free)),
            (off, &free, AttemptReason::ClockSkew, Some(&free)),
            (named("hx-4"), &revoked, AttemptReason::TokenRevoked, Some(&revoked)),
        ];
        for (identity, token, reason, known) in cases {
            let refusal = identity.enrols(&server, token).await.unwrap_err();
            let all = attempts(&server).await;
            let written =
                all.iter().find(|one| one.sentence == refusal.sentence).expect("it is written down");
            assert_eq!(written.reason, reason);
            assert_eq!(written.next_step, refusal.next_step);
            assert_eq!(written.token, known.map(id), "{reason:?}");
            assert_eq!((&written.machine, written.address.as_str()), (&identity.name, "127.0.0.1"));
            assert!(!written.told_later);
        }
        server.clock.advance(Duration::from_mins(61));
        named("hx-5").enrols(&server, &free).await.unwrap_err();
        let last = attempts(&server).await.remove(0);
        assert_eq!((last.reason, last.at), (AttemptReason::TokenExpired, server.clock.now()));
        let events = server.events().await;
        assert!(
            !events.iter().any(|kind| kind.contains("attempt")),
            "the audit chain does not grow: {events:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_read_or_speaks_another_protocol_is_written_down_without_what_was_sent() {
    on_both(async |db| {
        let server = Server::on(db).await;
        let secret = r#"{"token":"ent_1.very-secret.x","protocol_version":1}"#;
        let other = r#"{"protocol_version":7,"something":"new"}"#;
        for (body, code) in [(secret, "bad_request"), (other, "protocol_version"), ("hello", "bad_request")] {
            let answer = fake_agent::request(&server, "POST /agent/v1/enrol", body).await;
            assert_eq!((answer.status, answer.body["code"].as_str()), (400, Some(code)), "{body}");
        }
        let all = attempts(&server).await;
        let reasons: Vec<_> = all.iter().map(|one| (one.reason, one.tries)).collect();
        let wanted = [(AttemptReason::BadRequest, 2), (AttemptReason::ProtocolVersion, 1)];
        assert!(wanted.iter().all(|one| reasons.contains(one)) && reasons.len() == 2, "{reasons:?}");
        let version = all.iter().find(|one| one.reason == AttemptReason::ProtocolVersion).unwrap();
        assert!(version.sentence.contains("version 7"), "{}", version.sentence);
        assert!(!format!("{all:?}").contains("very-secret"));
    })
    .await;
}

#[tokio::test]
async fn a_machine_that_does_not_trust_the_server_is_seen_as_a_broken_handshake_of_nobody() {
    on_both(async |db| {
        let server = Server::on(db).await;
        assert!(fake_agent::distrusts(&server).await.is_err());
        eventually("it is written down", async || !attempts(&server).await.is_empty()).await;
        let [only] = attempts(&server).await.try_into().unwrap();
        let EnrolmentAttempt { reason, token, machine, .. } = only;
        assert_eq!((reason, token, machine), (AttemptReason::ServerNotTrusted, None, None));
    })
    .await;
}

#[tokio::test]
async fn what_the_server_could_not_see_is_told_with_the_attempt_that_gets_in() {
    on_both(async |db| {
        let server = Server::on(db).await;
        let token = server.issues_a_token(None).await;
        let now = server.clock.now().as_micros();
        let failure = |ago_us: i64, reason| EarlierFailure { at_us: now - ago_us, reason };
        let earlier = vec![
            failure(120_000_000, EarlierReason::Unreachable),
            failure(60_000_000, EarlierReason::ServerNotTrusted),
        ];
        let strangers = Identity { earlier: earlier.clone(), ..named("hx-9") };
        strangers.enrols(&server, &server.with_another_secret(&token)).await.unwrap_err();
        assert!(attempts(&server).await.iter().all(|one| !one.told_later), "a stranger is not believed");
        Identity { earlier, ..named("hx-1") }.enrols(&server, &token).await.unwrap();
        let told = enrolment_attempts::of_token(&server.state.db, &proof(), &id(&token)).await.unwrap();
        let told: Vec<_> = told.into_iter().filter(|one| one.told_later).collect();
        let reasons: Vec<_> = told.iter().map(|one| one.reason).collect();
        assert_eq!(reasons, [AttemptReason::ServerNotTrusted, AttemptReason::Unreachable]);
        assert_eq!(told[1].at, server.clock.now().minus(Duration::from_mins(2)));
        assert_eq!(told[0].machine.as_deref(), Some("hx-1"));
    })
    .await;
}

#[tokio::test]
async fn strangers_fill_no_more_than_their_place() {
    let server = Server::on_sqlite().await;
    for number in 0..25 {
        let refused = named(&format!("m{number}")).enrols(&server, &server.never_issued()).await;
        assert_eq!(refused.unwrap_err().code, RefusalCode::TokenUnknown);
    }
    let all = attempts(&server).await;
    assert_eq!(all.len(), 20, "of one address the oldest go");
    assert!(all.iter().any(|one| one.machine.as_deref() == Some("m24")));
    let long = Identity { hostname: "h".repeat(200), ..Identity::new() };
    long.enrols(&server, &server.never_issued()).await.unwrap_err();
    let longest =
        attempts(&server).await.iter().filter_map(|one| one.machine.as_ref().map(String::len)).max();
    assert!(longest.is_some_and(|length| length < 70), "{longest:?}");
}

#[tokio::test]
async fn the_machine_gets_the_role_of_its_onboarding() {
    on_both(async |db| {
        let server = Server::on(db).await;
        let token = server.issues_a_token(None).await;
        let onboarding = OnboardingId::from_uuid(&SystemIds.uuid());
        let now = server.clock.now();
        let new = NewOnboarding {
            id: &onboarding,
            begun_by: "ops@example.org",
            begun_at: now,
            mode: OnboardingMode::Manual,
            site: None,
        };
        let mut tx = server.state.db.begin().await.unwrap();
        onboardings::begin(&mut tx, &proof(), new).await.unwrap();
        let role = Some(NodeRole::SchedulerWorker);
        onboardings::choose(&mut tx, &proof(), &onboarding, role, None).await.unwrap();
        let its_own = TakenToken { id: id(&token), at: now };
        onboardings::take_token(&mut tx, &proof(), &onboarding, Some(&its_own)).await.unwrap();
        tx.commit().await.unwrap();
        let answer = named("hx-1").enrols(&server, &token).await.unwrap();
        assert_eq!(server.node(&answer.node_id).await.role, NodeRole::SchedulerWorker);
    })
    .await;
}
