//! Carrying operations on as the workers do, one after the other, with time that jumps to whatever is due next. A journal
//! can be made to trip: the worker dies, or loses its lease, at the n-th commit.

use std::time::Duration;

use async_trait::async_trait;
use operations::{DriveError, Journal, JournalError, LockAnswer, Note, OperationRecord, Rest};
use read_models::ids::OperationId;
use read_models::time::Timestamp;

use super::Site;
use crate::args;
use crate::clock::Clock as _;
use crate::nodes::silent;
use crate::state::AppState;
use crate::store::db::Db;
use crate::workers::engine::{StoreJournal, take, work};
use crate::workers::{checkpoints, reclaim, sequencer};

/// More rounds than anything needs that comes to an end.
const ROUNDS: u32 = 3000;

/// Where a worker is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Trip {
    #[default]
    Never,
    /// It dies before its n-th commit: what it did last is done and not written down.
    DiesBefore(u32),
    /// It dies after its n-th commit.
    DiesAfter(u32),
    /// It sleeps before its n-th commit, and another worker takes the operation over.
    LosesItsLeaseBefore(u32),
    /// Every second commit is lost: whatever is performed, observed or undone is so twice.
    LosesEverySecond,
}

/// What has happened of that.
#[derive(Debug, Default)]
pub(crate) struct Trips {
    pub(crate) at: Trip,
    commits: u32,
    /// Whether it came to it.
    pub(crate) fired: bool,
}

impl Site {
    /// Until everything is over, waits for a person, or waits for somebody who is.
    pub(crate) async fn run_until_it_rests(&mut self) {
        for _ in 0..ROUNDS {
            let worked = self.work_once().await;
            let said = self.agents_turn().await;
            self.clock.advance(Duration::from_millis(1));
            if worked || said {
                continue;
            }
            let Some(due) = next_wake(&self.state.db).await else { return };
            self.is_numbered_and_signed().await;
            self.clock.advance(due.since(self.clock.now()));
            self.agents_beat().await;
            silent::mark_unreachable(&self.state).await.unwrap();
        }
        panic!("it does not come to rest");
    }

    /// Until the worker was lost where it was to be, or everything rests.
    pub(crate) async fn run_until_it_trips(&mut self) {
        for _ in 0..ROUNDS {
            let worked = self.work_once().await;
            // A lease of no length is over a moment later.
            self.clock.advance(Duration::from_millis(1));
            if self.trips.fired {
                return;
            }
            let said = self.agent.turn(&self.state).await;
            if worked || said {
                continue;
            }
            let Some(due) = next_wake(&self.state.db).await else { return };
            self.is_numbered_and_signed().await;
            self.clock.advance(due.since(self.clock.now()));
            self.agent.beats(&self.state).await;
        }
        panic!("it does not come to rest");
    }

    /// Whether any agent had something to say.
    pub(crate) async fn agents_turn(&mut self) -> bool {
        let mut said = self.agent.turn(&self.state).await;
        for (_, other) in &mut self.others {
            said |= other.turn(&self.state).await;
        }
        said
    }

    pub(crate) async fn agents_beat(&mut self) {
        self.agent.beats(&self.state).await;
        for (_, other) in &mut self.others {
            other.beats(&self.state).await;
        }
    }

    /// What the sequencer does meanwhile.
    async fn is_numbered_and_signed(&self) {
        while sequencer::turn(&self.state).await.unwrap() > 0 {}
        // A test may have the database refuse this.
        drop(checkpoints::turn(&self.state).await);
    }

    /// Carries on what is due now; whether anything was.
    pub(crate) async fn work_once(&mut self) -> bool {
        let leased = take(&self.state, 8).await.unwrap();
        let some = !leased.is_empty();
        for (id, leased) in leased {
            let (token, mut record) = (leased.fencing_token, leased.record.clone());
            let inner = StoreJournal::new(&self.state, id.clone(), leased);
            let mut journal = Tripping { inner, trips: &mut self.trips, state: &self.state, id };
            match work(&self.state, &mut record, token, &mut journal).await {
                Ok(_) | Err(DriveError::Journal(_)) => {}
                Err(unreadable @ DriveError::Unreadable { .. }) => panic!("{unreadable}"),
            }
        }
        some
    }

    /// The workload's processes that ended by themselves give their slots back.
    pub(crate) async fn slots_are_reclaimed(&mut self) {
        for _ in 0..3 {
            reclaim::give_back(&self.state).await.unwrap();
            self.agent.turn(&self.state).await;
        }
    }
}

async fn next_wake(db: &Db) -> Option<Timestamp> {
    // Looking again while a person is asked goes on for ever.
    const NEXT: &str =
        "SELECT MIN(wake_at) AS at FROM operation WHERE finished_at IS NULL AND attention IS NULL";
    db.row(NEXT, args![]).await.unwrap().unwrap().opt_timestamp("at").unwrap()
}

/// The journal of the store, which a test can have fail.
struct Tripping<'a> {
    inner: StoreJournal<'a>,
    trips: &'a mut Trips,
    state: &'a AppState,
    id: OperationId,
}

impl Tripping<'_> {
    /// Whether the worker is lost before or after what it is about to do.
    async fn trips(&mut self) -> (bool, bool) {
        self.trips.commits += 1;
        let now = self.trips.commits;
        let (before, after) = match self.trips.at {
            Trip::Never => (false, false),
            Trip::DiesBefore(n) => (n == now, false),
            Trip::DiesAfter(n) => (false, n == now),
            Trip::LosesItsLeaseBefore(n) => {
                if n == now {
                    self.trips.fired = true;
                    self.is_taken_over().await;
                }
                (false, false)
            }
            Trip::LosesEverySecond => (now % 2 == 1, false),
        };
        self.trips.fired |= before || after;
        (before, after)
    }

    async fn is_taken_over(&self) {
        const TAKE: &str =
            "UPDATE operation SET fencing_token = fencing_token + 1, lease_until = 0 WHERE id = $1";
        self.state.db.execute(TAKE, args![&self.id]).await.unwrap();
    }
}

fn died() -> JournalError {
    JournalError::Unavailable("the worker died".to_owned())
}

#[async_trait]
impl Journal for Tripping<'_> {
    async fn commit(
        &mut self,
        record: &OperationRecord,
        notes: Vec<Note>,
        rest: Option<Rest>,
    ) -> Result<(), JournalError> {
        let (before, after) = self.trips().await;
        if before {
            return Err(died());
        }
        self.inner.commit(record, notes, rest).await?;
        if after { Err(died()) } else { Ok(()) }
    }

    async fn differs_from_approved(
        &mut self,
        record: &OperationRecord,
    ) -> Result<Option<String>, JournalError> {
        self.inner.differs_from_approved(record).await
    }

    fn is_stopping(&self) -> bool {
        self.inner.is_stopping()
    }

    async fn take_locks(&mut self, record: &OperationRecord) -> Result<LockAnswer, JournalError> {
        if self.trips.at == Trip::LosesEverySecond {
            // Or it would be this one that is kept and the commit behind it that is lost, for ever.
            return self.inner.take_locks(record).await;
        }
        let (before, after) = self.trips().await;
        if before {
            return Err(died());
        }
        let answer = self.inner.take_locks(record).await?;
        if after { Err(died()) } else { Ok(answer) }
    }
}
