//! Signals, sent by the supervisor on the agent's request.
//!
//! The supervisor sends them, not the agent, for two reasons: it is the program's parent, so the process number it
//! knows cannot have been given to another one; and it is not killed with the agent, so a request whose answer the
//! agent did not live to see is not carried out twice. The agent repeats its request under the same name and finds
//! the answer.

use std::fs;
use std::io;

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use node_protocol::StopSignal;

use super::driver::Driver;
use super::workload_dir::{Order, SignalAnswer, SignalRequest, WorkloadDir};
use crate::data::{self, DataError};
use crate::host::proc_files::processes;
use crate::host::{Host, ProcessStat};
use crate::ledger::{EffectLine, Ledger};

/// Where requests are served.
pub(crate) struct Desk<'a> {
    pub(crate) dir: &'a WorkloadDir,
    pub(crate) order: &'a Order,
    pub(crate) ledger: Ledger,
    pub(crate) driver: &'static dyn Driver,
    pub(crate) host: &'a dyn Host,
}

/// Why a signal was not sent. The request stays and is looked at again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignalError {
    #[error("the requests cannot be read: {0}")]
    Requests(#[source] io::Error),
    #[error("{0}")]
    Files(#[from] DataError),
    #[error("the ledger of effects cannot be written: {0}")]
    Ledger(#[source] io::Error),
}

impl Desk<'_> {
    /// Carries out every request that has no answer yet.
    pub(crate) fn serve(&self, pid: i32) -> Result<(), SignalError> {
        for entry in fs::read_dir(self.dir.requests()).map_err(SignalError::Requests)? {
            let name = entry.map_err(SignalError::Requests)?.file_name();
            let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else { continue };
            if self.dir.answer(name)?.is_some() {
                continue;
            }
            if let Some(request) = data::read_json(&self.dir.requests().join(name))? {
                self.carry_out(name, &request, pid)?;
            }
        }
        Ok(())
    }

    /// The line first, then the signal: a supervisor that dies in between takes the program along anyway.
    fn carry_out(&self, name: &str, request: &SignalRequest, pid: i32) -> Result<(), SignalError> {
        let all = processes();
        let Some(started) = all.iter().find(|each| each.pid == pid) else { return Ok(()) };
        let targets = self.driver.targets(request.signal, started, &all);
        if targets.is_empty() {
            // A sandbox that is still being built has nobody to ask. The next look will find someone.
            return Ok(());
        }
        let line = EffectLine {
            effect: request.signal.into(),
            workload: self.order.spec.workload_id.clone(),
            run: self.dir.run(),
            command: request.command_id.clone(),
            at_us: self.host.now_us(),
        };
        self.ledger.record(&line).map_err(SignalError::Ledger)?;
        let sent_to = targets
            .iter()
            .filter(|target| self.send(request.signal, target))
            .map(|target| target.pid)
            .collect();
        let answer = SignalAnswer { sent_to, at_us: self.host.now_us() };
        data::write_json(&self.dir.answers().join(name), &answer)?;
        Ok(())
    }

    /// Sends to a process that is still the one that was found; answers whether it was there.
    fn send(&self, signal: StopSignal, target: &ProcessStat) -> bool {
        let is_same = |now: ProcessStat| now.start_ticks == target.start_ticks;
        if !self.host.process(target.pid).is_some_and(is_same) {
            return false;
        }
        let signal = match signal {
            StopSignal::Term => Signal::SIGTERM,
            StopSignal::Kill => Signal::SIGKILL,
        };
        match kill(Pid::from_raw(target.pid), signal) {
            Ok(()) => true,
            Err(Errno::ESRCH) => false,
            Err(error) => {
                eprintln!("slipway-node: process {} did not get {signal}: {error}", target.pid);
                false
            }
        }
    }
}
