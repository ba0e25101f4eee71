//! A durable store in memory: rows, leases with fencing tokens, locks, wake-ups. What is in here survives every crash.

use super::world::{SECOND, Shared, World, pause};
use crate::{
    Event, Hold, HoldKind, Journal, JournalError, Lock, LockAnswer, LockEntry, Micros, Note, OperationRecord,
    Rest, StoredEffect, blocking,
    machine::{apply, current, offered},
};
use async_trait::async_trait;
use std::collections::BTreeMap;

/// How long a lease holds from the last commit.
const LEASE: Micros = 15 * SECOND;

#[derive(Clone, Default)]
pub(super) struct Store {
    pub(super) rows: BTreeMap<String, Row>,
    locks: Vec<LockEntry>,
    last_token: i64,
    /// Since when nothing begins.
    pub(super) still_since: Option<Micros>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) record: OperationRecord,
    pub(super) notes: Vec<Note>,
    wanted: Vec<Lock>,
    pub(super) lease: Option<Lease>,
    pub(super) wake_at: Option<Micros>,
    pub(super) woken: bool,
    /// What people asked for; taken in with the next lease.
    inbox: Vec<Event>,
    /// How often a person had a step repeated, by its key: so often it may have happened once more.
    pub(super) repeated_by_choice: BTreeMap<u32, usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lease {
    token: i64,
    pub(super) until: Micros,
}

impl Row {
    fn free(&self, now: Micros) -> bool {
        self.lease.is_none_or(|lease| lease.until <= now)
    }

    pub(super) fn due(&self, now: Micros) -> bool {
        let wants = self.woken || self.wake_at.is_some_and(|at| at <= now) || self.lease.is_some();
        !self.record.state.is_over() && wants && self.free(now)
    }
}

impl Store {
    pub(super) fn notes_of(&self, id: &str) -> impl Iterator<Item = &Note> {
        self.rows.get(id).into_iter().flat_map(|row| &row.notes)
    }
}

impl Shared {
    pub(super) fn accept(&mut self, record: OperationRecord, wanted: Vec<Lock>) {
        let row = Row {
            notes: vec![],
            wanted,
            lease: None,
            wake_at: Some(self.now),
            woken: false,
            inbox: vec![],
            repeated_by_choice: BTreeMap::new(),
            record,
        };
        self.store.rows.insert(row.record.id.clone(), row);
    }

    /// Takes the lease of an operation, with a token higher than any before.
    pub(super) fn lease(&mut self, id: &str) -> (OperationRecord, i64) {
        self.store.last_token += 1;
        let (now, token) = (self.now, self.store.last_token);
        let row = self.store.rows.get_mut(id).unwrap();
        (row.lease, row.wake_at, row.woken) = (Some(Lease { token, until: now + LEASE }), None, false);
        for event in std::mem::take(&mut row.inbox) {
            row.notes.extend(apply(&mut row.record, event, now));
        }
        (row.record.clone(), token)
    }

    /// From here on nothing begins.
    pub(super) fn stand_still(&mut self) {
        self.store.still_since.get_or_insert(self.now);
    }

    /// What was held back may go on.
    pub(super) fn lift_standstill(&mut self) {
        if self.store.still_since.take().is_some() && self.faults.lifting_wakes {
            let ids: Vec<_> = self.store.rows.keys().cloned().collect();
            for id in &ids {
                self.wake(id);
            }
        }
    }

