//! The simulated programs of one node, and the supervisors that look after them: everything a real supervisor writes into a
//! workload's folder is written, and nothing runs.
//!
//! A program's life follows from its arguments and when it was started, so a simulation that was killed goes on where it
//! would be by now: to its server the node was away, as with a real agent that was restarted.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use node_protocol::{Exit, Isolation, StopSignal, WorkloadId, WorkloadSpec};

use super::script::{End, Script};
use crate::data::{self, DataDir, DataError};
use crate::host::made_up::draw;
use crate::host::simulated::SimulatedHost;
use crate::host::{Host, ProcessMark};
use crate::ledger::{Effect, EffectLine, Ledger};
use crate::runtime::log_files::{DEFAULT_LIMIT_BYTES, LogWriter};
use crate::runtime::supervisors::Supervisors;
use crate::runtime::workload_dir::{self, Claim, Order, SignalAnswer, SignalRequest, Started, WorkloadDir};
use crate::words;

/// The signal that cannot be ignored.
const SIGKILL: i32 = 9;

/// The programs of one node.
pub(crate) struct Programs {
    host: Arc<SimulatedHost>,
    seed: u64,
    all: Mutex<BTreeMap<WorkloadId, Program>>,
}

/// One program.
struct Program {
    dir: WorkloadDir,
    ledger: PathBuf,
    spec: WorkloadSpec,
    script: Script,
    supervisor: i32,
    pid: i32,
    started_at_us: i64,
    lines: u64,
    log: LogWriter,
    /// It was asked to end, and does at this time.
    ends_at_us: Option<i64>,
    has_ended: bool,
}

impl Programs {
    pub(crate) fn new(host: Arc<SimulatedHost>, seed: u64) -> Self {
        Self { host, seed, all: Mutex::default() }
    }

    /// Goes on with what an earlier simulation left running. Before anything else is done with the node.
    pub(crate) fn go_on(&self, data: &DataDir) -> Result<(), DataError> {
        let path = data.workloads();
        let listed = workload_dir::list(&path).map_err(|source| DataError::read(&path, source))?;
        for (id, dir) in listed {
            let (Some(order), Some(claim), Some(started)) = (dir.order()?, dir.claim()?, dir.started()?)
            else {
                // Nobody has started it, or nobody will ever know whether: the agent says so by itself.
                continue;
            };
            let has_ended = dir.exit()?.is_some();
            let pids = (claim.supervisor.pid, started.program.pid);
            let mut program = self.program(dir, &data.ledger(), order, pids, started.at_us);
            program.has_ended = has_ended;
            program.lines = program.lines_due(self.host.now_us());
            if !has_ended {
                self.host.runs(pids.0, claim.supervisor.start_ticks);
                self.host.runs(pids.1, started.program.start_ticks);
            }
            self.all().insert(id, program);
        }
        Ok(())
    }

    /// Whether there is anything to look at.
    pub(crate) fn is_idle(&self) -> bool {
        self.all().is_empty()
    }

