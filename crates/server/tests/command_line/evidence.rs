//! Evidence on the command line: bundles are taken and checked, and no secret of an address is said.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use super::{Serving, admin, said, slipway};

#[test]
fn the_password_in_a_databases_address_is_never_said() {
    let data = tempfile::tempdir().unwrap();
    for address in [
        "postgres://slipway:canary-of-the-database@127.0.0.1:1/slipway",
        "postgres://slipway:canary-of-the-database@127.0.0.1:none/slipway",
        "mysql://slipway:canary-of-the-database@127.0.0.1/slipway",
    ] {
        for level in ["info", "debug"] {
            let words = ["serve", "--listen", "127.0.0.1:0", "--database-url", address];
            let output = slipway(data.path(), &words).env("SLIPWAY_LOG_FILTER", level).output().unwrap();
            let (code, out, sentence) = said(&output);
            assert!(code != 0 && !sentence.is_empty(), "{address}");
            assert!(!format!("{out}{sentence}").contains("canary"), "{sentence}");
        }
    }
}

#[test]
fn a_bundle_is_taken_and_checked_on_the_command_line() {
    let data = tempfile::tempdir().unwrap();
    let serving = Serving::on(data.path());
    let (_, starter, _) = said(&admin(data.path(), &["starter"], ""));
    let project = format!("project:{}", starter.lines().next().unwrap());
    let person = ["create-user", "--email", "a@example.org", "--role", "auditor", "--password-stdin"];
    assert_eq!(said(&admin(data.path(), &person, "a long enough sentence\n")).0, 0);
    let words = ["issue-token", "--email", "a@example.org", "--expires", "1h", "--scope", "read"];
    let (_, token, _) = said(&admin(data.path(), &words, ""));
    let file = data.path().join("project.evidence.json");
    let take = |more: &[&str]| {
        let words = [&["evidence", "bundle"], more].concat();
        said(&slipway(data.path(), &words).env("SLIPWAY_TOKEN", &token).output().unwrap())
    };
    let file_name = file.to_str().unwrap();
    let written = take(&["--resource", &project, "--from", "1970-01-01", "--output", file_name]);
    assert_eq!(written.0, 0, "{}", written.2);
    assert_eq!(take(&["--resource", &project]).0, 2, "from when is not said");
    assert!(take(&["--resource", &project, "--from", "yesterday"]).2.contains("Write a time"));
    assert!(take(&["--operation", "op_x"]).2.contains("--operation is `op_x`"));
    let key = data.path().join("key.json");
    let host = serving.console.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "GET /api/v1/evidence/key HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let body = &answer[answer.find('{').unwrap()..=answer.rfind('}').unwrap()];
    std::fs::write(&key, body).unwrap();
    let verify = |file: &str| {
        let words = ["evidence", "verify", file, "--key", key.to_str().unwrap()];
        said(&slipway(data.path(), &words).output().unwrap())
    };
    let (code, told, sentence) = verify(file_name);
    assert_eq!(code, 0, "{sentence}");
    assert!(told.contains(&project) && told.contains("Proved: Every event from 1 to"), "{told}");
    let touched = std::fs::read_to_string(&file).unwrap().replacen("\"kind\":\"", "\"kind\":\"x", 1);
    let other = data.path().join("touched.json");
    std::fs::write(&other, touched).unwrap();
    let (code, _, sentence) = verify(other.to_str().unwrap());
    assert!(code == 5 && sentence.contains("does not fit"), "{sentence}");
}
