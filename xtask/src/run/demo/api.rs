//! The server's API, as a script with a token uses it: plan, start, look.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Somebody with a token.
#[derive(Clone)]
pub(super) struct Api {
    address: String,
    token: String,
}

impl Api {
    /// `console` as the server says it, with its scheme.
    pub(super) fn new(console: &str, token: String) -> Self {
        Self { address: console.trim_start_matches("http://").to_owned(), token }
    }

    pub(super) fn get(&self, path: &str) -> Result<Value> {
        self.ask("GET", path, &[], "")
    }

    /// Plans an operation and starts it, confirmed as its plan asks; answers with its id.
    pub(super) fn start(&self, operation: &str, target: &str, input: &Value) -> Result<String> {
        let wanted = json!({ "operation": operation, "target": target, "input": input });
        let plan = self.ask("POST", "/operations/plan", &[], &wanted.to_string())?;
        if let Some(blocker) = plan["blockers"].as_array().and_then(|all| all.first()) {
            bail!("{operation} on {target}: {}", blocker["sentence"].as_str().unwrap_or("it is blocked"));
        }
        let confirmation = match plan["confirmation"]["kind"].as_str() {
            Some("plan_seen") => json!("confirmed"),
            Some("type_name") => plan["confirmation"]["name"].clone(),
            Some(_) | None => Value::Null,
        };
        let hash = plan["hash"].as_str().context("a plan without a hash")?;
        let key = format!("Idempotency-Key: demo-{}", &hash.replace(':', "-"));
        let request = json!({ "plan_hash": hash, "confirmation": confirmation });
        let started = self.ask("POST", "/operations", &[&key], &request.to_string())?;
        Ok(started["id"].as_str().context("an operation without an id")?.to_owned())
    }

    /// The operation, as soon as it is over, asks somebody, or the time is over.
    pub(super) fn rests(&self, id: &str, patience: Duration) -> Result<Value> {
        let until = Instant::now() + patience;
        loop {
            let view = self.get(&format!("/operations/{id}"))?;
            let is_over =
                matches!(view["state"].as_str(), Some("succeeded" | "failed" | "stuck" | "cancelled"));
            if is_over || !view["attention"].is_null() || Instant::now() > until {
                return Ok(view);
            }
            thread::sleep(LOOK_EVERY);
        }
    }

    /// Starts an operation and waits until it has done what it should.
    pub(super) fn carry_out(&self, operation: &str, target: &str, input: &Value) -> Result<Value> {
        let id = self.start(operation, target, input)?;
        let view = self.rests(&id, Duration::from_mins(1))?;
        if view["state"] != "succeeded" {
            bail!("{operation} on {target} is {}: {}", view["state"], view["outcome"]);
        }
        Ok(view)
    }

    /// HTTP/1.0, so that the answer is as long as the connection.
    fn ask(&self, method: &str, path: &str, headers: &[&str], body: &str) -> Result<Value> {
        let what = || format!("{method} {path}");
        let mut stream = TcpStream::connect(&self.address).with_context(what)?;
        stream.set_read_timeout(Some(PATIENCE)).with_context(what)?;
        let mut request = format!(
            "{method} /api/v1{path} HTTP/1.0\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\n",
            self.address,
            self.token,
            body.len()
        );
        if !body.is_empty() {
            request.push_str("Content-Type: application/json\r\n");
        }
        for header in headers {
            request.push_str(header);
            request.push_str("\r\n");
        }
        write!(stream, "{request}\r\n{body}").with_context(what)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).with_context(what)?;
        let (head, body) = answer.split_once("\r\n\r\n").with_context(what)?;
        let status = head.split(' ').nth(1).unwrap_or_default();
        let body: Value =
            if body.is_empty() { Value::Null } else { serde_json::from_str(body).with_context(what)? };
        if !status.starts_with('2') {
            let said = body["detail"].as_str().or(body["sentence"].as_str()).unwrap_or_default();
            bail!("{}: {status} {said}", what());
        }
        Ok(body)
    }
}

/// Looks again and again until there is an answer; an error with what was waited for when the time is over.
pub(super) fn wait_until<T>(
    what: &str,
    patience: Duration,
    mut look: impl FnMut() -> Result<Option<T>>,
) -> Result<T> {
    let until = Instant::now() + patience;
    loop {
        if let Some(found) = look()? {
            return Ok(found);
        }
        if Instant::now() > until {
            bail!("{what}: not within {} s", patience.as_secs());
        }
        thread::sleep(LOOK_EVERY);
    }
}
