//! Asking the server over its REST API. A server that is being killed does not answer: whoever asks repeats, under the
//! same idempotency key where it matters, as any client has to.

use std::io::{self, BufRead as _, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};
use server::ids::{Ids as _, SystemIds};

use crate::programs::wait_for;

/// How long a server may be away.
const AWAY: Duration = Duration::from_mins(1);
/// How long one answer may take.
const ANSWERS_WITHIN: Duration = Duration::from_secs(20);

/// The API of one server, asked by one administrator.
pub(crate) struct Api {
    pub(crate) address: String,
    pub(crate) token: String,
}

impl Api {
    /// The same for one server that is reached at a port of its own.
    pub(crate) fn of(&self, port: u16) -> Self {
        Self { address: format!("127.0.0.1:{port}"), token: self.token.clone() }
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        let (status, body) = self.call("GET", path, None, None);
        assert_eq!(status, 200, "GET {path}: {body}");
        body
    }

    /// Whether the server has answered that it is ready.
    pub(crate) fn is_ready(&self) -> bool {
        self.try_once("GET", "/readyz", None, None).is_ok_and(|(status, _)| status == 200)
    }

    /// Plans and starts an operation; answers with its id. What has changed since the plan is planned anew.
    pub(crate) fn start(
        &self,
        operation: &str,
        target: &str,
        input: &Value,
        confirmation: Option<&str>,
    ) -> String {
        let asked = json!({ "operation": operation, "target": target, "input": input });
        wait_for(&format!("{operation} can be started"), AWAY, || {
            let (status, plan) = self.call("POST", "/api/v1/operations/plan", Some(&asked), None);
            assert_eq!(status, 200, "the plan of {operation}: {plan}");
            let start = json!({ "plan_hash": plan["hash"], "confirmation": confirmation });
            let key = SystemIds.uuid();
            let (status, started) = self.call("POST", "/api/v1/operations", Some(&start), Some(&key));
            match status {
                202 => Some(started["id"].as_str().expect("an id").to_owned()),
                // Blocked for the moment (the agent is away), or not as planned any more.
                409 => None,
                other => panic!("{operation} is answered with {other}: {started}"),
            }
        })
    }

    /// Plans an operation, and starts it once: the id, or the sentence it is refused with when it is blocked or the plan
    /// does not hold any more.
    pub(crate) fn start_once(&self, operation: &str, target: &str, input: &Value) -> Result<String, String> {
        let asked = json!({ "operation": operation, "target": target, "input": input });
        let (status, plan) = self.call("POST", "/api/v1/operations/plan", Some(&asked), None);
        assert_eq!(status, 200, "the plan of {operation}: {plan}");
        let start = json!({ "plan_hash": plan["hash"], "confirmation": null });
        let (status, started) =
            self.call("POST", "/api/v1/operations", Some(&start), Some(&SystemIds.uuid()));
        match status {
            202 => Ok(started["id"].as_str().expect("an id").to_owned()),
            409 => Err(started["detail"].as_str().expect("a sentence").to_owned()),
            other => panic!("{operation} is answered with {other}: {started}"),
        }
    }

    pub(crate) fn operation(&self, id: &str) -> Value {
        self.get(&format!("/api/v1/operations/{id}"))
    }

    pub(crate) fn cancel(&self, id: &str) {
        let path = format!("/api/v1/operations/{id}/cancel");
        let (status, answer) = self.call("POST", &path, Some(&json!({ "reason": "seen enough" })), None);
        assert_eq!(status, 202, "{answer}");
    }

    /// Waits until an operation is over; answers with how it stands then.
    pub(crate) fn over(&self, id: &str, within: Duration) -> Value {
        let mut last = Value::Null;
        let found = wait_until(within, || {
            last = self.operation(id);
            is_over(&last)
        });
        assert!(found, "{id} is not over within {within:?}: {last:#}");
        last
    }

    /// Asks until somebody answers. What the server could not finish is asked again; it says itself what that means.
    fn call(&self, method: &str, path: &str, body: Option<&Value>, key: Option<&str>) -> (u16, Value) {
        wait_for(&format!("an answer to {method} {path}"), AWAY, || {
            self.try_once(method, path, body, key).ok().filter(|(status, _)| *status < 500)
        })
    }

