//! Asking the server over its REST API. A server that is being killed does not answer: whoever asks repeats, under the
//! same idempotency key where it matters, as any client has to.

use std::io::{self, Read as _, Write as _};
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
