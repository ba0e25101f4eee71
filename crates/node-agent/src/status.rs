//! `slipway-node status`: what is known on this machine, in words. Works with the agent running or stopped.

use std::fmt::Write as _;
use std::path::Path;

use node_protocol::{WorkloadReport, WorkloadState};

use crate::agent;
use crate::contact::Contact;
use crate::data::{DataDir, DataError};
use crate::host::Host;
use crate::identity::{IdentityError, NodeIdentity};
use crate::runtime::workload_dir;
use crate::words;

/// Why nothing can be said.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StatusError {
    #[error("there is no data folder at {0}")]
    NoFolder(String),
    #[error("the data folder cannot be used")]
    Data(#[from] DataError),
    #[error("the node's files cannot be read")]
    Identity(#[from] IdentityError),
}

/// The whole answer.
pub(crate) fn status(path: &Path, host: &dyn Host) -> Result<String, StatusError> {
    if !path.is_dir() {
        return Err(StatusError::NoFolder(path.display().to_string()));
    }
    let data = DataDir::open(path)?;
    let node = match NodeIdentity::load(&data) {
        Ok(node) => node,
        Err(IdentityError::NotEnrolled) => return Ok("This machine is not enrolled.\n".to_owned()),
        Err(error) => return Err(error.into()),
    };
    let now_us = host.now_us();
    let is_running = matches!(agent::lock(&data), Ok(None));
    let contact = Contact::load(&data);
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{:<13}{value}", format!("{name}:"));
    };
    line("Node", &format!("{} ({})", node.node_name, node.node_id));
    line("Server", &node.server_url);
    line("Certificate", &certificate(node.expires_at_us, now_us));
    line("Agent", if is_running { "running" } else { "not running" });
    line("Connection", &connection(&contact, is_running, now_us));
    line("Clock", &clock(contact.clock_skew_us));
    let listed =
        workload_dir::list(&data.workloads()).map_err(|source| DataError::read(&data.workloads(), source))?;
    if listed.is_empty() {
        line("Workloads", "none");
    }
    for (id, dir) in listed {
        if let Some(report) = dir.report(host)? {
            line("Workload", &format!("{id} in slot {}: {}", report.slot, workload(&report, now_us)));
        }
    }
    Ok(text)
}

fn certificate(expires_at_us: i64, now_us: i64) -> String {
    let (at, span) = (words::time(expires_at_us), words::span(expires_at_us - now_us));
    if expires_at_us > now_us { format!("ends {at}, in {span}") } else { format!("ended {at}, {span} ago") }
}

fn connection(contact: &Contact, is_running: bool, now_us: i64) -> String {
    let heard = contact
        .last_heard_us
        .map(|at_us| format!("the server was last heard {} ago", words::span(now_us - at_us)));
    let heard = heard.unwrap_or_else(|| "the server has not been heard yet".to_owned());
    let state = if is_running && contact.is_connected { "connected" } else { "not connected" };
    match &contact.problem {
        Some(problem) if !contact.is_connected => format!("{state}; {heard} ({problem})"),
        Some(_) | None => format!("{state}; {heard}"),
    }
}

fn clock(skew_us: Option<i64>) -> String {
    const NOTICEABLE_US: u64 = 1_000_000;
    match skew_us {
        None => "not compared with the server's yet".to_owned(),
        Some(skew) if skew.unsigned_abs() < NOTICEABLE_US => "agrees with the server's".to_owned(),
        Some(skew) => {
            let direction = if skew > 0 { "ahead of" } else { "behind" };
            format!("{} {direction} the server's", words::span(skew))
        }
    }
}

fn workload(report: &WorkloadReport, now_us: i64) -> String {
    match (report.state, &report.exit) {
        (WorkloadState::Starting, _) => "starting".to_owned(),
        (WorkloadState::Running, _) => {
            let since = report
                .started_at_us
                .map_or_else(String::new, |at| format!(" for {}", words::span(now_us - at)));
            let pid = report.pid.map_or_else(String::new, |pid| format!(", process {pid}"));
            let isolation = report.isolation.map_or("", |isolation| isolation.name());
            format!("running{since}{pid}, {isolation}")
        }
        (WorkloadState::Exited, Some(exit)) => match (exit.code, exit.signal) {
            (Some(code), _) => format!("exited with code {code}"),
            (None, Some(signal)) => format!("ended by signal {signal}"),
            (None, None) => "gone; nobody saw how it ended".to_owned(),
        },
        (WorkloadState::Exited, None) => "exited".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::simulated::SimulatedHost;

    #[test]
    fn a_machine_that_is_not_enrolled_says_so_and_a_missing_folder_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let host = SimulatedHost::default();
        assert_eq!(status(dir.path(), &host).unwrap(), "This machine is not enrolled.\n");
        let missing = status(&dir.path().join("none"), &host).unwrap_err();
        assert!(missing.to_string().contains("none"));
    }

    #[test]
    fn an_ended_certificate_is_said_to_have_ended() {
        assert!(certificate(0, 86_400_000_000 * 3).ends_with("3 days ago"));
        assert!(certificate(86_400_000_000 * 3, 0).ends_with("in 3 days"));
    }
}
