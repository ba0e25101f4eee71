//! A pretended agent: it takes what is in the command table and answers through the ingestion, as the real one does over
//! its socket. The same command gets the same answer and one effect, unless a test wants it otherwise.

mod telling;

use std::collections::{BTreeMap, BTreeSet};

use node_protocol::command::{
    DEADLINE_PASSED, FENCED, OLDER_RUN, OUTCOME_UNKNOWN, START_FAILED, STILL_RUNNING, WORKLOAD_REMOVED,
};
use node_protocol::{Command, CommandBody, CommandResult, Exit, Outcome, StopSignal, WorkloadSpec};
use read_models::ids::{NodeId, WorkloadId};
use serde_json::json;

use super::proof;
use crate::nodes::ingest::Ingest;
use crate::state::AppState;
use crate::store::commands;
use crate::store::nodes::{self, NodeSession};

/// What a command is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Probe,
    Inventory,
    Start,
    Term,
    Kill,
    Remove,
}

/// How it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Done, without an effect.
    Lies,
    Refuses,
    Fails,
    /// Nobody can say what became of it.
    CannotTell,
    /// Never, and without an effect.
    IsSilent,
    /// Done, and the answer sent twice.
    AnswersTwice,
    /// Only when it was seen so often.
    IsLate(u32),
}

/// A workload on the node.
#[derive(Debug, Clone)]
struct Held {
    run: u32,
    slot: u32,
    port: Option<u16>,
    exit: Option<Exit>,
}

pub(crate) struct Agent {
    ingest: Ingest,
    node: NodeId,
    /// Not connected: takes nothing and says nothing.
    pub(crate) is_away: bool,
    /// Its workloads go on when they are asked to stop.
    pub(crate) ignores_term: bool,
    /// The exit code of what is started, when it ends at once.
    pub(crate) ends_with: Option<i32>,
    /// How it answers what it does not simply do.
    pub(crate) manners: BTreeMap<Kind, Manner>,
    /// What really happened, in order: `Start wl_…`.
    pub(crate) effects: Vec<(Kind, String)>,
    /// What it was told, with the command's id.
    pub(crate) told: BTreeSet<(Kind, String)>,
    journal: BTreeMap<String, Outcome>,
    tokens: BTreeMap<(String, u32), u64>,
    seen: BTreeMap<String, u32>,
    held: BTreeMap<String, Held>,
    /// The last run of each workload that is gone.
    removed: BTreeMap<String, u32>,
    /// How often each run was started.
    pub(crate) starts: BTreeMap<(String, u32), u32>,
    pid: i32,
    /// When it found out what its machine is made of.
    inventory_at: i64,
}

impl Agent {
    pub(crate) async fn connects(state: &AppState, node: &NodeId, serial: &str) -> Self {
        let session = NodeSession {
            node: node.clone(),
            certificate_serial: serial.to_owned(),
            name: format!("test/{serial}"),
        };
        begins(state, &session).await;
        Self {
            ingest: at_once(state, session),
            node: node.clone(),
            is_away: false,
            ignores_term: false,
            ends_with: None,
            manners: BTreeMap::new(),
            effects: Vec::new(),
            told: BTreeSet::new(),
            journal: BTreeMap::new(),
            tokens: BTreeMap::new(),
            seen: BTreeMap::new(),
            held: BTreeMap::new(),
            removed: BTreeMap::new(),
            starts: BTreeMap::new(),
            pid: 100,
            inventory_at: state.clock.now().as_micros(),
        }
    }

    /// It is connected again, in a session of its own.
    pub(crate) async fn comes_back(&mut self, state: &AppState) {
        self.is_away = false;
        let mut session = self.ingest.session.clone();
        session.name.push_str("/again");
        begins(state, &session).await;
        self.ingest = at_once(state, session);
        self.beats(state).await;
    }

    /// It answers this kind of command in this way.
    pub(crate) fn answers(&mut self, kind: Kind, manner: Manner) {
        self.manners.insert(kind, manner);
    }

