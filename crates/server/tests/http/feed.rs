//! The feed: nothing is lost between two connections, tenants hear of their own only, and an ended session ends it.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use read_models::ids::ProjectId;
use serde_json::Value;
use server::authz::{Grant, Role, Scope};
use server::store::testing::on_both;
use tokio::time::timeout;

use crate::caller::Caller;
use crate::house::House;

const LONG: Duration = Duration::from_secs(10);

/// An open stream, and what was read of it and not used yet.
struct Stream {
    body: Body,
    unread: String,
}

/// One block of the stream.
#[derive(Debug, Default)]
struct Block {
    event: Option<String>,
    id: Option<String>,
    retry: Option<String>,
    data: Option<Value>,
}

async fn listens(who: &Caller, after: Option<&str>) -> Stream {
    let mut request = who.request(Method::GET, "/api/v1/events").header("accept", "text/event-stream");
    if let Some(cursor) = after {
        request = request.header("last-event-id", cursor);
    }
    let request = request.body(Body::empty()).unwrap();
    let response = Client::builder(TokioExecutor::new()).build_http::<Body>().request(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    Stream { body: Body::new(response.into_body()), unread: String::new() }
}

impl Stream {
    /// The next block that is not a mere comment; none at the stream's end.
    async fn block(&mut self) -> Option<Block> {
        loop {
            if let Some((block, rest)) = self.unread.split_once("\n\n") {
                let (block, rest) = (read(block), rest.to_owned());
                self.unread = rest;
                if block.id.is_some() || block.data.is_some() {
                    return Some(block);
                }
                continue;
            }
            let frame = timeout(LONG, self.body.frame()).await.expect("the stream says something in time")?;
            let Ok(frame) = frame else { return None };
            self.unread.push_str(std::str::from_utf8(frame.data_ref().unwrap()).unwrap());
        }
    }

    /// The sentences and cursors of the next events.
    async fn hears(&mut self, count: usize) -> Vec<(String, String)> {
        let mut heard = Vec::new();
        while heard.len() < count {
            let block = self.block().await.expect("the stream goes on");
            let Some(data) = block.data else { continue };
            assert_eq!(block.event, None, "browsers wait for plain messages");
            assert_eq!(data["cursor"].as_str(), block.id.as_deref());
            heard.push((data["sentence"].as_str().unwrap().to_owned(), block.id.unwrap()));
        }
        heard
    }
}

fn read(text: &str) -> Block {
    let mut block = Block::default();
    for line in text.lines() {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.trim_start().to_owned();
        match name {
            "event" => block.event = Some(value),
            "id" => block.id = Some(value),
            "retry" => block.retry = Some(value),
            "data" => block.data = Some(serde_json::from_str(&value).unwrap()),
            _ => {}
        }
    }
    block
}

fn sentences(heard: &[(String, String)]) -> Vec<&str> {
    heard.iter().map(|(sentence, _)| sentence.as_str()).collect()
}

#[tokio::test]
async fn a_listener_that_comes_back_hears_everything_in_between_once() {
    on_both(async |db| {
        let house = House::on(db).await;
        let operator = house.program(Role::Operator).await;
        house.happens("before", None).await;
        let mut stream = listens(&operator, None).await;
        let first = stream.block().await.unwrap();
        assert_eq!((first.retry.as_deref(), first.data.is_none()), (Some("2000"), true));
        let begin = first.id.unwrap();
        for number in 0..3 {
            house.happens(&format!("event {number}"), None).await;
        }
        let heard = stream.hears(3).await;
        assert_eq!(sentences(&heard), ["event 0", "event 1", "event 2"]);
        drop(stream);
        // More than one batch of it.
        for number in 3..260 {
            house.happens(&format!("event {number}"), Some(&house.projects[number % 2])).await;
        }
        let all: Vec<_> = (0..260).map(|number| format!("event {number}")).collect();
        assert_eq!(sentences(&listens(&operator, Some(&heard[0].1)).await.hears(259).await), all[1..]);
        // A stream that broke before its first event lost nothing either.
        assert_eq!(sentences(&listens(&operator, Some(&begin)).await.hears(260).await), all);
    })
    .await;
}

#[tokio::test]
async fn tenants_hear_of_their_projects_only_and_their_cursors_do_not_count() {
    on_both(async |db| {
        let house = House::on(db).await;
        let both = house.program_of("both@example.org", house.grant(Role::Viewer)).await;
        let second = Grant { role: Role::Viewer, scope: Scope::Project(house.projects[1].clone()) };
        let other = house.program_of("other@example.org", second).await;
        let (mut own, mut foreign) = (listens(&both, None).await, listens(&other, None).await);
        for (sentence, project) in [
            ("platform 1", None),
            ("alpha 1", Some(&house.projects[0])),
            ("beta 1", Some(&house.projects[1])),
            ("platform 2", None),
            ("alpha 2", Some(&house.projects[0])),
            ("beta 2", Some(&house.projects[1])),
        ] {
            house.happens(sentence, project).await;
        }
        let heard = own.hears(2).await;
        assert_eq!(sentences(&heard), ["alpha 1", "alpha 2"]);
        assert_eq!(sentences(&foreign.hears(2).await), ["beta 1", "beta 2"]);
        assert!(
            heard.iter().all(|(_, cursor)| cursor.parse::<i64>().is_err() && cursor.len() > 16),
            "{heard:?}"
        );
        let newer = ProjectId::from_uuid(&format!("{:032x}", 9));
        house.happens("nobody's", Some(&newer)).await;
        house.happens("alpha 3", Some(&house.projects[0])).await;
        assert_eq!(sentences(&own.hears(1).await), ["alpha 3"]);
    })
    .await;
}

#[tokio::test]
async fn a_cursor_that_cannot_be_read_begins_anew_and_says_so() {
    on_both(async |db| {
        let house = House::on(db).await;
        let operator = house.program(Role::Operator).await;
        house.happens("before", None).await;
        for nonsense in ["7", "AAAAAAAAAAAAAAAAAAAAAA", "'; DROP TABLE event"] {
            let mut stream = listens(&operator, Some(nonsense)).await;
            assert!(stream.block().await.unwrap().data.is_none());
            let reset = stream.block().await.unwrap();
            assert_eq!(reset.event.as_deref(), Some("reset"));
            house.happens("after", None).await;
            assert_eq!(sentences(&stream.hears(1).await), ["after"]);
        }
    })
    .await;
}

#[tokio::test]
async fn the_stream_ends_with_the_session_and_with_the_server() {
    on_both(async |db| {
        let house = House::on(db).await;
        let browser = house.browser(Role::Operator).await;
        let mut signed_out = listens(&browser, None).await;
        assert!(signed_out.block().await.is_some());
        assert!(browser.sends("/sign-out", &[]).await.leads_to().starts_with("/sign-in"));
        assert!(signed_out.block().await.is_none());
        assert_eq!(browser.gets("/api/v1/events").await.status, StatusCode::UNAUTHORIZED);

        let program = house.program(Role::Operator).await;
        let mut expired = listens(&program, None).await;
        assert!(expired.block().await.is_some());
        house.clock.advance(Duration::from_hours(25));
        assert!(expired.block().await.is_none());

        let mut stopped = listens(&house.program(Role::Auditor).await, None).await;
        assert!(stopped.block().await.is_some());
        house.state.shutdown.cancel();
        assert!(stopped.block().await.is_none());
    })
    .await;
}
