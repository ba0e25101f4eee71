//! What a driver is: how a program is started, which processes a signal goes to, what its end means.

use std::io;
use std::path::Path;
use std::process::{Command, ExitStatus};

use node_protocol::{Isolation, StopSignal};

use super::process_none::ProcessNone;
use super::process_sandboxed::ProcessSandboxed;
use super::workload_dir::Order;
use crate::host::ProcessStat;

/// A way to run a workload on this machine.
pub(crate) trait Driver: Sync {
    /// What it promises.
    fn isolation(&self) -> Isolation;
    /// What the confined process becomes.
    fn command(&self, place: &Place<'_>, order: &Order) -> io::Result<Command>;
    /// The processes a signal goes to, given the one the supervisor started and all there are.
    fn targets(&self, signal: StopSignal, started: &ProcessStat, all: &[ProcessStat]) -> Vec<ProcessStat>;
    /// How the program ended, from how the process the supervisor started ended.
    fn ended(&self, status: ExitStatus) -> Ended;
}

/// Where and as whom a program will run.
pub(crate) struct Place<'a> {
    /// Its folder, by a path its user can reach.
    pub(crate) work: &'a Path,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) signal: Option<i32>,
}

/// The driver of a simulated machine: it starts nothing, so an order of such a machine that comes to a real one fails.
struct Simulated;

impl Driver for Simulated {
    fn isolation(&self) -> Isolation {
        Isolation::Simulated
    }

    fn command(&self, _: &Place<'_>, _: &Order) -> io::Result<Command> {
        Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "this order is for a simulated node, where nothing runs",
        ))
    }

    fn targets(&self, _: StopSignal, _: &ProcessStat, _: &[ProcessStat]) -> Vec<ProcessStat> {
        Vec::new()
    }

    fn ended(&self, status: ExitStatus) -> Ended {
        Ended { code: status.code(), signal: None }
    }
}

/// The driver with this isolation.
pub(crate) fn driver_of(isolation: Isolation) -> &'static dyn Driver {
    match isolation {
        Isolation::ProcessSandboxed => &ProcessSandboxed,
        Isolation::ProcessNone => &ProcessNone,
        Isolation::Simulated => &Simulated,
    }
}

/// The whole environment of a program: nothing of the agent's own gets through.
pub(crate) fn environment(order: &Order, home: &Path) -> Vec<(String, String)> {
    let spec = &order.spec;
    let mut all = vec![
        ("PATH".to_owned(), "/usr/local/bin:/usr/bin:/bin".to_owned()),
        ("HOME".to_owned(), home.display().to_string()),
        ("LANG".to_owned(), "C.UTF-8".to_owned()),
        ("SLIPWAY_WORKLOAD_ID".to_owned(), spec.workload_id.to_string()),
        ("SLIPWAY_WORKLOAD_NAME".to_owned(), spec.name.clone()),
    ];
    all.extend(spec.port.map(|port| ("PORT".to_owned(), port.to_string())));
    all.extend(spec.env.iter().cloned());
    all
}
