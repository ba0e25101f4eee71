//! The programs under test, each looked after by a thread that starts it again when the fault it was armed with has
//! killed it, armed for the next place.

use std::fs::OpenOptions;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use nix::unistd::Pid;

/// How often a fact that is not there yet is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(25);
/// How long a program may take to stop when it is asked to.
const STOPS_WITHIN: Duration = Duration::from_secs(30);

/// Looks for a fact until it is there.
pub(crate) fn wait_for<T>(what: &str, within: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + within;
    loop {
        if let Some(fact) = look() {
            return fact;
        }
        assert!(Instant::now() < until, "not within {within:?}: {what}");
        thread::sleep(LOOK_EVERY);
    }
}

/// The server as `xtask` built it, or as cargo built it for this test.
pub(crate) fn server_program() -> PathBuf {
    std::env::var_os("SLIPWAY_BIN")
        .map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_slipway")), PathBuf::from)
}

/// The agent: named by the environment, or beside the server.
pub(crate) fn agent_program() -> PathBuf {
    let found = std::env::var_os("SLIPWAY_NODE_BIN")
        .map_or_else(|| server_program().with_file_name("slipway-node"), PathBuf::from);
    let build = "cargo build -p node-agent --features node-agent/faults";
    assert!(found.exists(), "there is no {}; build it with: {build}", found.display());
    found
}

/// A kill that is armed at each start, until it has happened so many times.
#[derive(Clone, Copy)]
pub(crate) struct Kill {
    /// `kill-before-effect` or `kill-after-effect`.
    pub(crate) fault: &'static str,
    /// At which step or command, for one start after the other.
    pub(crate) at: &'static [u32],
    pub(crate) times: u32,
}

/// What goes wrong on purpose.
#[derive(Clone, Copy, Default)]
pub(crate) struct Faults {
    /// Armed at every start.
    pub(crate) always: &'static [&'static str],
    pub(crate) kill: Option<Kill>,
}

/// How a program is started.
pub(crate) struct Start {
    pub(crate) program: PathBuf,
    pub(crate) words: Vec<String>,
    pub(crate) environment: Vec<(&'static str, String)>,
    pub(crate) log: PathBuf,
}

impl Start {
    /// The program with its environment, and none of the test's own that it would listen to.
    pub(crate) fn command(&self, words: &[String]) -> Command {
        let mut command = Command::new(&self.program);
        for name in
            ["SLIPWAY_DATABASE_URL", "SLIPWAY_LOG", "SLIPWAY_ASSETS", "SLIPWAY_DATA", "SLIPWAY_LISTEN"]
        {
            command.env_remove(name);
        }
        command.args(words).envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null());
        command
    }

    fn spawn(&self, faults: Faults, kills: u32) -> Child {
        let log = OpenOptions::new().append(true).create(true).open(&self.log).expect("a log can be opened");
        let mut words = self.words.clone();
        let kill = faults.kill.filter(|kill| kills < kill.times).map(|kill| {
            let at = kill.at[usize::try_from(kills).expect("few") % kill.at.len()];
            format!("{}={at}", kill.fault)
        });
        for fault in faults.always.iter().map(|fault| (*fault).to_owned()).chain(kill) {
            words.extend(["--fault".to_owned(), fault]);
        }
        let mut command = self.command(&words);
        command.stdout(Stdio::null()).stderr(log);
        command.spawn().unwrap_or_else(|error| panic!("{} does not start: {error}", self.program.display()))
    }
}

/// A program that is kept running.
pub(crate) struct Program {
    start: Arc<Start>,
    running: Mutex<Option<Running>>,
}

struct Running {
    watched: Arc<Mutex<Watched>>,
    thread: JoinHandle<()>,
}

#[derive(Default)]
struct Watched {
    pid: Option<Pid>,
    kills: u32,
    is_stopping: bool,
    /// Its next death by SIGKILL was asked for.
    is_struck: bool,
    /// How it ended, when it was not to.
    surprise: Option<ExitStatus>,
}

