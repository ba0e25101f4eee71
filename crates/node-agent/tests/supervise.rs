//! Real programs under real supervisors, with every driver this machine has.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod support;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use node_protocol::{Isolation, Limits};
use support::{Place, bwrap_can, isolations, wait_for};

/// A program that says when it is ready and how it was asked to end.
const POLITE: &str = "trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.05; done";
/// A program that will not be asked.
const STUBBORN: &str = "trap 'echo no' TERM; echo ready; while :; do sleep 0.05; done";

fn shell(isolation: Isolation, script: &str) -> Place {
    Place::with_order(isolation, &["sh", "-c", script], &Limits::default())
}

#[test]
fn python_serves_files_as_an_unprivileged_sandboxed_process() {
    for isolation in isolations() {
        let command = ["python3", "-u", "-m", "http.server", "--bind", "127.0.0.1", "18765"];
        let mut place = Place::with_order(isolation, &command, &Limits::default());
        fs::write(place.dir.join("work/hello.txt"), "hello from the workload").unwrap();
        place.start();
        let answer = wait_for("the server to answer", || {
            let mut stream = TcpStream::connect("127.0.0.1:18765").ok()?;
            stream.write_all(b"GET /hello.txt HTTP/1.0\r\n\r\n").ok()?;
            let mut text = String::new();
            stream.read_to_string(&mut text).ok()?;
            Some(text).filter(|text| text.contains("200 OK"))
        });
        assert!(answer.contains("hello from the workload"), "{answer}");
        if place.uid.is_some() {
            let (uid, privileges) = the_listening_python();
            assert_eq!(Some(uid), place.uid, "{isolation:?}");
            assert_eq!(privileges, 0, "{isolation:?} keeps capabilities");
        }
        place.signal("cmd_2", "kill");
        assert_eq!(place.exit()["signal"], 9);
        assert!(TcpStream::connect("127.0.0.1:18765").is_err(), "the port is still open");
    }
}

/// User and effective capabilities of the Python process that serves the test's port.
fn the_listening_python() -> (u32, u64) {
    let is_server = |pid: &String| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        line.starts_with("python3") && line.contains("18765")
    };
    let pids =
        fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let pid = pids.into_iter().find(is_server).expect("the server's process is there");
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let field =
        |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
    let uid = field("Uid:").split_whitespace().next().unwrap().parse().unwrap();
    (uid, u64::from_str_radix(&field("CapEff:"), 16).unwrap())
}

#[test]
fn term_reaches_the_program_and_not_only_what_is_around_it() {
    for isolation in isolations() {
        let mut place = shell(isolation, POLITE);
        place.start();
        place.log_with("ready");
        let answer = place.signal("cmd_2", "term");
        assert!(!answer["sent_to"].as_array().unwrap().is_empty(), "{answer}");
        let exit = place.exit();
        assert_eq!((&exit["code"], &exit["signal"]), (&7.into(), &serde_json::Value::Null), "{isolation:?}");
        assert!(place.log().contains("bye"));
        assert_eq!(place.effects(), ["spawn", "signal-term"]);
        place.supervisors_end();
    }
}

#[test]
fn a_program_that_ignores_term_lives_on_and_dies_by_kill() {
    for isolation in isolations() {
        let mut place = shell(isolation, STUBBORN);
        place.start();
        place.log_with("ready");
        place.signal("cmd_2", "term");
        place.log_with("no");
        assert!(!place.dir.join("exit.json").exists());
        place.signal("cmd_3", "kill");
        assert_eq!(place.exit()["signal"], 9, "{isolation:?}");
        assert_eq!(place.effects(), ["spawn", "signal-term", "signal-kill"]);
    }
}