    /// Whether its node holds the workload, ended or not.
    pub(crate) fn holds(&self, id: &WorkloadId) -> bool {
        self.held.contains_key(id.as_str())
    }

    pub(crate) fn runs(&self, id: &WorkloadId) -> bool {
        self.held.get(id.as_str()).is_some_and(|held| held.exit.is_none())
    }

    /// How often something really happened.
    pub(crate) fn count(&self, kind: Kind) -> usize {
        self.effects.iter().filter(|(other, _)| *other == kind).count()
    }

    /// A process ends by itself.
    pub(crate) async fn sees_end(&mut self, state: &AppState, id: &WorkloadId, code: i32) {
        let now = state.clock.now().as_micros();
        let held = self.held.get_mut(id.as_str()).unwrap();
        held.exit = Some(Exit { code: Some(code), signal: None, at_us: now, sentence: None });
        self.reports(id.as_str()).await;
    }

    /// Takes what waits for it; whether anything was said.
    pub(crate) async fn turn(&mut self, state: &AppState) -> bool {
        if self.is_away {
            return false;
        }
        let mut said = false;
        for command in commands::unanswered(&state.db, &proof(), &self.node).await.unwrap() {
            said |= self.take(state, &command).await;
        }
        if said {
            self.beats(state).await;
        }
        said
    }

    async fn take(&mut self, state: &AppState, command: &Command) -> bool {
        let (id, kind) = (command.id.to_string(), kind_of(&command.body));
        self.told.insert((kind, id.clone()));
        let seen = self.seen.entry(id.clone()).or_default();
        *seen += 1;
        let manner = self.manners.get(&kind).copied();
        match manner {
            Some(Manner::IsSilent) => return false,
            // It took a while; time goes on, and nobody is to wait for this one for ever.
            Some(Manner::IsLate(turns)) if *seen < turns => return false,
            _ => {}
        }
        let outcome = match self.journal.get(&id) {
            Some(outcome) => outcome.clone(),
            None => self.decide(state, command, kind, manner),
        };
        self.journal.insert(id, outcome.clone());
        self.ingest.accepted(&command.id).await.unwrap();
        if let Some(about) = workload_of(&command.body) {
            self.reports(&about).await;
        }
        let result =
            CommandResult { command_id: command.id.clone(), fencing_token: command.fencing_token, outcome };
        self.ingest.answered(&result).await.unwrap();
        if manner == Some(Manner::AnswersTwice) {
            self.ingest.answered(&result).await.unwrap();
        }
        true
    }

    fn decide(&mut self, state: &AppState, command: &Command, kind: Kind, manner: Option<Manner>) -> Outcome {
        let newest = self.tokens.entry((command.operation_id.to_string(), command.step)).or_default();
        if command.fencing_token < *newest {
            return Outcome::refused(FENCED, "A newer worker asked.");
        }
        *newest = command.fencing_token;
        match manner {
            Some(Manner::Lies) => return Outcome::Done { detail: json!({}) },
            Some(Manner::Refuses) => return Outcome::refused("no", "It does not want to."),
            Some(Manner::Fails) => return Outcome::failed(START_FAILED, "It did not work."),
            Some(Manner::CannotTell) => return Outcome::failed(OUTCOME_UNKNOWN, "Nobody can tell."),
            Some(Manner::IsSilent | Manner::AnswersTwice | Manner::IsLate(_)) | None => {}
        }
        let is_late = state.clock.now().as_micros() > command.deadline_us;
        if is_late && matches!(kind, Kind::Start | Kind::Term | Kind::Kill) {
            return Outcome::refused(DEADLINE_PASSED, "It came too late.");
        }
        self.perform(state, command, kind)
    }

