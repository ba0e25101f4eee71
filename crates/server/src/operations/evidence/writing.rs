//! A file of the audit, written a part at a time: how long it is and what it hashes to, without keeping it.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use read_models::audit::AuditFilter;
use sha2::{Digest as _, Sha256};

use crate::operations::World;
use crate::projections::audit_file::Format;
use crate::store::db::StoreError;
use crate::store::views::audit::{self, Place};

/// Events that are read at a time.
const BATCH: i64 = 1_000;
/// Events of one part: a moment's work, far less than a lease.
const PART: i64 = 20_000;
/// Files that are being made at one time by one server.
const AT_ONCE: usize = 32;

/// How far a file is.
#[derive(Clone)]
pub(super) struct Writing {
    pub(super) upto: i64,
    place: Option<Place>,
    pub(super) events: i64,
    pub(super) bytes: i64,
    hash: Sha256,
}

/// Files that are being made here. What is lost with the program is begun again: a file has one content, whoever makes it.
static UNDER_WAY: LazyLock<Mutex<HashMap<String, Writing>>> = LazyLock::new(Mutex::default);

impl Writing {
    /// What this operation has written so far; from its beginning when that is not known here.
    pub(super) fn of(operation: &str, format: Format, upto: i64) -> Self {
        let known = UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner).remove(operation);
        known.unwrap_or_else(|| {
            let head = format.head();
            let (hash, bytes) = (Sha256::new_with_prefix(&head), len(&head));
            Self { upto, place: None, events: 0, bytes, hash }
        })
    }

    /// Goes on with this later.
    pub(super) fn keep(self, operation: &str) {
        let mut all = UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner);
        // What was cancelled is never asked for again.
        if all.len() >= AT_ONCE {
            all.clear();
        }
        all.insert(operation.to_owned(), self);
    }

    /// Writes the next part; whether that was the last.
    pub(super) async fn part(
        &mut self,
        world: &World,
        filter: &AuditFilter,
        format: Format,
    ) -> Result<bool, StoreError> {
        let until = self.events + PART;
        while self.events < until {
            let found = audit::oldest(&world.db, &world.proof, filter, self.place, self.upto, BATCH).await?;
            let count = i64::try_from(found.len()).unwrap_or(i64::MAX);
            for event in &found {
                let line = format.line(event);
                self.bytes += len(&line);
                self.hash.update(line);
            }
            self.events += count;
            self.place = found.last().map(|last| Place { at: last.at, seq: last.seq }).or(self.place);
            if count < BATCH {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What it hashes to.
    pub(super) fn sha256(&self) -> String {
        hex::encode(self.hash.clone().finalize())
    }
}

fn len(text: &str) -> i64 {
    i64::try_from(text.len()).unwrap_or(i64::MAX)
}