#[test]
fn the_same_request_is_one_signal() {
    for isolation in isolations() {
        let mut place = shell(isolation, "trap 'echo asked' TERM; echo ready; while :; do sleep 0.05; done");
        place.start();
        place.log_with("ready");
        let first = place.signal("cmd_2", "term");
        let second = place.signal("cmd_2", "term");
        assert_eq!(first, second);
        place.signal("cmd_3", "kill");
        place.exit();
        assert_eq!(place.effects(), ["spawn", "signal-term", "signal-kill"]);
    }
}

#[test]
fn of_many_supervisors_one_starts_the_program() {
    for isolation in isolations() {
        let mut place = shell(isolation, "echo started; exit 0");
        for _ in 0..5 {
            place.supervise();
        }
        assert_eq!(place.exit()["code"], 0);
        place.supervisors_end();
        assert_eq!(place.log().matches("started").count(), 1, "{isolation:?}");
        assert_eq!(place.effects(), ["spawn"]);
    }
}

#[test]
fn a_program_killed_from_a_shell_is_reported_with_its_signal() {
    for isolation in isolations() {
        let mut place = shell(isolation, "echo ready; kill -SEGV $$; sleep 60");
        place.start();
        let exit = place.exit();
        assert_eq!(exit["signal"], 11, "{isolation:?}: {exit}");
    }
}

#[test]
fn a_program_that_does_not_exist_is_said_to_not_exist() {
    for isolation in isolations() {
        let mut place = Place::with_order(isolation, &["no-such-program"], &Limits::default());
        place.supervise();
        let exit = place.exit();
        let sentence = exit["sentence"].as_str().unwrap_or_default();
        assert!(sentence.contains("no-such-program"), "{isolation:?}: {exit}");
    }
}

#[test]
fn the_program_sees_its_own_environment_and_nothing_else() {
    for isolation in isolations() {
        let mut place = shell(isolation, "env; pwd; id -u; echo end");
        place.supervise();
        place.exit();
        let log = place.log_with("end");
        assert!(log.contains("PORT=18765") && log.contains("COLOUR=blue"), "{log}");
        assert!(!log.contains("CARGO"), "the agent's environment gets through: {log}");
        if isolation == Isolation::ProcessSandboxed {
            assert!(log.contains("HOME=/work") && log.contains("\n/work\n"), "{log}");
        }
    }
}

#[test]
fn the_sandbox_shows_nothing_of_the_machine_and_lets_nothing_be_written() {
    if !isolations().contains(&Isolation::ProcessSandboxed) {
        return;
    }
    let script = "ls /; ls /proc | grep -c '^[0-9]'; hostname; cat /etc/shadow; touch /usr/x; touch mine && echo mine; echo end";
    let mut place = shell(Isolation::ProcessSandboxed, script);
    place.supervise();
    place.exit();
    let log = place.log_with("end");
    assert!(!log.contains("root\n") && !log.contains("home\n"), "{log}");
    assert!(log.contains("web-server") && log.contains("mine\n"), "{log}");
    assert!(log.contains("/etc/shadow: No such file") && log.contains("Read-only file system"), "{log}");
}

#[test]
fn limits_bind_the_program_and_not_its_supervisor() {
    for isolation in isolations() {
        let limits = Limits {
            memory_bytes: Some(64 << 20),
            cpus: Some(1),
            max_processes: Some(20),
            max_open_files: Some(16),
            log_bytes: Some(4096),
        };
        let script = "ulimit -n; nproc; ulimit -c; python3 -c 'x = bytearray(200 << 20)' && echo too much; seq 1 2000; echo end";
        let mut place = Place::with_order(isolation, &["sh", "-c", script], &limits);
        place.supervise();
        let exit = place.exit();
        let log = place.log_with("end");
        assert_eq!(exit["code"], 0, "{exit} {log}");
        assert!(!log.contains("too much"), "{log}");
        assert!(log.len() <= 4096 && log.contains("2000\nend"), "the log is not kept within its limit");
    }
}

