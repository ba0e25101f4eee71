//! Whoever calls: a program with a token, a browser with a cookie, or nobody.

use std::net::SocketAddr;

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

#[derive(Clone, Debug)]
pub(crate) struct Caller {
    server: SocketAddr,
    as_whom: As,
}

#[derive(Clone, Debug)]
enum As {
    Nobody,
    Program { token: String },
    Browser { cookie: String },
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Caller {
    pub(crate) const fn nobody(server: SocketAddr) -> Self {
        Self { server, as_whom: As::Nobody }
    }

    pub(crate) const fn program(server: SocketAddr, token: String) -> Self {
        Self { server, as_whom: As::Program { token } }
    }

    pub(crate) const fn browser(server: SocketAddr, cookie: String) -> Self {
        Self { server, as_whom: As::Browser { cookie } }
    }

    /// The same browser with the session an answer gave it.
    pub(crate) fn with_cookie_of(&self, answer: &Answer) -> Self {
        let cookie = answer.header("set-cookie").split(';').next().unwrap_or_default().to_owned();
        assert!(cookie.starts_with("__Host-slipway="), "{answer:?}");
        Self::browser(self.server, cookie)
    }

    /// What it comes in with: the token, or the key of the session.
    pub(crate) fn secret(&self) -> &str {
        match &self.as_whom {
            As::Nobody => "",
            As::Program { token } => token,
            As::Browser { cookie } => cookie.split_once('=').map_or("", |(_, key)| key),
        }
    }

    /// A request of this caller, to be changed before it is sent. Browsers say that it comes from our own page.
    pub(crate) fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        let request = Request::builder().method(method).uri(format!("http://{}{path}", self.server));
        match &self.as_whom {
            As::Nobody => request,
            As::Program { token } => request.header(header::AUTHORIZATION, format!("Bearer {token}")),
            As::Browser { cookie } => request
                .header(header::COOKIE, cookie)
                .header("sec-fetch-site", "same-origin")
                .header("accept", "text/html"),
        }
    }

    pub(crate) async fn gets(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn posts(&self, path: &str, body: &Value) -> Answer {
        self.posts_with(path, body, &[]).await
    }

    pub(crate) async fn posts_with(&self, path: &str, body: &Value, headers: &[(&str, &str)]) -> Answer {
        let mut request = self.request(Method::POST, path).header(header::CONTENT_TYPE, "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// A form, as a page sends it.
    pub(crate) async fn sends(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
        let body = body.collect::<Vec<_>>().join("&");
        let request = self
            .request(Method::POST, path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        send(request.body(Body::from(body)).unwrap()).await
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {} {}", self.status, self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn location(&self) -> &str {
        self.header("location")
    }

    /// The problem it is: whole, and with this status and code.
    #[track_caller]
    pub(crate) fn is_problem(&self, status: u16, code: &str) {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(
            (problem["code"].as_str(), problem["status"].as_u64()),
            (Some(code), Some(status.into())),
            "{problem}"
        );
        let sentence = problem["detail"].as_str().unwrap();
        assert!(sentence.len() > 10 && sentence.contains(' '), "{sentence}");
        assert!(problem["request_id"].as_str().is_some_and(|id| id.starts_with("req_")), "{problem}");
    }

    #[track_caller]
    pub(crate) fn leads_to(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.text);
        self.location()
    }
}

pub(crate) async fn send(request: Request<Body>) -> Answer {
    let response = Client::builder(TokioExecutor::new()).build_http::<Body>().request(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Answer {
        status: parts.status,
        headers: parts.headers,
        text: String::from_utf8_lossy(&bytes).into_owned(),
    }
}

fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
