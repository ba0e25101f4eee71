//! A program that runs beside us: its lines go to the terminal under its name, the last of them are kept, and it can
//! be stopped.

use std::{
    collections::VecDeque,
    io::{BufRead as _, BufReader, Read},
    os::unix::process::CommandExt as _,
    process::{Command, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread::JoinHandle,
    time::Duration,
};

use anyhow::{Context as _, Result};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::command::say;

/// How long a program may take to end after it was asked to.
const TIME_TO_END: Duration = Duration::from_secs(10);
const LINES_KEPT: usize = 30;

/// What `cargo xtask run` waits for.
pub(super) enum Event {
    /// Ctrl-C, or a polite kill.
    AskedToStop,
    /// A program ended, which it should not.
    Ended { program: &'static str, how: String },
}

/// A started program.
pub(crate) struct Child {
    name: &'static str,
    pid: Pid,
    lines: Arc<Mutex<VecDeque<String>>>,
    ended: mpsc::Receiver<()>,
    threads: Vec<JoinHandle<()>>,
}

impl Child {
    /// Starts a program in its own process group, so that the terminal's Ctrl-C reaches only us.
    pub(super) fn start(
        name: &'static str,
        command: &mut Command,
        events: mpsc::Sender<Event>,
    ) -> Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let mut process = command.spawn().with_context(|| format!("cannot start the {name}"))?;
        let pid = i32::try_from(process.id()).context("a process id beyond what the system has")?;
        let lines = Arc::new(Mutex::new(VecDeque::new()));
        let mut threads = Vec::new();
        if let Some(out) = process.stdout.take() {
            threads.push(show(name, out, Arc::clone(&lines)));
        }
        if let Some(out) = process.stderr.take() {
            threads.push(show(name, out, Arc::clone(&lines)));
        }
        let (send, ended) = mpsc::channel();
        threads.push(std::thread::spawn(move || {
            let how = process
                .wait()
                .map_or_else(|error| error.to_string(), |status| format!("ended with {status}"));
            // Nobody listens any more once we are stopping: then it does not matter.
            let _ = send.send(());
            let _ = events.send(Event::Ended { program: name, how });
        }));
        Ok(Self { name, pid: Pid::from_raw(pid), lines, ended, threads })
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// Whether it has ended by itself.
    pub(super) fn has_ended(&self) -> bool {
        matches!(self.ended.try_recv(), Ok(()) | Err(mpsc::TryRecvError::Disconnected))
    }

    /// The last lines it wrote.
    pub(super) fn last_lines(&self) -> String {
        let lines = lock(&self.lines);
        lines.iter().map(String::as_str).collect::<Vec<_>>().join("\n")
    }

    /// Asks it to end, and ends it if it does not.
    pub(super) fn stop(self) {
        if !self.has_ended() {
            say(format!("stopping the {}", self.name));
            let _ = kill(self.pid, Signal::SIGTERM);
            if self.ended.recv_timeout(TIME_TO_END) == Err(mpsc::RecvTimeoutError::Timeout) {
                say(format!("the {} did not end within {} s: killing it", self.name, TIME_TO_END.as_secs()));
                let _ = kill(self.pid, Signal::SIGKILL);
            }
        }
        // The threads that copy lines end with the pipes; a workload's supervisor that inherited one may hold it
        // open for as long as it lives, so they are not waited for.
        drop(self.threads);
    }
}

/// Copies a program's lines to the terminal and remembers the last ones.
fn show(
    name: &'static str,
    out: impl Read + Send + 'static,
    lines: Arc<Mutex<VecDeque<String>>>,
) -> JoinHandle<()> {
    std::thread::spawn(move || {
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            println!("{name:>6} │ {line}");
            let mut kept = lock(&lines);
            if kept.len() == LINES_KEPT {
                kept.pop_front();
            }
            kept.push_back(line);
        }
    })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A line is pushed whole or not at all, so what a panicking thread left behind is fine.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