    fn perform(&mut self, state: &AppState, command: &Command, kind: Kind) -> Outcome {
        let now = state.clock.now().as_micros();
        let done = |detail: &str| Outcome::Done { detail: json!({ "note": detail }) };
        if kind == Kind::Inventory {
            self.inventory_at = now;
        }
        let id = workload_of(&command.body).unwrap_or_default();
        if let CommandBody::StartWorkload(spec) = &command.body {
            return self.start(spec, now);
        }
        let run = run_of(&command.body);
        let Some(held) = self.held.get_mut(&id).filter(|held| held.run == run || kind == Kind::Remove) else {
            if kind == Kind::Remove {
                self.removed.insert(id.clone(), run);
            }
            return done("absent");
        };
        if held.run > run {
            return done("in a later run");
        }
        match kind {
            Kind::Remove if held.exit.is_none() => return Outcome::refused(STILL_RUNNING, "It still runs."),
            Kind::Remove => {
                self.held.remove(&id);
                self.removed.insert(id.clone(), run);
            }
            Kind::Term | Kind::Kill if held.exit.is_none() && !(kind == Kind::Term && self.ignores_term) => {
                let signal = if kind == Kind::Term { 15 } else { 9 };
                held.exit = Some(Exit { code: None, signal: Some(signal), at_us: now, sentence: None });
            }
            Kind::Probe | Kind::Inventory | Kind::Start | Kind::Term | Kind::Kill => {}
        }
        self.effects.push((kind, id));
        done("done")
    }
}

impl Agent {
    /// Each run once, and only when the one before has ended.
    fn start(&mut self, spec: &WorkloadSpec, now: i64) -> Outcome {
        let id = spec.workload_id.to_string();
        if self.removed.get(&id).is_some_and(|last| spec.run <= *last) {
            return Outcome::refused(WORKLOAD_REMOVED, "It was removed.");
        }
        match self.held.get(&id) {
            Some(held) if held.run > spec.run => {
                return Outcome::refused(OLDER_RUN, "A later run was ordered.");
            }
            Some(held) if held.run == spec.run => {
                return Outcome::Done { detail: json!({ "adopted": true }) };
            }
            Some(held) if held.exit.is_none() => return Outcome::refused(STILL_RUNNING, "It still runs."),
            Some(_) | None => {}
        }
        self.pid += 1;
        let ended = |code| Exit { code: Some(code), signal: None, at_us: now, sentence: None };
        let (run, slot, port) = (spec.run, spec.slot, spec.port);
        self.held.insert(id.clone(), Held { run, slot, port, exit: self.ends_with.map(ended) });
        *self.starts.entry((id.clone(), run)).or_default() += 1;
        self.effects.push((Kind::Start, id));
        Outcome::Done { detail: json!({ "adopted": false }) }
    }
}

async fn begins(state: &AppState, session: &NodeSession) {
    let mut tx = state.db.begin().await.unwrap();
    nodes::begin_session(&mut tx, &proof(), session, state.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
}

fn kind_of(body: &CommandBody) -> Kind {
    match body {
        CommandBody::Probe => Kind::Probe,
        CommandBody::RefreshInventory => Kind::Inventory,
        CommandBody::StartWorkload(_) => Kind::Start,
        CommandBody::StopWorkload { signal: StopSignal::Term, .. } => Kind::Term,
        CommandBody::StopWorkload { signal: StopSignal::Kill, .. } => Kind::Kill,
        CommandBody::RemoveWorkload { .. } => Kind::Remove,
    }
}

fn run_of(body: &CommandBody) -> u32 {
    match body {
        CommandBody::Probe | CommandBody::RefreshInventory => 0,
        CommandBody::StartWorkload(spec) => spec.run,
        CommandBody::StopWorkload { run, .. } | CommandBody::RemoveWorkload { run, .. } => *run,
    }
}

fn workload_of(body: &CommandBody) -> Option<String> {
    match body {
        CommandBody::Probe | CommandBody::RefreshInventory => None,
        CommandBody::StartWorkload(spec) => Some(spec.workload_id.to_string()),
        CommandBody::StopWorkload { workload_id, .. } | CommandBody::RemoveWorkload { workload_id, .. } => {
            Some(workload_id.to_string())
        }
    }
}

/// Without the pause between two heartbeats, which real time would have to fill.
fn at_once(state: &AppState, session: NodeSession) -> Ingest {
    let mut ingest = Ingest::new(state.clone(), session);
    ingest.pace = std::time::Duration::ZERO;
    ingest
}