impl Program {
    /// A program that is not running yet.
    pub(crate) fn new(start: Start) -> Self {
        Self { start: Arc::new(start), running: Mutex::default() }
    }

    /// Stops it as an administrator would, and starts it with other faults.
    pub(crate) fn run_with(&self, faults: Faults) {
        self.stop();
        let watched = Arc::new(Mutex::new(Watched::default()));
        let (start, shared) = (Arc::clone(&self.start), Arc::clone(&watched));
        let thread = thread::spawn(move || look_after(&start, faults, &shared));
        *lock(&self.running) = Some(Running { watched, thread });
    }

    /// Ends it with SIGTERM and waits until it has.
    pub(crate) fn stop(&self) {
        let Some(running) = lock(&self.running).take() else { return };
        {
            let mut watched = lock(&running.watched);
            watched.is_stopping = true;
            if let Some(pid) = watched.pid {
                // It is not collected before this lock is free, so the number is still its own.
                kill(pid, Signal::SIGTERM).expect("a child can be signalled");
            }
        }
        wait_for("a program stops when it is asked to", STOPS_WITHIN, || {
            running.thread.is_finished().then_some(())
        });
        let surprise = lock(&running.watched).surprise;
        assert!(surprise.is_none(), "{} ended: {surprise:?}", self.start.program.display());
    }

    /// Kills it in the middle of whatever it does; it is started again at once. False when it was not running.
    pub(crate) fn strike(&self) -> bool {
        let Some(shared) = self.watched() else { return false };
        let mut watched = lock(&shared);
        let Some(pid) = watched.pid else { return false };
        watched.is_struck = true;
        kill(pid, Signal::SIGKILL).is_ok()
    }

    /// Lets it stand still for a while, without knowing of it. False when it was not running.
    pub(crate) fn freeze(&self, so_long: Duration) -> bool {
        let Some(pid) = self.watched().and_then(|watched| lock(&watched).pid) else { return false };
        let is_frozen = kill(pid, Signal::SIGSTOP).is_ok();
        thread::sleep(so_long);
        kill(pid, Signal::SIGCONT).is_ok() && is_frozen
    }

    /// How often its fault has killed it since it was armed.
    pub(crate) fn kills(&self) -> u32 {
        let Some(shared) = self.watched() else { return 0 };
        let watched = lock(&shared);
        let program = self.start.program.display();
        assert!(watched.surprise.is_none(), "{program} ended by itself: {:?}", watched.surprise);
        watched.kills
    }

    fn watched(&self) -> Option<Arc<Mutex<Watched>>> {
        lock(&self.running).as_ref().map(|running| Arc::clone(&running.watched))
    }

    /// Where it writes what it has to say.
    pub(crate) fn log(&self) -> &Path {
        &self.start.log
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let Some(running) = lock(&self.running).take() else { return };
        let mut watched = lock(&running.watched);
        watched.is_stopping = true;
        if let Some(pid) = watched.pid {
            let _ = kill(pid, Signal::SIGKILL);
        }
        drop(watched);
        drop(running.thread.join());
    }
}

fn look_after(start: &Start, faults: Faults, watched: &Mutex<Watched>) {
    loop {
        let mut child = {
            let mut watched = lock(watched);
            if watched.is_stopping {
                return;
            }
            let child = start.spawn(faults, watched.kills);
            watched.pid = Some(Pid::from_raw(i32::try_from(child.id()).expect("a process number")));
            child
        };
        let pid = Pid::from_raw(i32::try_from(child.id()).expect("a process number"));
        // Waits for its end without collecting it, so that nobody signals a number that is not its own any more.
        waitid(Id::Pid(pid), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT).expect("it is our child");
        let mut watched = lock(watched);
        let status = child.wait().expect("it is our child");
        watched.pid = None;
        let is_killed = status.signal() == Some(Signal::SIGKILL as i32);
        if is_killed && std::mem::take(&mut watched.is_struck) {
            continue;
        }
        if is_killed && faults.kill.is_some_and(|kill| watched.kills < kill.times) {
            watched.kills += 1;
        } else if !watched.is_stopping {
            watched.surprise = Some(status);
            return;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
