//! One simulated node: enrolled with its token, then a session, an executor and nothing else.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use node_protocol::{Command, EnrolmentToken, RefusalCode};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::{Semaphore, watch};

use super::programs::Programs;
use super::{SimulateError, run_error};
use crate::agent::{Agent, RunError, stay_connected};
use crate::cli::EnrolArgs;
use crate::commands::Executor;
use crate::data::DataDir;
use crate::enrol::{self, EnrolError};
use crate::faults::Faults;
use crate::host::made_up::MadeUp;
use crate::host::simulated::SimulatedHost;
use crate::identity::{IdentityError, NodeIdentity};
use crate::link::Link;
use crate::runtime::debris::Debris;
use crate::runtime::drivers::Drivers;
use crate::runtime::{Machine, Runtime};
use crate::tls::TlsError;
use crate::watch::Watch;
use crate::words;

/// How long to wait before enrolling is tried again.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(2);

/// A node that does not live yet.
pub(super) struct Node {
    pub(super) name: String,
    pub(super) number: u32,
    pub(super) seed: u64,
    pub(super) begun_at_us: i64,
    pub(super) slots: u32,
    pub(super) data: PathBuf,
    /// The server's address for agents.
    pub(super) server: String,
    /// What it enrols with; none where it is enrolled.
    pub(super) token: Option<EnrolmentToken>,
    pub(super) debris: Arc<Debris>,
}

/// The nodes that are enrolled and run.
#[derive(Default)]
pub(super) struct Live {
    all: Mutex<Vec<Part>>,
}

/// What time passes for.
struct Part {
    programs: Arc<Programs>,
    watch: Watch,
    link: Arc<Link>,
    was_idle: bool,
}

impl Live {
    fn all(&self) -> MutexGuard<'_, Vec<Part>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many are enrolled, and how many connected.
    pub(super) fn counts(&self) -> (usize, usize) {
        let all = self.all();
        (all.len(), all.iter().filter(|part| part.link.connection().is_some()).count())
    }

    /// Lets time pass on every node on which something is.
    pub(super) fn tick(&self) {
        for part in self.all().iter_mut() {
            let is_idle = part.programs.is_idle();
            part.programs.tick();
            // Once more when the last workload is gone.
            if !(is_idle && part.was_idle) {
                part.watch.look();
            }
            part.was_idle = is_idle;
        }
    }
}

/// Who the node in this folder is, if it is enrolled.
pub(super) fn identity(data: &DataDir) -> Result<Option<NodeIdentity>, RunError> {
    match NodeIdentity::load(data) {
        Ok(identity) if !identity.simulated => Err(RunError::Real),
        Ok(identity) => Ok(Some(identity)),
        Err(IdentityError::NotEnrolled) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

impl Node {
    /// Enrols where it is not, and stays connected.
    pub(super) async fn live(
        self,
        may_enrol: Arc<Semaphore>,
        live: Arc<Live>,
        mut plugs: watch::Receiver<BTreeSet<String>>,
    ) -> Result<(), SimulateError> {
        let made_up = MadeUp { seed: self.seed, number: self.number, begun_at_us: self.begun_at_us };
        let host = Arc::new(SimulatedHost::made_up(made_up));
        if let Some(token) = &self.token {
            self.enrol(token, &host, &may_enrol).await?;
        }
        let (agent, programs) = self.agent(host).map_err(|source| run_error(&self.name, source))?;
        let Agent { sessions, executor, commands, watch } = agent;
        let link = Arc::clone(&sessions.link);
        live.all().push(Part { programs, watch, link, was_idle: false });
        tokio::spawn(execute(executor, commands));
        loop {
            // The other end ends only with the simulation.
            let _ = plugs.wait_for(|unplugged| !unplugged.contains(&self.name)).await;
            tokio::select! {
                () = stay_connected(&sessions) => {}
                // The plug is pulled: nobody says goodbye.
                _ = plugs.wait_for(|unplugged| unplugged.contains(&self.name)) => {}
            }
            sessions.link.close();
        }
    }

    /// The agent on its made-up machine, with the programs an earlier simulation left there.
    fn agent(&self, host: Arc<SimulatedHost>) -> Result<(Agent, Arc<Programs>), RunError> {
        let data = DataDir::open(&self.data)?;
        let identity = NodeIdentity::load(&data)?;
        let programs = Arc::new(Programs::new(Arc::clone(&host), self.seed));
        programs.go_on(&data)?;
        let supervisors = Arc::clone(&programs);
        let debris = Arc::clone(&self.debris);
        let machine = Machine { host, drivers: Drivers::simulated(), supervisors, debris };
        let runtime = Arc::new(Runtime::new(data, machine, Faults::default()));
        Ok((Agent::new(runtime, identity, self.slots)?, programs))
    }

    /// Enrols, however long the server takes to be there.
    async fn enrol(
        &self,
        token: &EnrolmentToken,
        host: &SimulatedHost,
        may_enrol: &Semaphore,
    ) -> Result<(), SimulateError> {
        let args = EnrolArgs {
            server: self.server.clone(),
            token: token.reveal(),
            name: Some(self.name.clone()),
            data: self.data.clone(),
        };
        loop {
            // Never closed.
            let turn = may_enrol.acquire().await;
            match enrol::enrol(&args, host).await {
                Ok(_) => return Ok(()),
                Err(error) if passes(&error) => {
                    tracing::warn!(
                        "{} is not enrolled yet: {}; trying again",
                        self.name,
                        words::chain(&error)
                    );
                }
                Err(error) => {
                    let source = Box::new(error);
                    return Err(SimulateError::Enrol { name: self.name.clone(), source });
                }
            }
            drop(turn);
            tokio::time::sleep(TRY_AGAIN_AFTER).await;
        }
    }
}

/// Whether trying again may help.
const fn passes(error: &EnrolError) -> bool {
    match error {
        EnrolError::NoAnswer(_)
        | EnrolError::Connection(TlsError::Unreachable(..) | TlsError::Slow(_) | TlsError::Handshake(..)) => {
            true
        }
        EnrolError::Refused(refusal) => {
            matches!(refusal.code, RefusalCode::TooManyAttempts | RefusalCode::Unavailable)
        }
        EnrolError::Connection(
            TlsError::BadUrl(_)
            | TlsError::BadName(..)
            | TlsError::PinMismatch
            | TlsError::SetUp(_)
            | TlsError::Identity(_),
        )
        | EnrolError::Token(_)
        | EnrolError::AlreadyEnrolled { .. }
        | EnrolError::Data(_)
        | EnrolError::Identity(_)
        | EnrolError::Garbage { .. }
        | EnrolError::WrongAnswer(_)
        | EnrolError::Encode(_) => false,
    }
}

/// Carries out commands one at a time, on a thread that is anybody's.
async fn execute(mut executor: Executor, mut commands: UnboundedReceiver<Command>) {
    let mut turn = tokio::task::spawn_blocking(move || {
        executor.take_up();
        executor
    });
    loop {
        // A command that panicked takes its node's executor along, as it would with a real agent.
        let Ok(mut ready) = turn.await else { return };
        let Some(command) = commands.recv().await else { return };
        turn = tokio::task::spawn_blocking(move || {
            ready.take(&command);
            ready
        });
    }
}
