//! One database handle over `SQLite` and `PostgreSQL`: connect, read, and write inside a transaction.
//!
//! Every statement is one constant text with `$n` that runs on both. All columns are text or 64-bit integers, so that
//! nothing has to be translated on the way: ids are text, times are microseconds since the Unix epoch, flags are 0 and 1,
//! documents are JSON in text. Statements are constants; a text put together at run time does not compile.

mod arg;
mod error;
mod readers;
mod row;
mod url;

use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Connection as _, Postgres, Sqlite, Transaction};

pub use self::arg::Arg;
pub use self::error::{StoreError, exactly_one};
pub use self::readers::Readers;
pub use self::row::{Row, StoredId};
pub use self::url::{DatabaseUrl, DatabaseUrlError};
pub use crate::args;

/// How long a statement waits for another writer before the caller hears "unavailable".
const BUSY: Duration = Duration::from_secs(10);
/// Connections of one server to `PostgreSQL`.
const POSTGRES_CONNECTIONS: u32 = 10;
/// Readers of the `SQLite` file; there is one writer.
const SQLITE_READERS: u32 = 8;
/// Statements a connection keeps prepared; there are fewer.
const STATEMENTS: usize = 500;
/// A connection to `PostgreSQL` that was used so recently is not asked whether it still works.
const FRESH: Duration = Duration::from_secs(1);

/// The database, for reads and for beginning a transaction. Cheap to clone.
#[derive(Clone, Debug)]
pub enum Db {
    /// The embedded default. All writes go through one connection, so that two of them wait in line instead of failing.
    Sqlite { read: Readers, write: SqlitePool, path: PathBuf },
    /// The production part.
    Postgres(PgPool),
}

/// A transaction. Dropping it without [`Tx::commit`] undoes everything.
#[derive(Debug)]
pub enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// What can be asked questions: the database (`&mut &db`) or an open transaction (`&mut tx`). A store function that
/// takes `&mut impl Reader` can be called from both.
pub trait Reader: Send {
    /// All rows of the answer.
    fn rows(
        &mut self,
        sql: &'static str,
        args: &[Arg],
    ) -> impl Future<Output = Result<Vec<Row>, StoreError>> + Send;
    /// The first row, if there is one.
    fn row(
        &mut self,
        sql: &'static str,
        args: &[Arg],
    ) -> impl Future<Output = Result<Option<Row>, StoreError>> + Send;
}

impl Db {
    /// Opens the database (and makes the `SQLite` file when there is none). Nothing is migrated here.
    pub async fn connect(url: &DatabaseUrl) -> Result<Self, StoreError> {
        match url {
            DatabaseUrl::Sqlite(path) => connect_sqlite(path).await,
            DatabaseUrl::Postgres(options) => connect_postgres((**options).clone()).await,
        }
    }

