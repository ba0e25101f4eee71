//! The hidden `supervise` command: one small process for each workload, which outlives the agent.
//!
//! It claims the workload, starts the program, keeps its output, sends it signals the agent asks for, and writes down
//! how it ended. The agent only ever looks at the files (see `workload_dir`), so it can come and go.
//!
//! **Started exactly once.** Only who makes `claim.json` goes on; a second supervisor of the same run ends without
//! effect. A workload that runs again has another run, with a claim of its own. What if this process dies in between?
//! - before the claim: nothing happened; the agent's journal still has the order, and the next supervisor claims.
//! - after the claim, before the ledger's line: nothing runs and nothing ever will under this id. The agent finds a
//!   claim whose owner is gone and reports the workload as lost; the operation sees a failed launch, not a second one.
//! - after the line, before or after the program's start: the line stands for an effect that may have begun. The
//!   program asked the kernel to die with this process, so here too the workload is lost, not running unseen.
//!
//! The other order (start, then write) could leave a program running that no ledger knows; a lost launch is seen by
//! everyone and can be repeated under a new id.

use std::io::{self, PipeReader, Read as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use node_protocol::{Exit, Isolation};

use super::driver::{Driver, driver_of};
use super::log_files::{self, LogWriter};
use super::workload_dir::{Claim, Order, Started, WorkloadDir};
use super::{leftovers, only_path, signals};
use crate::data::DataError;
use crate::host::{Host, ProcessMark};
use crate::ledger::{Effect, EffectLine, Ledger};
use crate::words;

/// How often the supervisor looks for the program's end and for requests.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How long output is still read after the program's end, when something it left behind holds the pipe open.
const LAST_OUTPUT: Duration = Duration::from_secs(1);
/// A failed start shows itself within this time.
const START_PROBLEM_WITHIN_US: i64 = 5_000_000;
/// So many characters of what was said are passed on. A program can write such a line too, as long as it likes.
const LONGEST_PROBLEM: usize = 300;

/// What a supervisor is told on its command line.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct SuperviseArgs {
    /// The workload's folder.
    #[arg(long)]
    pub(crate) dir: PathBuf,
    /// Which run of the workload.
    #[arg(long, default_value_t = 1)]
    pub(crate) run: u32,
    /// The ledger of effects.
    #[arg(long)]
    pub(crate) ledger: PathBuf,
    /// Starts the program whoever else has: only for the fault that shows what the claim prevents.
    #[cfg(feature = "faults")]
    #[arg(long)]
    pub(crate) no_claim: bool,
}

impl SuperviseArgs {
    #[cfg(feature = "faults")]
    const fn claims(&self) -> bool {
        !self.no_claim
    }

    #[cfg(not(feature = "faults"))]
    #[expect(clippy::unused_self, reason = "the same call as with the fault")]
    const fn claims(&self) -> bool {
        true
    }
}

