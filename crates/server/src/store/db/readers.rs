//! The readers of the `SQLite` file: a few connections that are lent out, one question at a time.
//!
//! A pool for a network asks each connection whether it still works, before and after it is used. These are in this
//! process and do not break; asking them would take longer than most questions.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection as _, Error};
use tokio::sync::{Semaphore, SemaphorePermit};

/// The readers. Cheap to clone.
#[derive(Clone)]
pub struct Readers(Arc<Lent>);

struct Lent {
    free: Mutex<Vec<SqliteConnection>>,
    places: Semaphore,
    all: u32,
    patience: Duration,
}

/// A reader for one question; it is given back when this is dropped.
pub struct Reading<'a> {
    connection: Option<SqliteConnection>,
    lent: &'a Lent,
    _place: SemaphorePermit<'a>,
}

impl Readers {
    /// Opens all of them.
    pub(super) async fn open(
        options: SqliteConnectOptions,
        all: u32,
        patience: Duration,
    ) -> Result<Self, Error> {
        let mut free = Vec::new();
        for _ in 0..all {
            free.push(SqliteConnection::connect_with(&options).await?);
        }
        let places = Semaphore::new(free.len());
        Ok(Self(Arc::new(Lent { free: Mutex::new(free), places, all, patience })))
    }

    /// Waits for one that is free.
    pub async fn take(&self) -> Result<Reading<'_>, Error> {
        let place = tokio::time::timeout(self.0.patience, self.0.places.acquire()).await;
        let place = place.map_err(|_| Error::PoolTimedOut)?.map_err(|_| Error::PoolClosed)?;
        let connection = self.0.free().pop();
        Ok(Reading { connection: Some(connection.ok_or(Error::PoolClosed)?), lent: &self.0, _place: place })
    }

    /// How many wait for a question.
    pub(super) fn idle(&self) -> usize {
        self.0.places.available_permits()
    }

    /// Waits until all are given back, and closes them.
    pub(super) async fn close(&self) {
        let whole = self.0.places.acquire_many(self.0.all).await;
        self.0.places.close();
        let all: Vec<_> = self.0.free().drain(..).collect();
        drop(whole);
        for connection in all {
            if let Err(error) = connection.close().await {
                tracing::debug!(%error, "a reader was not closed in order");
            }
        }
    }
}

impl Lent {
    fn free(&self) -> std::sync::MutexGuard<'_, Vec<SqliteConnection>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reading<'_> {
    pub fn connection(&mut self) -> Result<&mut SqliteConnection, Error> {
        self.connection.as_mut().ok_or(Error::PoolClosed)
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.lent.free().extend(self.connection.take());
    }
}

impl fmt::Debug for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readers").field("idle", &self.idle()).finish_non_exhaustive()
    }
}