    fn is_held_back(&self) -> Result<(), Hold> {
        match self.store.still_since {
            Some(_) if self.faults.stands_still => {
                Err(Hold { kind: HoldKind::Standstill, on: "everything to go on".to_owned(), until: None })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Whatever is in the record itself holds it back as well.
    fn demand_that_nothing_holds_it(&mut self, record: &OperationRecord) {
        let early = record.begins_at.is_some_and(|begins_at| begins_at > self.now);
        let alone = record.approval.as_ref().is_some_and(|approval| approval.given.is_none());
        if early || alone {
            self.violation(format!("{} begins while something holds it back", record.id));
        }
    }

    /// Somebody may have something to go on with. Comes twice, late, or while it is worked on.
    pub(super) fn wake(&mut self, id: &str) {
        let (keeps, now) = (self.faults.keeps_wake_ups, self.now);
        let Some(row) = self.store.rows.get_mut(id) else { return };
        if keeps { row.woken = true } else { row.wake_at = Some(now) }
    }

    pub(super) fn cancel(&mut self, id: &str) {
        let row = self.store.rows.get_mut(id).unwrap();
        let (by, reason) = ("Ada".to_owned(), "it is not needed".to_owned());
        row.inbox.push(Event::CancelRequested { by, reason });
        self.wake(id);
    }

    /// A person answers, if it still is a question.
    pub(super) fn decide(&mut self, id: &str, choice: &str) {
        let now = self.now;
        let row = self.store.rows.get_mut(id).unwrap();
        if row.lease.is_some() {
            return;
        }
        let chosen = offered(&row.record).iter().find(|offered| offered.id == choice);
        if chosen.is_some_and(|chosen| chosen.effect == StoredEffect::Retry) {
            let step = current(&row.record).map(|index| row.record.steps[index].key).unwrap_or_default();
            *row.repeated_by_choice.entry(step).or_default() += 1;
        }
        let event = Event::Decided { choice: choice.to_owned(), by: "Ada".to_owned(), reason: String::new() };
        row.notes.extend(apply(&mut row.record, event, now));
        self.wake(id);
    }

    fn admit(&mut self, id: &str, token: i64) -> Result<(), JournalError> {
        let held = self.store.rows[id].lease.map(|lease| lease.token);
        if held == Some(token) || !self.faults.fenced { Ok(()) } else { Err(JournalError::LeaseLost) }
    }

    fn write(
        &mut self,
        record: &OperationRecord,
        notes: Vec<Note>,
        rest: Option<Rest>,
        token: i64,
    ) -> Result<(), JournalError> {
        self.admit(&record.id, token)?;
        if notes.iter().any(|note| matches!(note.kind, "step.begun" | "step.undo_begun")) {
            self.is_held_back().map_err(JournalError::HeldBack)?;
            self.demand_that_nothing_holds_it(record);
        }
        self.compare_attempts(record);
        let now = self.now;
        let row = self.store.rows.get_mut(&record.id).unwrap();
        row.record = record.clone();
        row.notes.extend(notes);
        // Working on renews the lease.
        row.lease = rest.is_none().then_some(Lease { token, until: now + LEASE });
        match rest {
            None => {}
            Some(Rest::Parked { until }) => {
                row.wake_at = until;
                self.demand_somebody_who_wakes(&record.id);
            }
            Some(Rest::Held) => {
                // Lifted meanwhile: nobody else would wake it.
                row.wake_at = self.store.still_since.is_none().then_some(now);
                self.demand_somebody_who_wakes(&record.id);
            }
            Some(Rest::Over) => self.release(&record.id),
        }
        Ok(())
    }

    fn compare_attempts(&mut self, record: &OperationRecord) {
        let before = &self.store.rows[&record.id].record;
        let fewer = before.steps.iter().any(|old| {
            record.steps.iter().find(|new| new.key == old.key).is_none_or(|new| new.attempts < old.attempts)
        });
        if fewer {
            self.violation(format!("{}: a step is gone, or has fewer tries than before", record.id));
        }
    }

    /// What rests says until when, or somebody has to be there who wakes it.
    fn demand_somebody_who_wakes(&mut self, id: &str) {
        let row = &self.store.rows[id];
        let blocked = blocking(id, &row.wanted, &self.store.locks).is_some();
        let (record, queued) = (&row.record, self.store.locks.iter().any(|e| e.operation == id && !e.held));
        let held = self.store.still_since.is_some()
            && record.waiting.as_ref().is_some_and(|waiting| waiting.hold == Some(HoldKind::Standstill));
        if row.wake_at.is_none() && record.attention.is_none() && !row.woken && !(queued && blocked) && !held
        {
            self.violation(format!("{id} rests and nobody wakes it"));
        } else if let (Some(until), None) = (row.wake_at, &record.attention)
            && until > self.now
            && record.waiting.as_ref().and_then(|waiting| waiting.next_check) != Some(until)
        {
            self.violation(format!(
                "{id} rests until {until} and does not say what it waits for: {:?}",
                record.waiting
            ));
        }
    }

    fn take_locks(&mut self, id: &str, token: i64) -> Result<LockAnswer, JournalError> {
        self.admit(id, token)?;
        if let Err(hold) = self.is_held_back() {
            // It queues for nothing: what nothing holds back must be able to pass it.
            self.release(id);
            return Ok(LockAnswer::HeldBack(hold));
        }
        let (wanted, locks) = (self.store.rows[id].wanted.clone(), &mut self.store.locks);
        if let Some(other) = blocking(id, &wanted, locks) {
            let answer = LockAnswer::Busy {
                on: other.lock.resource.clone(),
                operation: Some(other.operation.clone()),
            };
            locks.retain(|entry| entry.operation != id);
            locks.extend(wanted.into_iter().map(|lock| LockEntry {
                operation: id.to_owned(),
                lock,
                held: false,
            }));
            return Ok(answer);
        }
        locks.retain(|entry| entry.operation != id);
        locks.extend(wanted.into_iter().map(|lock| LockEntry { operation: id.to_owned(), lock, held: true }));
        Ok(LockAnswer::Taken)
    }

    fn release(&mut self, id: &str) {
        self.store.locks.retain(|entry| entry.operation != id);
        let waiters: Vec<_> =
            self.store.locks.iter().filter(|entry| !entry.held).map(|e| e.operation.clone()).collect();
        for waiter in waiters {
            self.wake(&waiter);
        }
    }
}

/// A worker's hold on one operation.
pub(super) struct Held {
    pub(super) world: World,
    pub(super) id: String,
    pub(super) token: i64,
}

impl Held {
    /// Now and then the store does not answer; what was written before is written.
    fn is_cut_off(&self) -> Result<(), JournalError> {
        let mut shared = self.world.shared();
        if shared.faults.store && shared.chance(3) {
            return Err(JournalError::Unavailable("the connection broke".to_owned()));
        }
        Ok(())
    }
}

#[async_trait]
impl Journal for Held {
    async fn commit(
        &mut self,
        record: &OperationRecord,
        notes: Vec<Note>,
        rest: Option<Rest>,
    ) -> Result<(), JournalError> {
        pause().await;
        self.is_cut_off()?;
        self.world.shared().write(record, notes, rest, self.token)?;
        pause().await;
        self.is_cut_off()
    }

    async fn take_locks(&mut self, record: &OperationRecord) -> Result<LockAnswer, JournalError> {
        debug_assert_eq!(record.id, self.id);
        pause().await;
        self.is_cut_off()?;
        let answer = self.world.shared().take_locks(&self.id, self.token)?;
        pause().await;
        self.is_cut_off()?;
        Ok(answer)
    }

    async fn differs_from_approved(&mut self, _: &OperationRecord) -> Result<Option<String>, JournalError> {
        pause().await;
        self.is_cut_off()?;
        let mut shared = self.world.shared();
        let differs = shared.faults.agents && shared.chance(20);
        Ok(differs.then(|| "What the plan was made from has changed.".to_owned()))
    }
}
