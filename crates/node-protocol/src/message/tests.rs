//! Every message survives the way there; garbage of every kind gets a sentence.

use super::*;
use crate::command::{CommandBody, Outcome, StopSignal};
use crate::workload::{Limits, WorkloadSpec};

fn command(body: CommandBody) -> Command {
    Command {
        id: "cmd_1".parse().unwrap(),
        fencing_token: u64::MAX,
        operation_id: "op_1".parse().unwrap(),
        step: 2,
        deadline_us: 1_700_000_000_000_000,
        body,
    }
}

fn spec() -> WorkloadSpec {
    WorkloadSpec {
        workload_id: "wl_1".parse().unwrap(),
        run: 2,
        log_from: 7,
        name: "web".to_owned(),
        command: vec!["python3".to_owned(), "-m".to_owned(), "http.server".to_owned()],
        slot: 0,
        port: Some(8000),
        env: vec![("A".to_owned(), "b".to_owned())],
        ssh_keys: vec!["ssh-ed25519 AAAA".to_owned()],
        limits: Limits { memory_bytes: Some(1 << 30), ..Limits::default() },
    }
}

#[test]
fn every_command_arrives_as_it_was_sent() {
    let workload_id: WorkloadId = "wl_1".parse().unwrap();
    let bodies = [
        CommandBody::Probe,
        CommandBody::RefreshInventory,
        CommandBody::StartWorkload(spec()),
        CommandBody::StopWorkload { workload_id: workload_id.clone(), run: 2, signal: StopSignal::Term },
        CommandBody::RemoveWorkload { workload_id, run: 2 },
    ];
    for body in bodies {
        let message = ToAgent::Command(Box::new(command(body)));
        assert_eq!(decode_to_agent(&encode(&message).unwrap()), Ok(message));
    }
}

#[test]
fn a_result_arrives_as_it_was_sent() {
    let message = ToServer::CommandResult(CommandResult {
        command_id: "cmd_1".parse().unwrap(),
        fencing_token: 9,
        outcome: Outcome::refused("fenced", "A newer worker has this step."),
    });
    let text = encode(&message).unwrap();
    assert!(text.contains(r#""type":"command_result""#), "{text}");
    assert_eq!(decode_to_server(&text), Ok(message));
}

#[test]
fn garbage_gets_a_sentence_and_a_code() {
    for text in ["", "{", "\u{0}", "hello", "{\"type\":"] {
        let error = decode_to_agent(text).unwrap_err();
        assert_eq!(error.code(), "message_not_json", "{text:?}");
    }
    for text in
        ["{}", "[]", "null", "7", r#"{"type":"shell","run":"rm -rf /"}"#, r#"{"type":"command","id":"../x"}"#]
    {
        let error = decode_to_agent(text).unwrap_err();
        assert_eq!(error.code(), "message_unknown", "{text:?}");
        assert!(error.to_string().ends_with('.'), "{error}");
    }
}

#[test]
fn a_command_with_a_path_for_an_id_is_not_understood() {
    let text = encode(&ToAgent::Command(Box::new(command(CommandBody::StartWorkload(spec()))))).unwrap();
    let error = decode_to_agent(&text.replace("wl_1", "wl_../../etc")).unwrap_err();
    assert_eq!(error.code(), "message_unknown");
}

#[test]
fn what_is_too_large_is_not_even_read() {
    let text = " ".repeat(MAX_FRAME_BYTES + 1);
    assert_eq!(decode_to_server(&text), Err(DecodeError::TooLarge { bytes: MAX_FRAME_BYTES + 1 }));
}

#[test]
fn a_long_reason_is_cut() {
    let text = format!(r#"{{"type":"{}"}}"#, "é".repeat(5000));
    assert!(decode_to_agent(&text).unwrap_err().to_string().chars().count() < 300);
}

#[test]
fn another_version_is_named() {
    assert!(check_version(PROTOCOL_VERSION).is_ok());
    assert!(check_version(99).unwrap_err().to_string().contains("99"));
}

#[test]
fn a_checkpoint_and_its_refusal_arrive_as_they_were_sent() {
    let of = |seq, hash: &str| Checkpoint {
        seq,
        hash: hash.to_owned(),
        at_us: 7,
        key: "0f".to_owned(),
        signature: "c2ln".to_owned(),
    };
    let given = ToAgent::Checkpoint(of(9, "aa"));
    assert_eq!(decode_to_agent(&encode(&given).unwrap()), Ok(given));
    let refused = ToServer::CheckpointRefused { given: of(8, "bb"), kept: of(9, "aa") };
    assert_eq!(decode_to_server(&encode(&refused).unwrap()), Ok(refused));
}
