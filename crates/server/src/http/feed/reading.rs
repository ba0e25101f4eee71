//! What of the log somebody may read: all of it on the platform, else what belongs to their projects
//! and what is their own.

use read_models::error::ConsoleError;
use read_models::ids::ProjectId;

use crate::authz::{Feed, Permit, Principal, Read, Scope, authorize};
use crate::store::db::{Db, StoreError};
use crate::store::events::{self, StoredEvent};

/// How many events are read at once.
const BATCH: usize = 200;

/// The permits to read by.
pub(super) struct Reading(Vec<Permit<Read, Feed>>);

/// A part of the log.
pub(super) struct Batch {
    pub(super) events: Vec<StoredEvent>,
    /// The log was read up to this number.
    pub(super) read_to: i64,
}

impl Reading {
    /// What this person may read: at least what happens to what is their own.
    pub(super) fn of(who: &Principal) -> Result<Self, ConsoleError> {
        if let Ok(all) = authorize::<Read, Feed>(who, &Scope::Platform) {
            return Ok(Self(vec![all]));
        }
        let projects = who.projects().into_iter().map(Scope::Project);
        let mut permits: Vec<_> = projects.filter_map(|project| authorize(who, &project).ok()).collect();
        permits.push(authorize(who, &Scope::Person(who.user_id.clone()))?);
        Ok(Self(permits))
    }

    /// Whether things of this project may be read.
    pub(super) fn covers(&self, project: &ProjectId) -> bool {
        self.0.iter().any(|permit| permit.covers(project))
    }

    /// What came after a number, oldest first.
    pub(super) async fn after(&self, db: &Db, position: i64) -> Result<Batch, StoreError> {
        // Numbers are given in order and never later: what is up to here is all there.
        let mut read_to = events::last(db).await?;
        let mut found = Vec::new();
        if read_to <= position {
            return Ok(Batch { events: found, read_to: position });
        }
        for permit in &self.0 {
            let some = events::after(db, permit, position, i64::try_from(BATCH).unwrap_or(i64::MAX)).await?;
            if some.len() >= BATCH
                && let Some(end) = some.last()
            {
                // There is more of this project: the others wait at the same place.
                read_to = read_to.min(end.seq);
            }
            found.extend(some);
        }
        found.retain(|event| event.seq <= read_to);
        found.sort_by_key(|event| event.seq);
        Ok(Batch { events: found, read_to })
    }
}
