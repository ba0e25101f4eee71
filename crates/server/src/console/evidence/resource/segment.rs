//! Which part of the chain a time is: behind a checkpoint that was signed before it, up to one that was signed after it.

use std::time::Duration;

use evidence::Checkpoint;
use read_models::audit::AuditSearch;
use read_models::error::{ConsoleError, ErrorKind, FieldError};
use read_models::time::Timestamp;

use super::{MOST_PLACES, too_large};
use crate::console::Asking;
use crate::console::evidence::audit::unmeant;
use crate::store::{chain, checkpoints};

/// What waits for its number has it in moments; so long is waited for it.
const TRIES: u32 = 40;
const BETWEEN: Duration = Duration::from_millis(100);

/// A part of the chain without a gap.
pub(super) struct Segment {
    pub(super) before: Option<Checkpoint>,
    pub(super) end: Checkpoint,
}

impl Segment {
    /// The number of its first event.
    pub(super) fn first(&self) -> i64 {
        self.before.as_ref().map_or(1, |before| before.seq + 1)
    }

    /// How many events stand in it.
    pub(super) fn places(&self) -> i64 {
        self.end.seq - self.first() + 1
    }
}

impl Asking {
    /// What is asked for: on what, from when until when; nothing is asked of the future.
    pub(super) fn asked_of(
        &self,
        search: &AuditSearch,
    ) -> Result<(String, (Timestamp, Timestamp)), ConsoleError> {
        let filter = search.read().map_err(unmeant)?;
        let missing = |name: &str, sentence: &str| {
            unmeant(vec![FieldError { pointer: format!("/{name}"), sentence: sentence.to_owned() }])
        };
        let resource = filter.resource.ok_or_else(|| missing("resource", "Say on what: node:node_…."))?;
        let from = filter.from.ok_or_else(|| missing("from", "Say from when: 2026-11-22T14:02."))?;
        let until = filter.until.unwrap_or_else(|| self.now()).min(self.now());
        if from > until {
            return Err(missing("from", "Choose a beginning that is not in the future."));
        }
        Ok((resource, (from, until)))
    }

    /// The part of the chain in which everything of that time stands.
    pub(super) async fn segment(&self, from: Timestamp, until: Timestamp) -> Result<Segment, ConsoleError> {
        let (db, proof) = (&self.state().db, self.proof());
        self.numbered(until).await?;
        let signed = checkpoints::signed_after(db, &proof, until).await;
        let end = match signed.map_err(|error| self.broken(error))? {
            Some(end) => end,
            None => self.signed_now().await?,
        };
        let before = checkpoints::signed_before(db, &proof, from, end.seq).await;
        let segment = Segment { before: before.map_err(|error| self.broken(error))?, end };
        if segment.places() <= MOST_PLACES {
            return Ok(segment);
        }
        let first = segment.first();
        let fits = checkpoints::list(db, &proof, first + MOST_PLACES, 1).await;
        let fits = fits.map_err(|error| self.broken(error))?.pop().filter(|fits| fits.seq >= first);
        let sentence = format!(
            "{} events happened on the platform in that time, and a bundle holds at most {MOST_PLACES}: each stands in it, so that none can be missing.",
            segment.places()
        );
        Err(too_large(sentence, fits.map(|fits| Timestamp::from_micros(fits.at))))
    }

    /// Waits until everything of that time has its number.
    async fn numbered(&self, until: Timestamp) -> Result<(), ConsoleError> {
        for attempt in 0..TRIES {
            let waiting = chain::unnumbered_before(&self.state().db, &self.proof(), until).await;
            if waiting.map_err(|error| self.broken(error))? == 0 {
                return Ok(());
            }
            self.state().hub.wake_sequencer();
            if attempt + 1 < TRIES {
                tokio::time::sleep(BETWEEN).await;
            }
        }
        let sentence = "What happened is not numbered yet: the bundle would not prove anything.";
        Err(ConsoleError::new(ErrorKind::Unavailable, "not_covered_yet", sentence)
            .next("Ask again in a moment."))
    }

    /// A checkpoint of where the chain ends at this moment: nothing happened since the last that is kept, or it is younger
    /// than that. It says no more than what is committed.
    async fn signed_now(&self) -> Result<Checkpoint, ConsoleError> {
        let now = self.now();
        let head = checkpoints::head(&self.state().db, &self.proof()).await;
        let (seq, hash) = head.map_err(|error| self.broken(error))?;
        if seq == 0 {
            let sentence = "Nothing has happened yet: there is no event that a bundle could hold.";
            return Err(ConsoleError::new(ErrorKind::Conflict, "nothing_happened", sentence)
                .next("Ask again when something has happened."));
        }
        Ok(Checkpoint::sign(&self.state().evidence, seq, &hash, now.as_micros()))
    }
}