    /// A page, asked for once: its status and what came of it, whole.
    pub(crate) fn page(&self, path: &str) -> io::Result<(u16, String)> {
        let (host, token) = (&self.address, &self.token);
        let mut stream = TcpStream::connect(host)?;
        stream.set_read_timeout(Some(ANSWERS_WITHIN))?;
        write!(
            stream,
            "GET {path} HTTP/1.0\r\nhost: {host}\r\nauthorization: Bearer {token}\r\naccept: text/html\r\n\r\n"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer
            .split_once("\r\n\r\n")
            .ok_or_else(|| io::Error::new(io::ErrorKind::UnexpectedEof, "no answer"))?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "no status"))?;
        Ok((status, body.to_owned()))
    }

    /// Follows what happens at this server, from now on.
    pub(crate) fn follow(&self) -> io::Result<Stream> {
        let (host, token) = (&self.address, &self.token);
        let mut stream = TcpStream::connect(host)?;
        stream.set_read_timeout(Some(ANSWERS_WITHIN))?;
        write!(
            stream,
            "GET /api/v1/events HTTP/1.0\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n\r\n"
        )?;
        let mut lines = io::BufReader::new(stream).lines();
        // The first cursor says that from here on nothing is missed.
        while !lines.next().ok_or(io::ErrorKind::UnexpectedEof)??.starts_with("id:") {}
        Ok(Stream(lines))
    }

    /// A figure of this server, all its labels together.
    pub(crate) fn metric(&self, name: &str) -> f64 {
        let (status, text) = self.page("/metrics").expect("an answer");
        assert_eq!(status, 200, "{text}");
        let lines = text.lines().filter(|line| line.split(['{', ' ']).next() == Some(name));
        lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }

    fn try_once(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
        key: Option<&str>,
    ) -> io::Result<(u16, Value)> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let key = key.map_or_else(String::new, |key| format!("idempotency-key: {key}\r\n"));
        let (host, token, length) = (&self.address, &self.token, body.len());
        let mut stream = TcpStream::connect(host)?;
        stream.set_read_timeout(Some(ANSWERS_WITHIN))?;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n{key}\r\n{body}"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        read(&answer).ok_or_else(|| io::Error::new(io::ErrorKind::UnexpectedEof, "half an answer"))
    }
}

fn wait_until(within: Duration, mut holds: impl FnMut() -> bool) -> bool {
    let until = std::time::Instant::now() + within;
    while !holds() {
        if std::time::Instant::now() >= until {
            return false;
        }
        std::thread::sleep(Duration::from_millis(60));
    }
    true
}

/// What a server tells of what happens.
pub(crate) struct Stream(io::Lines<io::BufReader<TcpStream>>);

impl Stream {
    /// The hashes of all events, in the order they were told, up to this one.
    pub(crate) fn until(self, last: &str) -> Vec<String> {
        let mut told: Vec<String> = Vec::new();
        for line in self.0 {
            let line = line.expect("the stream goes on");
            let Some(event) = line.strip_prefix("data:") else { continue };
            let event: Value = serde_json::from_str(event).expect("an event");
            // What a log says is no event.
            if let Some(hash) = event["hash"].as_str() {
                told.push(hash.to_owned());
                if hash == last {
                    break;
                }
            }
        }
        told
    }
}

/// Whether the server at this port says that it is ready.
pub(crate) fn is_ready_at(port: u16) -> bool {
    Api { address: format!("127.0.0.1:{port}"), token: String::new() }.is_ready()
}

/// Whether an operation has ended, however it did.
pub(crate) fn is_over(operation: &Value) -> bool {
    matches!(operation["state"].as_str(), Some("succeeded" | "failed" | "stuck" | "cancelled"))
}

/// Status and body, when the answer is whole.
fn read(answer: &str) -> Option<(u16, Value)> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    })?;
    let is_whole = body.len() == length;
    is_whole.then(|| (status, serde_json::from_str(body).unwrap_or(Value::Null)))
}
