//! The program as it is started: options, administration with the server running or stopped, serving, and stopping.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on stops")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

#[path = "command_line/evidence.rs"]
mod evidence;

fn slipway(data: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_slipway"));
    command.args(words).arg("--data").arg(data);
    command.env_remove("SLIPWAY_DATABASE_URL").env_remove("SLIPWAY_LOG").env_remove("SLIPWAY_ASSETS");
    command
}

fn admin(data: &Path, words: &[&str], typed: &str) -> Output {
    let mut command = slipway(data, &[&["admin"], words].concat());
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn said(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

/// A running server; it is killed with the test.
struct Serving {
    child: Child,
    console: String,
}

impl Serving {
    fn on(data: &Path) -> Self {
        Self::with(data, &[]).0
    }

    /// The server, and what it said before it said where the console is.
    fn with(data: &Path, more: &[&str]) -> (Self, Vec<String>) {
        let words = ["serve", "--listen", "127.0.0.1:0", "--agents-listen", "127.0.0.1:0"];
        let mut command = slipway(data, &[&words[..], more].concat());
        let mut said = Vec::new();
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let console = lines
            .by_ref()
            .find_map(|line| {
                let line = line.unwrap();
                let console = line.split_once("console on ").map(|(_, url)| url.trim().to_owned());
                said.push(line);
                console
            })
            .expect("the server says where it listens");
        std::thread::spawn(move || lines.for_each(drop));
        (Self { child, console }, said)
    }

    fn get(&self, path: &str) -> String {
        Self::get_at(&self.console, path)
    }

    fn get_at(place: &str, path: &str) -> String {
        let host = place.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(host).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn stop(mut self) -> Option<i32> {
        kill(Pid::from_raw(i32::try_from(self.child.id()).unwrap()), Signal::SIGTERM).unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn a_wrong_option_is_answered_with_name_value_and_fix_and_exit_code_2() {
    let data = tempfile::tempdir().unwrap();
    let output = slipway(data.path(), &["serve", "--listen", "somewhere"]).output().unwrap();
    let (code, _, sentence) = said(&output);
    assert_eq!(code, 2);
    assert!(sentence.contains("--listen is `somewhere`") && sentence.contains("ADDRESS:PORT"), "{sentence}");
    let (code, _, sentence) = said(&admin(
        data.path(),
        &["create-user", "--email", "x", "--role", "viewer", "--password-stdin"],
        "",
    ));
    assert!(code == 2 && sentence.contains("--email is `x`"), "{sentence}");
    for (words, name) in [
        (["issue-token", "--email", "a@b", "--expires", "soon"], "--expires is `soon`"),
        (["issue-token", "--email", "a@b", "--expires", "1d"], "--email is `a@b`"),
    ] {
        let (code, _, sentence) = said(&admin(data.path(), &words, ""));
        assert!(code == 2 && sentence.contains(name), "{sentence}");
    }
}

#[test]
fn the_first_steps_work_without_a_server_and_while_it_runs() {
    let data = tempfile::tempdir().unwrap();
    let (code, link, _) = said(&admin(data.path(), &["bootstrap-link"], ""));
    assert!(code == 0 && link.starts_with("http://127.0.0.1:8080/sign-in/first?token="), "{link}");
    for entry in std::fs::read_dir(data.path()).unwrap().map(Result::unwrap) {
        let mode = std::os::unix::fs::PermissionsExt::mode(&entry.metadata().unwrap().permissions());
        assert_eq!(mode & 0o077, 0, "{} is for its account alone", entry.path().display());
    }
    let serving = Serving::on(data.path());
    let (_, link, _) = said(&admin(data.path(), &["bootstrap-link"], ""));
    assert!(link.starts_with(&format!("{}/sign-in/first?token=", serving.console)), "{link}");
    let (_, first, _) = said(&admin(data.path(), &["starter"], ""));
    let (_, again, _) = said(&admin(data.path(), &["starter"], ""));
    assert_eq!(first, again);
    assert!(first.starts_with("prj_") && first.contains("\nsku_"), "{first}");
    let project = first.lines().next().unwrap();
    let person = |role: &str, more: &[&str], password: &str| {
        let email = format!("{role}@example.org");
        let words = [&["create-user", "--email", &email, "--role", role, "--password-stdin"], more].concat();
        said(&admin(data.path(), &words, &format!("{password}\n")))
    };
    let (code, id, _) = person("platform_admin", &[], "a long enough sentence");
    assert!(code == 0 && id.starts_with("usr_"), "{id}");
    assert_eq!(person("platform_admin", &[], "a long enough sentence").0, 2, "the email is taken");
    assert_eq!(person("viewer", &["--project", project], "a long enough sentence").0, 0);
    assert!(person("member", &[], "a long enough sentence").2.contains("name it"));
    assert!(person("operator", &[], "short").2.contains("too short"));
    assert_eq!(said(&admin(data.path(), &["bootstrap-link"], "")).0, 3);
    let (_, token, _) =
        said(&admin(data.path(), &["issue-token", "--email", "viewer@example.org", "--expires", "30d"], ""));
    assert!(token.starts_with("slw_") && !token.contains('\n'), "{token}");
    let (_, enrolment, _) = said(&admin(data.path(), &["issue-enrolment-token"], ""));
    let parts: Vec<_> = enrolment.split('.').map(str::len).collect();
    assert_eq!(parts, ["ent_".len() + 32, 43, 64], "{enrolment}");
}

#[test]
fn operations_are_planned_started_and_followed_from_a_terminal() {
    let data = tempfile::tempdir().unwrap();
    let email = "night@example.org";
    let words = ["create-user", "--email", email, "--role", "operator", "--password-stdin"];
    assert_eq!(said(&admin(data.path(), &words, "a long enough sentence\n")).0, 0);
    let token = |scope: &str| {
        let words = ["issue-token", "--email", email, "--expires", "1h", "--scope", scope];
        said(&admin(data.path(), &words, "")).1
    };
    let (reads, operates) = (token("read"), token("operate"));
    let op = |token: &str, words: &[&str]| {
        let mut command = slipway(data.path(), &[&["op"], words].concat());
        said(&command.env("SLIPWAY_TOKEN", token).output().unwrap())
    };
    let issue = ["enrolment_token.issue", "--target", "platform:platform"];
    let run = [&["run"], &issue[..]].concat();

    let (code, plan, _) = op(&operates, &[&["plan"], &issue[..]].concat());
    assert!(code == 0 && plan.contains("1. Write the token down") && plan.contains("hash: "), "{plan}");
    for (token, words, code, sentence) in [
        ("", &run[..], 2, "SLIPWAY_TOKEN is ``: say who asks"),
        ("slw_nobody", &run[..], 2, "unknown, expired or revoked"),
        (&reads, &run[..], 1, "scope"),
        (
            &operates,
            &["run", "node.nothing", "--target", "platform:platform"],
            2,
            "slipway operations --json",
        ),
        (&operates, &["run", "node.drain", "--target", "hx-114"], 2, "node:node_…"),
        (&operates, &["run", "node.drain", "--target", "node:node_x", "--input", "{"], 2, "write JSON"),
        (&operates, &["watch", "op_x"], 2, "ID is `op_x`"),
        (&operates, &["watch", "op_01a2025e274d76ce84cba1350fcffbc2"], 1, "There is no such operation"),
    ] {
        let said = op(token, words);
        assert!(said.0 == code && said.2.contains(sentence), "{words:?}: {said:?}");
    }

    let (code, id, _) = op(&operates, &[&run[..], &["--key", "tonight"]].concat());
    assert!(code == 0 && id.starts_with("op_"), "{id}");
    assert_eq!(op(&operates, &["cancel", &id, "--reason", "not yet"]).0, 0, "nobody has begun it");
    let serving = Serving::on(data.path());
    let (code, lines, sentence) = op(&operates, &["watch", &id]);
    assert!(code == 1 && sentence.contains("did not succeed"), "{lines} {sentence}");
    let (code, lines, _) = op(&operates, &[&run[..], &["--watch"]].concat());
    assert!(code == 0 && lines.contains("The token is good for one machine."), "{lines}");
    let (code, json, _) = op(&operates, &["watch", &id, "--json"]);
    let view: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((code, view["state"].as_str()), (1, Some("cancelled")));
    assert_eq!(serving.stop(), Some(0));
}

#[test]
fn a_server_says_where_it_is_is_ready_and_stops_when_told_to() {
    let data = tempfile::tempdir().unwrap();
    let serving = Serving::on(data.path());
    let file = data.path().join("serve.json");
    let written: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(written["console"], serving.console.as_str());
    assert_eq!(written["pid"], serving.child.id());
    assert!(serving.get("/readyz").starts_with("HTTP/1.1 200"));
    let refused = serving.get("/api/v1/nodes");
    let (head, body) = refused.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 401"), "{head}");
    let problem: serde_json::Value = serde_json::from_str(body).expect("the body arrives whole");
    assert!(problem["request_id"].as_str().is_some_and(|id| head.contains(id)), "{refused}");
    assert_eq!(serving.stop(), Some(0));
    assert!(!file.exists(), "a stopped server is reached nowhere");
}

#[test]
fn metrics_have_a_listener_of_their_own_when_one_is_named_and_nothing_else_is_there() {
    let data = tempfile::tempdir().unwrap();
    let (serving, said) = Serving::with(data.path(), &["--metrics-listen", "127.0.0.1:0"]);
    let place = said.iter().find_map(|line| line.split_once("metrics on ")).expect("it says where").1.trim();
    let told = Serving::get_at(place, "/metrics");
    assert!(told.starts_with("HTTP/1.1 200") && told.contains("slipway_nodes{state=\"ready\"} 0"), "{told}");
    for path in ["/api/v1/session", "/sign-in", "/"] {
        assert!(Serving::get_at(place, path).starts_with("HTTP/1.1 404"), "{path}");
    }
    assert!(serving.get("/metrics").starts_with("HTTP/1.1 401"), "elsewhere a token is needed");
    assert_eq!(serving.stop(), Some(0));
}

#[test]
fn the_api_s_document_is_printed_without_a_server_and_is_what_a_server_answers() {
    let data = tempfile::tempdir().unwrap();
    let (code, printed, _) = said(&slipway(data.path(), &["openapi"]).output().unwrap());
    assert!(std::fs::read_dir(data.path()).unwrap().next().is_none(), "it touches no data");
    let printed: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!((code, printed["openapi"].as_str()), (0, Some("3.1.0")));
    let serving = Serving::on(data.path());
    let answer = serving.get("/api/openapi.json");
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let told: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(told, printed);
}

#[tokio::test]
async fn a_lost_second_factor_is_forgotten_once_with_its_codes() {
    use read_models::ids::{OperationId, PasskeyId, UserId};
    use read_models::time::Timestamp;
    use server::authz::system::for_worker;
    use server::store::db::Db;
    use server::store::passkeys::{self, PasskeyRecord};
    use server::store::{recovery_codes, totps};
    let data = tempfile::tempdir().unwrap();
    let words = ["create-user", "--email", "ada@example.org", "--role", "operator", "--password-stdin"];
    let (_, id, _) = said(&admin(data.path(), &words, "a long enough sentence\n"));
    let (user, by) = (UserId::parse(&id).unwrap(), OperationId::from_uuid(&format!("{:032x}", 1)));
    let file = data.path().join("slipway.db");
    let db = Db::connect(&file.to_str().unwrap().parse().unwrap()).await.unwrap();
    let (proof, now) = (for_worker("test"), Timestamp::from_micros(5));
    let mut tx = db.begin().await.unwrap();
    totps::add(&mut tx, &proof, &user, ("sealed", 1), (&by, now)).await.unwrap();
    recovery_codes::replace(&mut tx, &proof, &user, &["a".to_owned()], (&by, now)).await.unwrap();
    tx.commit().await.unwrap();
    let reset = |email: &str| said(&admin(data.path(), &["reset-second-factor", "--email", email], ""));
    assert!(reset("nobody@example.org").2.contains("there is no account"));
    assert_eq!(reset("ada@example.org").0, 0);
    assert!(recovery_codes::of(&mut &db, &proof, &user).await.unwrap().is_empty());
    // Who has passkeys alone loses them too.
    let passkey = PasskeyRecord {
        id: PasskeyId::from_uuid(&format!("{:032x}", 2)),
        user: user.clone(),
        name: "phone".to_owned(),
        credential_id: "c".to_owned(),
        credential: "{}".to_owned(),
        counter: 0,
        added_at: now,
        added_by: by,
        last_used_at: None,
        doubted_at: None,
    };
    let mut tx = db.begin().await.unwrap();
    passkeys::add(&mut tx, &proof, &passkey).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(reset("ada@example.org").0, 0);
    assert!(passkeys::of(&mut &db, &proof, &user).await.unwrap().is_empty());
    let (code, _, sentence) = reset("ada@example.org");
    assert!(code == 2 && sentence.contains("no second factor"), "{sentence}");
    db.close().await;
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_refused_and_left_alone() {
    use server::args;
    use server::store::db::Db;
    let data = tempfile::tempdir().unwrap();
    assert_eq!(said(&admin(data.path(), &["starter"], "")).0, 0);
    let file = data.path().join("slipway.db");
    let db = Db::connect(&file.to_str().unwrap().parse().unwrap()).await.unwrap();
    let newer =
        "INSERT INTO schema_version (number, name, checksum, applied_at) VALUES (9999, 'newer', '', 0)";
    db.execute(newer, args![]).await.unwrap();
    db.close().await;
    let before = std::fs::read(&file).unwrap();
    for words in [&["serve"][..], &["admin", "starter"]] {
        let (code, _, sentence) = said(&slipway(data.path(), words).output().unwrap());
        assert!(
            code == 1 && sentence.contains("schema 9999") && sentence.contains("newer Slipway"),
            "{sentence}"
        );
    }
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[test]
fn the_listings_are_json() {
    let data = tempfile::tempdir().unwrap();
    for (listing, fields) in [
        ("routes", &["id", "path", "family", "roles", "back"][..]),
        (
            "operations",
            &[
                "id",
                "intent",
                "title",
                "danger",
                "confirmation",
                "expected",
                "on_failure",
                "evidence",
                "steps",
                "input_schema",
            ],
        ),
    ] {
        let (code, text, _) = said(&slipway(data.path(), &[listing, "--json"]).output().unwrap());
        let rows: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
        assert!(code == 0 && !rows.is_empty());
        for row in rows {
            assert!(fields.iter().all(|field| row.get(field).is_some()), "{row}");
        }
    }
    assert!(std::fs::read_dir(data.path()).unwrap().next().is_none(), "a listing touches no data");
}