    /// Begins a transaction that may write. On `SQLite` it is the only writer from this moment on.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        match self {
            Self::Sqlite { write, .. } => Ok(Tx::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?)),
            Self::Postgres(pool) => Ok(Tx::Postgres(pool.begin().await?)),
        }
    }

    /// All rows of the answer, read outside a transaction.
    pub async fn rows(&self, sql: &'static str, args: &[Arg]) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Sqlite { read, .. } => {
                row::from_sqlite(arg::sqlite(sql, args)?.fetch_all(read.take().await?.connection()?).await)
            }
            Self::Postgres(pool) => row::from_postgres(arg::postgres(sql, args)?.fetch_all(pool).await),
        }
    }

    /// The first row, if there is one, read outside a transaction.
    pub async fn row(&self, sql: &'static str, args: &[Arg]) -> Result<Option<Row>, StoreError> {
        match self {
            Self::Sqlite { read, .. } => {
                let mut reader = read.take().await?;
                Ok(arg::sqlite(sql, args)?.fetch_optional(reader.connection()?).await?.map(Row::Sqlite))
            }
            Self::Postgres(pool) => {
                Ok(arg::postgres(sql, args)?.fetch_optional(pool).await?.map(Row::Postgres))
            }
        }
    }

    /// One statement in a transaction of its own; says how many rows it touched.
    pub async fn execute(&self, sql: &'static str, args: &[Arg]) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let touched = tx.execute(sql, args).await?;
        tx.commit().await?;
        Ok(touched)
    }

    /// Whether this is the embedded database; for `store/dialect` and the few places that may differ.
    pub fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite { .. })
    }

    /// The pools of connections by name: how many each has, and how many of those wait for work.
    pub fn connections(&self) -> Vec<(&'static str, u32, u32)> {
        let idle = |idle: usize| u32::try_from(idle).unwrap_or(u32::MAX);
        match self {
            Self::Sqlite { read, write, .. } => vec![
                ("read", SQLITE_READERS, idle(read.idle())),
                ("write", write.size(), idle(write.num_idle())),
            ],
            Self::Postgres(pool) => vec![("all", pool.size(), idle(pool.num_idle()))],
        }
    }

    /// Closes every connection; on `SQLite` this also folds the write-ahead log into the file.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { read, write, .. } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    /// Runs one statement and says how many rows it touched. An UPDATE that must touch one row ends with [`exactly_one`].
    pub async fn execute(&mut self, sql: &'static str, args: &[Arg]) -> Result<u64, StoreError> {
        match self {
            Self::Sqlite(tx) => Ok(arg::sqlite(sql, args)?.execute(&mut **tx).await?.rows_affected()),
            Self::Postgres(tx) => Ok(arg::postgres(sql, args)?.execute(&mut **tx).await?.rows_affected()),
        }
    }

    /// All rows of the answer.
    pub async fn rows(&mut self, sql: &'static str, args: &[Arg]) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Sqlite(tx) => row::from_sqlite(arg::sqlite(sql, args)?.fetch_all(&mut **tx).await),
            Self::Postgres(tx) => row::from_postgres(arg::postgres(sql, args)?.fetch_all(&mut **tx).await),
        }
    }

    /// The first row, if there is one.
    pub async fn row(&mut self, sql: &'static str, args: &[Arg]) -> Result<Option<Row>, StoreError> {
        match self {
            Self::Sqlite(tx) => Ok(arg::sqlite(sql, args)?.fetch_optional(&mut **tx).await?.map(Row::Sqlite)),
            Self::Postgres(tx) => {
                Ok(arg::postgres(sql, args)?.fetch_optional(&mut **tx).await?.map(Row::Postgres))
            }
        }
    }

    /// Makes everything since `begin` durable. When the connection breaks here it may have happened: look before repeating.
    pub async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }

    /// Several statements at once, without arguments: migrations only.
    pub(in crate::store) async fn script(&mut self, sql: &'static str) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(tx) => sqlx::raw_sql(sql).execute(&mut **tx).await.map(|_| ())?,
            Self::Postgres(tx) => sqlx::raw_sql(sql).execute(&mut **tx).await.map(|_| ())?,
        }
        Ok(())
    }

    /// Whether this is the embedded database.
    pub fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }
}

impl Reader for &Db {
    async fn rows(&mut self, sql: &'static str, args: &[Arg]) -> Result<Vec<Row>, StoreError> {
        Db::rows(self, sql, args).await
    }
    async fn row(&mut self, sql: &'static str, args: &[Arg]) -> Result<Option<Row>, StoreError> {
        Db::row(self, sql, args).await
    }
}

impl Reader for Tx {
    async fn rows(&mut self, sql: &'static str, args: &[Arg]) -> Result<Vec<Row>, StoreError> {
        Tx::rows(self, sql, args).await
    }
    async fn row(&mut self, sql: &'static str, args: &[Arg]) -> Result<Option<Row>, StoreError> {
        Tx::row(self, sql, args).await
    }
}

async fn connect_sqlite(path: &Path) -> Result<Db, StoreError> {
    // FULL: a commit that was answered survives the power cord, not only the process.
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY)
        .statement_cache_capacity(STATEMENTS)
        // Sorting never waits for the disk.
        .pragma("temp_store", "MEMORY")
        .foreign_keys(true);
    // The writer opens first: it makes the file and switches it to WAL before a reader looks.
    let write = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(BUSY)
        .connect_with(options.clone())
        .await?;
    let read = Readers::open(options, SQLITE_READERS, BUSY).await?;
    Ok(Db::Sqlite { read, write, path: path.to_path_buf() })
}

async fn connect_postgres(options: PgConnectOptions) -> Result<Db, StoreError> {
    let options =
        options.application_name("slipway").options([("default_transaction_isolation", "read committed")]);
    let options = options.statement_cache_capacity(STATEMENTS);
    let pool = PgPoolOptions::new()
        .max_connections(POSTGRES_CONNECTIONS)
        .acquire_timeout(BUSY)
        .test_before_acquire(false)
        .before_acquire(|connection, seen| {
            Box::pin(async move {
                if seen.idle_for > FRESH {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_with(options)
        .await?;
    Ok(Db::Postgres(pool))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::on_both_empty;

    #[tokio::test]
    async fn a_nul_byte_is_refused_by_both_databases_before_they_see_it() {
        on_both_empty(async |db| {
            let statement = "SELECT $1 AS kept";
            for nul in [args!["a\0b"], args![Some("\0")]] {
                assert!(matches!(db.row(statement, nul).await, Err(StoreError::Unstorable)));
                let mut tx = db.begin().await.unwrap();
                assert!(matches!(tx.execute(statement, nul).await, Err(StoreError::Unstorable)));
                // The transaction goes on: nothing was sent.
                let row = tx.row(statement, args!["\\u0000"]).await.unwrap().unwrap();
                assert_eq!(row.text("kept").unwrap(), "\\u0000");
            }
        })
        .await;
    }
}