/// Why there is no program. It goes to the supervisor's own log.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SuperviseError {
    #[error("the workload's folder cannot be used")]
    Folder(#[from] DataError),
    #[error("there is no order in {0}")]
    NoOrder(PathBuf),
    #[error("the ledger of effects cannot be written, so nothing was started")]
    Ledger(#[source] io::Error),
    #[error("the program's process cannot be made")]
    Start(#[source] io::Error),
    #[error("the program's process cannot be watched")]
    Watch(#[source] io::Error),
    #[error("this process cannot be found in /proc")]
    NoProc,
}

/// Runs one workload from its start to its end.
pub(crate) fn supervise(args: &SuperviseArgs, host: &dyn Host) -> Result<(), SuperviseError> {
    // Away from the agent's terminal and process group. It fails only when that is already so.
    let _ = nix::unistd::setsid();
    let dir = WorkloadDir::of_run(&args.dir, args.run);
    let order = dir.order()?.ok_or_else(|| SuperviseError::NoOrder(args.dir.clone()))?;
    let own = nix::unistd::getpid().as_raw();
    let supervisor = ProcessMark::of(host, own).ok_or(SuperviseError::NoProc)?;
    if args.claims() && !dir.try_claim(&Claim { supervisor })? {
        return Ok(());
    }
    let line = EffectLine {
        effect: Effect::Spawn,
        workload: order.spec.workload_id.clone(),
        run: dir.run(),
        command: order.command_id.clone(),
        at_us: host.now_us(),
    };
    Ledger::at(&args.ledger).record(&line).map_err(SuperviseError::Ledger)?;
    let result = run_program(&dir, &order, &args.ledger, host);
    if let Err(error) = &result {
        let sentence = format!("The program was not started or cannot be watched: {error}.");
        dir.write_exit(&Exit { code: None, signal: None, at_us: host.now_us(), sentence: Some(sentence) })?;
    }
    result
}

fn run_program(
    dir: &WorkloadDir,
    order: &Order,
    ledger: &Path,
    host: &dyn Host,
) -> Result<(), SuperviseError> {
    let log_from = log_files::end(&dir.log());
    let (mut child, output) = start(dir).map_err(SuperviseError::Start)?;
    let pid = i32::try_from(child.id()).map_err(|_| SuperviseError::NoProc)?;
    let limit = order.spec.limits.log_bytes.unwrap_or(log_files::DEFAULT_LIMIT_BYTES);
    let pump = keep_output(output, LogWriter::open(&dir.log(), limit));
    let driver = driver_of(order.isolation);
    let started_at_us = host.now_us();
    // The child is not collected yet, so it is found even if it has already ended.
    let program = ProcessMark::of(host, pid).ok_or(SuperviseError::NoProc)?;
    dir.write_started(&Started { program, isolation: driver.isolation(), at_us: started_at_us })?;
    let signals = signals::Desk { dir, order, ledger: Ledger::at(ledger), driver, host };
    let status = watch(&mut child, pid, &signals)?;
    let at_us = host.now_us();
    end_what_is_left(driver, pid, order.uid);
    finish_output(pump);
    let ended = driver.ended(status);
    let failed_at_once =
        ended.code.is_some_and(|code| code != 0) && at_us - started_at_us < START_PROBLEM_WITHIN_US;
    let sentence = if failed_at_once { start_problem(dir, log_from) } else { None };
    dir.write_exit(&Exit { code: ended.code, signal: ended.signal, at_us, sentence })?;
    Ok(())
}

/// Starts the `confine` stage, which becomes the program. Output and errors share one pipe, so they stay in order.
fn start(dir: &WorkloadDir) -> io::Result<(Child, PipeReader)> {
    let (reader, writer) = io::pipe()?;
    // The running program's file, even after an update has replaced it.
    let mut command = Command::new("/proc/self/exe");
    only_path(&mut command);
    let child = command
        .arg0("slipway-node")
        .arg("confine")
        .arg("--dir")
        .arg(dir.path())
        .args(["--run", &dir.run().to_string()])
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer)
        .spawn()?;
    Ok((child, reader))
}

/// Copies output to the log until nobody can write any more.
fn keep_output(mut output: PipeReader, mut log: LogWriter) -> JoinHandle<()> {
    thread::spawn(move || {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            match output.read(&mut buffer) {
                Ok(0) => return,
                // A full disk must not stop the program: what cannot be kept is dropped, and the pipe stays empty.
                Ok(read) => _ = log.append(&buffer[..read]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    })
}

/// Waits for the program's end, and sends signals in the meantime.
fn watch(child: &mut Child, pid: i32, signals: &signals::Desk<'_>) -> Result<ExitStatus, SuperviseError> {
    loop {
        if let Some(status) = child.try_wait().map_err(SuperviseError::Watch)? {
            return Ok(status);
        }
        // Without its folder nobody can see, stop or adopt the workload any more, so it does not go on.
        if !signals.dir.path().exists() {
            let _ = child.kill();
            return child.wait().map_err(SuperviseError::Watch);
        }
        if let Err(error) = signals.serve(pid) {
            eprintln!("slipway-node: a signal was not sent: {error}");
        }
        thread::sleep(LOOK_EVERY);
    }
}

/// A workload ends as a whole: what the program left behind would hold its port. A sandbox has no leftovers. Where the
/// slot has a user of its own, nothing of that user is left, whatever group it hid in.
fn end_what_is_left(driver: &dyn Driver, group: i32, uid: Option<u32>) {
    match driver.isolation() {
        Isolation::ProcessSandboxed | Isolation::Simulated => {}
        Isolation::ProcessNone => {
            let group = nix::unistd::Pid::from_raw(group);
            let _ = nix::sys::signal::killpg(group, nix::sys::signal::Signal::SIGKILL);
        }
    }
    let left = uid.map(leftovers::end_all_of).unwrap_or_default();
    if !left.is_empty() {
        eprintln!("slipway-node: processes the program left behind cannot be ended: {left:?}");
    }
}

fn finish_output(pump: JoinHandle<()>) {
    let until = Instant::now() + LAST_OUTPUT;
    while !pump.is_finished() && Instant::now() < until {
        thread::sleep(Duration::from_millis(10));
    }
    if pump.is_finished() {
        let _ = pump.join();
    }
}

/// What bwrap or the `confine` stage said in this run when it could not start the program.
fn start_problem(dir: &WorkloadDir, log_from: u64) -> Option<String> {
    let piece = log_files::read(&dir.log(), log_from, 4096, true).ok()??;
    let ours = |line: &&str| line.starts_with("bwrap: ") || line.starts_with("slipway-node: ");
    let line = words::short_line(piece.text.lines().find(ours)?, LONGEST_PROBLEM);
    Some(format!("It could not be started: {}.", line.trim_end_matches('.')))
}
