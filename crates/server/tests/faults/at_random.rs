//! Blows at any moment, under load: SIGKILL and SIGSTOP of the server, of the agent and of the database, while workloads
//! are launched and drained. The cells kill where it hurts most; this finds what nobody thought of.
//!
//! `SLIPWAY_BLOWS` says how many each database takes (`cargo xtask soak --only kills` asks for thousands), `SLIPWAY_SEED`
//! which, and `SLIPWAY_SERVERS` how many servers share one PostgreSQL. The same seed deals the same blows; what they meet depends on the machine.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::cells::{self, UNDER_KILLS};
use crate::database::{self, Kind};
use crate::ledger::{self, Launched};
use crate::programs::{Program, wait_for};
use crate::say;
use crate::site::{PATIENCE, Site};

/// Blows for each database when nobody asks for more.
const BLOWS: u32 = 60;
/// Launches that are under way at one time.
const BATCH: usize = 8;
/// The longest that something stands still: longer than a lease, shorter than an agent is waited for.
const LONGEST_STOP_MS: u64 = 1500;
/// The longest pause before the next blow: some meet a start, some work that is under way.
const LONGEST_PAUSE_MS: u64 = 700;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Blow {
    KillServer,
    StopServer,
    KillAgent,
    StopAgent,
    /// A killed backend takes the whole `PostgreSQL` with it: it starts again and recovers from its log.
    CrashDatabase,
    StopBackend,
}

#[test]
fn blows_at_any_moment_leave_exactly_one_effect() {
    let number = |name, usual| {
        std::env::var(name).map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text}")))
    };
    let (blows, seed) = (number("SLIPWAY_BLOWS", u64::from(BLOWS)), number("SLIPWAY_SEED", 1));
    let (blows, servers) = (usize::try_from(blows).expect("few"), number("SLIPWAY_SERVERS", 1));
    let servers = usize::try_from(servers).expect("few");
    thread::scope(|scope| {
        // SQLite has one server; there, several would be several machines with one file.
        for kind in database::kinds().into_iter().filter(|kind| servers == 1 || *kind == Kind::Postgres) {
            scope.spawn(move || storm(kind, servers, blows, seed));
        }
    });
}

/// Launches and drains until so many blows were dealt; after each drain, in peace, everything is counted.
pub(crate) fn storm(kind: Kind, servers: usize, blows: usize, seed: u64) {
    let begin = Instant::now();
    let label = format!("{kind:?} at random, servers: {servers}");
    let site = Site::set_up_with(&label, kind, &crate::USUAL, servers);
    let mut dice = StdRng::seed_from_u64(seed);
    let (mut dealt, mut launched) = (Vec::new(), Vec::new());
    let mut rounds = 0;
    while dealt.len() < blows {
        rounds += 1;
        let is_over = AtomicBool::new(false);
        let (site, dice) = (&site, &mut dice);
        dealt.extend(thread::scope(|scope| {
            let strikes = scope.spawn(|| strike(site, kind, dice, &is_over));
            // Also when the work fails: whoever strikes must not go on for ever.
            let at_the_end = SetAtTheEnd(&is_over);
            work(site, &mut launched);
            drop(at_the_end);
            strikes.join().expect("the blows were dealt")
        }));
        wait_for("the server is ready", PATIENCE, || site.api.is_ready().then_some(()));
        cells::check(site, &launched);
        site.resume();
    }
    let mut counted = BTreeMap::new();
    for blow in &dealt {
        *counted.entry(blow).or_insert(0) += 1;
    }
    say(&format!(
        "{}: seed {seed}, {} blows in {rounds} rounds, {} workloads, {:.0} s: {counted:?}",
        site.label,
        dealt.len(),
        launched.len(),
        begin.elapsed().as_secs_f32()
    ));
}

/// Says that it is over, whether the work succeeded or not.
struct SetAtTheEnd<'a>(&'a AtomicBool);

impl Drop for SetAtTheEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn work(site: &Site, launched: &mut Vec<Launched>) {
    cells::launch_in_peace(site, BATCH, launched);
    let operation = site.drain();
    let over = site.api.over(&operation, UNDER_KILLS);
    assert_eq!(over["state"], "succeeded", "{}: {over:#}", site.label);
    ledger::note_drained(launched);
}

/// Strikes until the work is over.
fn strike(site: &Site, kind: Kind, dice: &mut StdRng, is_over: &AtomicBool) -> Vec<Blow> {
    let mut dealt = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        let blow = one_of(kind, dice);
        if deal(site, blow, dice) {
            dealt.push(blow);
        }
        // Only a server that serves gets anything done that a blow could meet.
        wait_for("the server is ready", PATIENCE, || site.api.is_ready().then_some(()));
        thread::sleep(Duration::from_millis(dice.random_range(0..LONGEST_PAUSE_MS)));
    }
    dealt
}

fn one_of(kind: Kind, dice: &mut StdRng) -> Blow {
    use Blow::{CrashDatabase, KillAgent, KillServer, StopAgent, StopBackend, StopServer};
    // What SQLite does, the server does: killing it is its crash.
    let blows: &[Blow] = match kind {
        Kind::Sqlite => &[KillServer, KillServer, KillAgent, StopServer, StopAgent],
        Kind::Postgres => &[KillServer, KillAgent, CrashDatabase, StopServer, StopAgent, StopBackend],
    };
    blows[dice.random_range(0..blows.len())]
}

/// Whether it hit somebody.
fn deal(site: &Site, blow: Blow, dice: &mut StdRng) -> bool {
    let so_long = Duration::from_millis(dice.random_range(50..LONGEST_STOP_MS));
    let which = dice.random_range(0..usize::MAX);
    match blow {
        Blow::KillServer => server(site, which).strike(),
        Blow::StopServer => server(site, which).freeze(so_long),
        Blow::KillAgent => site.agent.strike(),
        Blow::StopAgent => site.agent.freeze(so_long),
        Blow::CrashDatabase => backend(site, which).is_some_and(|pid| kill(pid, Signal::SIGKILL).is_ok()),
        Blow::StopBackend => backend(site, which).is_some_and(|pid| {
            let is_stopped = kill(pid, Signal::SIGSTOP).is_ok();
            thread::sleep(so_long);
            // It may have gone meanwhile with a database that crashed.
            kill(pid, Signal::SIGCONT).is_ok() && is_stopped
        }),
    }
}

fn server(site: &Site, which: usize) -> &Program {
    let all: Vec<_> = [&site.server].into_iter().chain(&site.more).collect();
    all[which % all.len()]
}

fn backend(site: &Site, which: usize) -> Option<Pid> {
    let backends = site.database.backends();
    backends.get(which % backends.len().max(1)).map(|pid| Pid::from_raw(*pid))
}
