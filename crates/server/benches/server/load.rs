//! Callers that ask again as soon as they are answered, and what that came to.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{Method, Request, header};
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// As many as there are processors here, a few times over.
const CALLERS: usize = 8;
const WARM_UP: Duration = Duration::from_secs(1);
const FOR: Duration = Duration::from_secs(4);

/// What so many callers got.
pub(crate) struct Answered {
    pub(crate) per_second: f64,
    pub(crate) median: Duration,
    pub(crate) slow: Duration,
    pub(crate) bytes: usize,
}

/// Asks for a page with a browser's cookie, from several connections that stay open.
pub(crate) async fn ask(address: SocketAddr, path: &str, cookie: &str) -> Answered {
    for_a_while(address, path, cookie, WARM_UP).await;
    for_a_while(address, path, cookie, FOR).await
}

async fn for_a_while(address: SocketAddr, path: &str, cookie: &str, long: Duration) -> Answered {
    let begun = Instant::now();
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let (uri, cookie) = (format!("http://{address}{path}"), cookie.to_owned());
            tokio::spawn(async move { one_caller(uri, cookie, begun + long).await })
        })
        .collect();
    let (mut took, mut bytes) = (Vec::new(), 0);
    for caller in callers {
        let (times, size) = caller.await.unwrap();
        took.extend(times);
        bytes = size;
    }
    let seconds = begun.elapsed().as_secs_f64();
    took.sort();
    let at = |share: usize| took.get(took.len() * share / 100).copied().unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let per_second = took.len() as f64 / seconds;
    Answered { per_second, median: at(50), slow: at(99), bytes }
}

async fn one_caller(uri: String, cookie: String, until: Instant) -> (Vec<Duration>, usize) {
    let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
    let (mut took, mut bytes) = (Vec::new(), 0);
    while Instant::now() < until {
        let asked = Instant::now();
        let request = Request::builder()
            .uri(&uri)
            .header(header::COOKIE, &cookie)
            .header(header::ACCEPT, "text/html")
            .header("sec-fetch-site", "same-origin");
        let response = client.request(request.body(Body::empty()).unwrap()).await.unwrap();
        assert!(response.status().is_success(), "{uri}: {}", response.status());
        bytes = response.into_body().collect().await.unwrap().to_bytes().len();
        took.push(asked.elapsed());
    }
    (took, bytes)
}

/// Signs in through the form, and keeps the cookie.
pub(crate) async fn cookie_of_sign_in(address: SocketAddr, body: String) -> String {
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("http://{address}/sign-in"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin");
    let answer = client().request(request.body(Body::from(body)).unwrap()).await.unwrap();
    let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap();
    cookie.split(';').next().unwrap_or_default().to_owned()
}

/// Sends JSON as a page would, and reads the answer.
pub(crate) async fn posts(
    client: &Client<HttpConnector, Body>,
    uri: String,
    cookie: &str,
    (body, key): (&Value, Option<&str>),
) -> Value {
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(uri)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::COOKIE, cookie)
        .header("sec-fetch-site", "same-origin");
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    let answer = client.request(request.body(Body::from(body.to_string())).unwrap()).await.unwrap();
    let status = answer.status();
    let text = answer.into_body().collect().await.unwrap().to_bytes();
    assert!(status.is_success(), "{status}: {}", String::from_utf8_lossy(&text));
    serde_json::from_slice(&text).unwrap()
}

pub(crate) fn client() -> Client<HttpConnector, Body> {
    Client::builder(TokioExecutor::new()).build_http::<Body>()
}
