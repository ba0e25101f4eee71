//! `slipway-node run`: the agent itself. Three threads do the work (commands, watching, measuring), one task talks to the server.
//!
//! Stopping the agent leaves the workloads running; the next one adopts them.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use nix::fcntl::{Flock, FlockArg};
use node_protocol::Command;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::beat::Beat;
use crate::cli::RunArgs;
use crate::clock;
use crate::commands::Executor;
use crate::contact::Contact;
use crate::data::{DataDir, DataError};
use crate::faults::Faults;
use crate::host::RealHost;
use crate::identity::{IdentityError, IdentityKey, NodeIdentity};
use crate::journal::{Journal, JournalError};
use crate::link::Link;
use crate::measuring::Measuring;
use crate::runtime::debris::Debris;
use crate::runtime::drivers::Drivers;
use crate::runtime::supervisors::ProcessSupervisors;
use crate::runtime::{Machine, Runtime};
use crate::session::Sessions;
use crate::watch::Watch;
use crate::words;

/// The first wait after a failed connection; each one doubles it…
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// …up to this.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Why the agent does not run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    #[error("the data folder cannot be used")]
    Data(#[from] DataError),
    #[error("{0}")]
    Identity(#[from] IdentityError),
    #[error("this folder holds a simulated node")]
    Simulated,
    #[error("this folder holds a real node")]
    Real,
    #[error("another agent already runs with this data folder")]
    AlreadyRunning,
    #[error("the commands this node was given cannot be known")]
    Journal(#[from] JournalError),
    #[error("the agent's lock, threads or signals cannot be set up")]
    SetUp(#[from] io::Error),
}

impl RunError {
    /// What a person can do.
    pub(crate) const fn next_step(&self) -> &'static str {
        match self {
            Self::Identity(IdentityError::NotEnrolled) => {
                "Enrol it first: slipway-node enrol --server URL --token TOKEN --data DIR."
            }
            Self::Simulated => {
                "Use the folder of a real node; a simulated one is run by slipway-node simulate."
            }
            Self::Real => "Use another folder: a real node is run by slipway-node run.",
            Self::AlreadyRunning => "Stop the other one, or use another folder with --data.",
            Self::Journal(_) => "Look at the file named above before doing anything else.",
            Self::Data(_) | Self::Identity(_) | Self::SetUp(_) => {
                "Check the data folder and its permissions."
            }
        }
    }
}

/// The parts of one agent, put together and not yet running.
pub(crate) struct Agent {
    pub(crate) sessions: Sessions,
    pub(crate) executor: Executor,
    /// What the executor is to take.
    pub(crate) commands: UnboundedReceiver<Command>,
    pub(crate) watch: Watch,
}

impl Agent {
    /// Opens key and journal; talks to nobody yet.
    pub(crate) fn new(runtime: Arc<Runtime>, identity: NodeIdentity, slots: u32) -> Result<Self, RunError> {
        let key = IdentityKey::open_or_make(&runtime.data)?;
        let journal = Journal::open(&runtime.data.journal(), runtime.host.now_us())?;
        let beat = Arc::new(Beat::new(Arc::clone(&runtime), slots));
        let link = Arc::new(Link::default());
        let (sender, commands) = unbounded_channel();
        let executor = Executor {
            runtime: Arc::clone(&runtime),
            beat: Arc::clone(&beat),
            link: Arc::clone(&link),
            journal,
            slots,
            count: 0,
        };
        let watch = Watch::new(Arc::clone(&runtime), Arc::clone(&link));
        let keeps_contact = !runtime.host.is_simulated();
        let sessions = Sessions { identity, key, runtime, beat, link, commands: sender, keeps_contact };
        Ok(Self { sessions, executor, commands, watch })
    }
}

/// Runs until told to stop.
pub(crate) async fn run(args: &RunArgs, faults: Faults) -> Result<(), RunError> {
    faults.announce();
    let data = DataDir::open(&args.data)?;
    let _lock = lock(&data)?.ok_or(RunError::AlreadyRunning)?;
    let identity = NodeIdentity::load(&data)?;
    if identity.simulated {
        return Err(RunError::Simulated);
    }
    let drivers = Drivers::probe(&data, args.first_uid, args.allow_unconfined);
    tracing::info!(node.id = %identity.node_id, driver = drivers.chosen().name(), slots = args.slots, "node {} starts", identity.node_name);
    let supervisors = Arc::new(ProcessSupervisors::new(!faults.observes()));
    let machine =
        Machine { host: Arc::new(RealHost), drivers, supervisors, debris: Arc::new(Debris::start()) };
    let runtime = Arc::new(Runtime::new(data, machine, faults));
    let Agent { sessions, executor, commands, watch } = Agent::new(runtime, identity, args.slots)?;
    let executor =
        thread::Builder::new().name("commands".to_owned()).spawn(move || executor.run(commands))?;
    let (stop_watch, stopped) = mpsc::channel::<()>();
    let watch = thread::Builder::new().name("watch".to_owned()).spawn(move || watch.run(&stopped))?;
    let (stop_measuring, measuring) = start_measuring(&sessions)?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        () = stay_connected(&sessions) => {}
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping; workloads go on running");
    sessions.link.close();
    leave_contact(&sessions, None);
    // Ends the threads: a command under way is finished first, and would be taken up again if it were not.
    drop(sessions);
    drop((stop_watch, stop_measuring));
    for thread in [executor, watch, measuring] {
        let _ = tokio::task::spawn_blocking(move || thread.join()).await;
    }
    Ok(())
}

/// One agent for each data folder; `None` when there is one already.
pub(crate) fn lock(data: &DataDir) -> Result<Option<Flock<File>>, RunError> {
    lock_file(&data.lock())
}

/// Holds a file; `None` when somebody else does.
pub(crate) fn lock_file(path: &Path) -> Result<Option<Flock<File>>, RunError> {
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
    match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(lock) => Ok(Some(lock)),
        Err((_, nix::errno::Errno::EWOULDBLOCK)) => Ok(None),
        Err((_, error)) => Err(RunError::SetUp(error.into())),
    }
}

fn start_measuring(sessions: &Sessions) -> io::Result<(mpsc::Sender<()>, JoinHandle<()>)> {
    let (stop, stopped) = mpsc::channel();
    let (runtime, beat, link) =
        (Arc::clone(&sessions.runtime), Arc::clone(&sessions.beat), Arc::clone(&sessions.link));
    let measuring = Measuring::new(runtime, beat, link);
    let thread =
        thread::Builder::new().name("measuring".to_owned()).spawn(move || measuring.run(&stopped))?;
    Ok((stop, thread))
}

/// Connects again and again: at the address that worked for enrolment, or else at the one the server named.
pub(crate) async fn stay_connected(sessions: &Sessions) {
    let urls = [&sessions.identity.server_url, &sessions.identity.agents_url];
    let mut attempt = 0;
    let mut waits = Waits::default();
    let mut last_said = String::new();
    loop {
        let url = urls[attempt % urls.len()];
        let mut lived = false;
        if let Err(error) = sessions.run(url, &mut lived).await {
            let said = words::chain(&error);
            // The same trouble is said once, not every five seconds.
            if lived || said != last_said {
                tracing::warn!("no connection to {url}: {said}; trying again");
                leave_contact(sessions, Some(said.clone()));
                last_said = said;
            }
        }
        attempt += usize::from(!lived);
        tokio::time::sleep(jittered(waits.after(lived))).await;
    }
}

/// How long to wait before the next attempt.
struct Waits {
    next: Duration,
}

impl Default for Waits {
    fn default() -> Self {
        Self { next: FIRST_WAIT }
    }
}

impl Waits {
    /// The wait after a connection. Only one that lived starts the count anew.
    fn after(&mut self, lived: bool) -> Duration {
        let wait = if lived { FIRST_WAIT } else { self.next };
        self.next = (wait * 2).min(LONGEST_WAIT);
        wait
    }
}

/// Between half and all of it, so that agents do not come back all at the same moment.
fn jittered(wait: Duration) -> Duration {
    wait.mul_f64(0.5 + clock::random_share() / 2.0)
}

fn leave_contact(sessions: &Sessions, problem: Option<String>) {
    if !sessions.keeps_contact {
        return;
    }
    let data = &sessions.runtime.data;
    Contact { is_connected: false, problem, ..Contact::load(data) }.save(data);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_that_do_not_live_are_tried_less_and_less_often() {
        let mut waits = Waits::default();
        let failed: Vec<u128> = (0..8).map(|_| waits.after(false).as_millis()).collect();
        assert_eq!(failed, [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
        assert_eq!((waits.after(true), waits.after(false)), (FIRST_WAIT, FIRST_WAIT * 2));
    }
}
