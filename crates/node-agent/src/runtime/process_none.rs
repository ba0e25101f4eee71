//! `process-none`: a plain process of the workload's own user, with its limits. For machines where bubblewrap is
//! missing or may not work; the page says that nothing keeps this workload apart.

use std::io;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Command, ExitStatus};

use node_protocol::{Isolation, StopSignal};

use super::driver::{Driver, Ended, Place, environment};
use super::workload_dir::Order;
use crate::host::ProcessStat;
use crate::host::proc_files::descendants;

/// A plain process.
pub(crate) struct ProcessNone;

impl Driver for ProcessNone {
    fn isolation(&self) -> Isolation {
        Isolation::ProcessNone
    }

    fn command(&self, place: &Place<'_>, order: &Order) -> io::Result<Command> {
        let [program, arguments @ ..] = order.spec.command.as_slice() else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the command is empty"));
        };
        let mut command = Command::new(program);
        command.args(arguments).env_clear().envs(environment(order, place.work));
        command.process_group(0);
        Ok(command)
    }

    /// Everything in its process group or below it. What leaves both on purpose gets away; that is what
    /// "no isolation" means.
    fn targets(&self, signal: StopSignal, started: &ProcessStat, all: &[ProcessStat]) -> Vec<ProcessStat> {
        match signal {
            StopSignal::Term | StopSignal::Kill => {}
        }
        let below: Vec<i32> = descendants(started.pid, all).into_iter().map(|(_, each)| each.pid).collect();
        let is_ours = |each: &&ProcessStat| {
            each.pid == started.pid || each.group == started.pid || below.contains(&each.pid)
        };
        all.iter().filter(is_ours).cloned().collect()
    }

    fn ended(&self, status: ExitStatus) -> Ended {
        Ended { code: status.code(), signal: status.signal() }
    }
}