    /// Lets time pass: lines are written, ports answer, signals arrive, programs end.
    pub(crate) fn tick(&self) {
        let now_us = self.host.now_us();
        self.all().retain(|id, program| {
            if !program.dir.path().exists() {
                program.leave(&self.host);
                return false;
            }
            if !program.has_ended
                && let Err(error) = program.tick(&self.host, now_us)
            {
                tracing::warn!(workload.id = %id, "a simulated program cannot go on: {}", words::chain(&error));
            }
            true
        });
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<WorkloadId, Program>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn program(
        &self,
        dir: WorkloadDir,
        ledger: &Path,
        order: Order,
        (supervisor, pid): (i32, i32),
        started_at_us: i64,
    ) -> Program {
        let limit = order.spec.limits.log_bytes.unwrap_or(DEFAULT_LIMIT_BYTES);
        Program {
            script: Script::of(&order.spec, self.seed),
            log: LogWriter::open(&dir.log(), limit),
            ledger: ledger.to_owned(),
            dir,
            spec: order.spec,
            supervisor,
            pid,
            started_at_us,
            lines: 0,
            ends_at_us: None,
            has_ended: false,
        }
    }

    /// The same steps in the same order as a real supervisor: claim, ledger, start.
    fn supervise(&self, dir: &WorkloadDir, ledger: &Path) -> Result<(), StartError> {
        let order = dir.order()?.ok_or(StartError::NoOrder)?;
        let now_us = self.host.now_us();
        let id = order.spec.workload_id.clone();
        let drawn = draw(self.seed, &format!("{id}/{}", dir.run())) % 2_000_000;
        let supervisor = 2_000 + 2 * i32::try_from(drawn).unwrap_or_default();
        let pid = supervisor + 1;
        let ticks = self.host.uptime_s().unwrap_or_default() * 100;
        let mark = |pid| ProcessMark { pid, start_ticks: ticks, boot_id: self.host.boot_id() };
        self.host.runs(supervisor, ticks);
        if !dir.try_claim(&Claim { supervisor: mark(supervisor) })? {
            return Ok(());
        }
        let line = EffectLine {
            effect: Effect::Spawn,
            workload: id.clone(),
            run: dir.run(),
            command: order.command_id.clone(),
            at_us: now_us,
        };
        Ledger::at(ledger).record(&line).map_err(StartError::Ledger)?;
        let mut program = self.program(dir.clone(), ledger, order, (supervisor, pid), now_us);
        program.say("This program is simulated: nothing runs on this node.")?;
        if let Some(problem) = program.script.start_problem.clone() {
            program.end(&self.host, End::unseen(), now_us, Some(problem))?;
        } else {
            self.host.runs(pid, ticks);
            dir.write_started(&Started {
                program: mark(pid),
                isolation: Isolation::Simulated,
                at_us: now_us,
            })?;
        }
        self.all().insert(id, program);
        Ok(())
    }
}

/// Why a simulated program was not started.
#[derive(Debug, thiserror::Error)]
enum StartError {
    #[error("the workload's folder cannot be used")]
    Folder(#[from] DataError),
    #[error("there is no order")]
    NoOrder,
    #[error("the ledger of effects cannot be written")]
    Ledger(#[source] io::Error),
}

impl Supervisors for Programs {
    fn start(&self, dir: &WorkloadDir, ledger: &Path) -> io::Result<()> {
        self.supervise(dir, ledger).map_err(io::Error::other)
    }

    /// There are no processes.
    fn collect(&self) {}
}

impl Program {
    fn tick(&mut self, host: &SimulatedHost, now_us: i64) -> Result<(), DataError> {
        let age = since(self.started_at_us, now_us);
        if let (Some(port), Some(ready_after)) = (self.spec.port, self.script.ready_after)
            && age >= ready_after
        {
            host.opens(port);
        }
        while self.lines < self.lines_due(now_us) {
            self.lines += 1;
            self.say(&self.line())?;
        }
        if let Some(end) = self.hear(now_us)? {
            return self.end(host, end, now_us, None);
        }
        if self.ends_at_us.is_some_and(|at_us| at_us <= now_us) {
            return self.end(host, End::asked(), now_us, None);
        }
        match self.script.end {
            Some((after, end)) if age >= after => self.end(host, end, now_us, None),
            Some(_) | None => Ok(()),
        }
    }

    /// Answers signals; the end, when one of them is.
    fn hear(&mut self, now_us: i64) -> Result<Option<End>, DataError> {
        let path = self.dir.requests();
        let entries = std::fs::read_dir(&path).map_err(|source| DataError::read(&path, source))?;
        let mut end = None;
        for name in entries.flatten().map(|entry| entry.file_name()) {
            let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else { continue };
            if self.dir.answer(name)?.is_some() {
                continue;
            }
            let Some(request) = data::read_json::<SignalRequest>(&path.join(name))? else { continue };
            let line = EffectLine {
                effect: request.signal.into(),
                workload: self.spec.workload_id.clone(),
                run: self.dir.run(),
                command: request.command_id.clone(),
                at_us: now_us,
            };
            let ledger = Ledger::at(&self.ledger).record(&line);
            ledger.map_err(|source| DataError::write(&self.ledger, source))?;
            data::write_json(
                &self.dir.answers().join(name),
                &SignalAnswer { sent_to: vec![self.pid], at_us: now_us },
            )?;
            match (request.signal, self.script.stops_within) {
                (StopSignal::Kill, _) => end = Some(End::signal(SIGKILL)),
                (StopSignal::Term, Some(within)) => {
                    self.ends_at_us.get_or_insert(now_us + micros(within));
                }
                (StopSignal::Term, None) => self.say("Asked to end; goes on.")?,
            }
        }
        Ok(end)
    }

    /// How many lines it has written by now.
    fn lines_due(&self, now_us: i64) -> u64 {
        let every = self.script.line_every.as_millis().max(100);
        u64::try_from(since(self.started_at_us, now_us).as_millis() / every).unwrap_or(u64::MAX)
    }

    fn line(&self) -> String {
        let drawn = draw(self.lines, self.spec.workload_id.as_str()) % 900 + 100;
        let program = self.spec.command.first().map_or("program", String::as_str);
        format!("[simulated] {program}: step {}, {drawn} units a second", self.lines)
    }

    /// What it prints. A full disk stops no real program either.
    fn say(&mut self, line: &str) -> Result<(), DataError> {
        let written = self.log.append(format!("{line}\n").as_bytes());
        written.map_err(|source| DataError::write(&self.dir.log(), source))
    }

    /// The exit is written before the supervisor is gone, so nobody mistakes it for lost.
    fn end(
        &mut self,
        host: &SimulatedHost,
        end: End,
        at_us: i64,
        sentence: Option<String>,
    ) -> Result<(), DataError> {
        self.say("[simulated] ended")?;
        self.dir.write_exit(&Exit { code: end.code, signal: end.signal, at_us, sentence })?;
        self.has_ended = true;
        self.leave(host);
        Ok(())
    }

    fn leave(&self, host: &SimulatedHost) {
        if let Some(port) = self.spec.port {
            host.closes(port);
        }
        host.ends(self.pid);
        host.ends(self.supervisor);
    }
}

fn since(from_us: i64, now_us: i64) -> Duration {
    Duration::from_micros(u64::try_from(now_us - from_us).unwrap_or_default())
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