#[test]
fn a_supervisor_that_is_killed_takes_its_program_along() {
    for isolation in isolations() {
        let mut place = shell(isolation, STUBBORN);
        let pid = place.start();
        place.log_with("ready");
        let claim = support::read(&place.dir.join("claim.json")).unwrap();
        let supervisor = i32::try_from(claim["supervisor"]["pid"].as_i64().unwrap()).unwrap();
        let supervisor = nix::unistd::Pid::from_raw(supervisor);
        nix::sys::signal::kill(supervisor, nix::sys::signal::Signal::SIGKILL).unwrap();
        wait_for("the program to die", || {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            (stat.is_empty() || stat.contains(") Z ")).then_some(())
        });
    }
}

#[test]
fn a_workload_whose_folder_is_gone_ends() {
    for isolation in isolations() {
        let mut place = shell(isolation, STUBBORN);
        place.start();
        place.log_with("ready");
        fs::remove_dir_all(&place.dir).unwrap();
        place.supervisors_end();
    }
}

#[test]
fn neither_the_agents_environment_nor_its_descriptors_reach_the_program() {
    for isolation in isolations() {
        let script = "echo open $(ls /proc/self/fd | wc -l); ls -l /proc/self/fd; env; cat /proc/1/environ | tr '\\0' '\\n'; grep NoNewPrivs /proc/self/status; echo end";
        let mut place = shell(isolation, script);
        place.supervise();
        place.exit();
        let log = place.log_with("end");
        assert!(!log.contains("canary-41"), "{isolation:?}: {log}");
        // Standard input, output, error, and the folder `ls` reads.
        assert!(log.contains("open 4\n") && !log.contains("/etc/hostname"), "{isolation:?}: {log}");
        assert!(log.contains("NoNewPrivs:\t1"), "{isolation:?}: {log}");
    }
}

#[test]
fn a_line_the_program_wrote_is_passed_on_short_and_clean() {
    for isolation in isolations() {
        let script = "printf 'bwrap: \\033[31m'; head -c 3000 /dev/zero | tr '\\0' x; echo; exit 1";
        let mut place = shell(isolation, script);
        place.supervise();
        let exit = place.exit();
        let sentence = exit["sentence"].as_str().unwrap_or_default();
        assert!(sentence.contains("bwrap: [31mxxx") && sentence.len() < 400, "{isolation:?}: {exit}");
    }
}

#[test]
fn memory_in_the_sandbox_is_limited_and_nothing_else_can_be_written() {
    if !isolations().contains(&Isolation::ProcessSandboxed) || !bwrap_can("--size ") {
        return;
    }
    let script = "for to in /tmp /run /dev/shm; do head -c 40000000 /dev/zero >$to/big && echo too much; done; touch /x /dev/x; echo x >/dev/null && unshare -U echo nested; echo end";
    let limits = Limits { memory_bytes: Some(64 << 20), ..Limits::default() };
    let mut place = Place::with_order(Isolation::ProcessSandboxed, &["sh", "-c", script], &limits);
    place.supervise();
    place.exit();
    let log = place.log_with("end");
    assert!(!log.contains("too much") && log.matches("No space left on device").count() >= 3, "{log}");
    assert_eq!(log.matches("Read-only file system").count(), 2, "{log}");
    assert!(!bwrap_can("--disable-userns ") || !log.contains("nested\n"), "{log}");
}

#[test]
fn what_hides_from_its_group_ends_with_the_program() {
    for isolation in isolations() {
        let mut place = shell(
            isolation,
            "setsid sh -c 'echo $$ >hidden; sleep 300' & while ! test -s hidden; do sleep 0.05; done; exit 0",
        );
        place.supervise();
        place.exit();
        let Some(uid) = place.uid else { return };
        let uid = format!("\t{uid}\t");
        let left = fs::read_dir("/proc").unwrap().flatten().any(|entry| {
            let status = fs::read_to_string(entry.path().join("status")).unwrap_or_default();
            !status.contains("State:\tZ")
                && status.lines().any(|line| line.starts_with("Uid:") && line.contains(&uid))
        });
        assert!(!left, "{isolation:?}");
    }
}
