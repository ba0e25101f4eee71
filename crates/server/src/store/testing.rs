//! Fresh databases for tests: every store test runs on `SQLite` and on `PostgreSQL` from one source.
//!
//! `PostgreSQL` is used when `SLIPWAY_TEST_POSTGRES` holds the address of a server on which databases may be made. Without
//! it those tests say that they were skipped; in CI they fail instead.
#![doc(hidden)]
#![expect(clippy::expect_used, reason = "test support: a test without its database stops")]

use std::future::Future;
use std::path::PathBuf;
use std::str::FromStr;

use read_models::time::Timestamp;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, SqlSafeStr};

use super::db::{DatabaseUrl, Db};
use super::migrate;
use crate::ids::{Ids, SystemIds};

const SERVER: &str = "SLIPWAY_TEST_POSTGRES";

/// Runs the test on both databases, migrated: `on_both(async |db| { … }).await`.
pub async fn on_both<T, F>(test: T)
where
    T: Fn(Db) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    for fresh in everywhere().await {
        migrate::run(&fresh.db, Timestamp::from_micros(0)).await.expect("migrations run on a fresh database");
        fresh.run(&test).await;
    }
}

/// The same without any table.
pub async fn on_both_empty<T, F>(test: T)
where
    T: Fn(Db) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    for fresh in everywhere().await {
        fresh.run(&test).await;
    }
}

/// A migrated `SQLite` database in a folder of its own; for tests of things above the store.
pub async fn sqlite() -> TestDb {
    let fresh = TestDb::sqlite().await;
    migrate::run(&fresh.db, Timestamp::from_micros(0)).await.expect("migrations run on a fresh database");
    fresh
}

/// Every statement of every aggregate, with the aggregate's name.
pub fn statements() -> impl Iterator<Item = (&'static str, &'static str)> {
    super::SQL
        .iter()
        .flat_map(|(aggregate, statements)| statements.iter().map(|statement| (*aggregate, *statement)))
}

/// Has the database read a statement without running it.
pub async fn prepare(db: &Db, statement: &'static str) -> Result<(), sqlx::Error> {
    match db {
        Db::Sqlite { read, .. } => {
            sqlx::Executor::prepare(read.take().await?.connection()?, statement.into_sql_str())
                .await
                .map(drop)
        }
        Db::Postgres(pool) => sqlx::Executor::prepare(pool, statement.into_sql_str()).await.map(drop),
    }
}

/// A database that goes away with its test.
#[derive(Debug)]
pub struct TestDb {
    pub db: Db,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Folder(Folder),
    Database { name: String, server: Box<PgConnectOptions> },
}

/// Removed with everything in it, also when its test panics.
#[derive(Debug)]
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left of a failed removal is in the folder for temporary things.
        drop(std::fs::remove_dir_all(&self.0));
    }
}

async fn everywhere() -> Vec<TestDb> {
    let mut all = vec![TestDb::sqlite().await];
    if let Ok(server) = std::env::var(SERVER) {
        all.push(TestDb::postgres(&server).await);
    } else {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "CI needs {SERVER}");
        eprintln!("PostgreSQL was skipped: {SERVER} is not set");
    }
    all
}

impl TestDb {
    async fn sqlite() -> Self {
        let folder = std::env::temp_dir().join(format!("slipway-test-{}", SystemIds.uuid()));
        std::fs::create_dir_all(&folder).expect("a folder for the test can be made");
        let db =
            Db::connect(&DatabaseUrl::Sqlite(folder.join("slipway.db"))).await.expect("a fresh file opens");
        Self { db, place: Place::Folder(Folder(folder)) }
    }

    async fn postgres(server: &str) -> Self {
        let server =
            PgConnectOptions::from_str(server).expect("the address in SLIPWAY_TEST_POSTGRES can be read");
        let name = format!("slipway_test_{}", SystemIds.uuid());
        on_server(&server, format!("CREATE DATABASE {name}")).await;
        let url = DatabaseUrl::Postgres(Box::new(server.clone().database(&name)));
        let db = Db::connect(&url).await.expect("a fresh database can be opened");
        Self { db, place: Place::Database { name, server: Box::new(server) } }
    }

    /// Runs the test in a task of its own, so that the database goes away also when it panics.
    async fn run<T, F>(self, test: &T)
    where
        T: Fn(Db) -> F,
        F: Future<Output = ()> + Send + 'static,
    {
        let outcome = tokio::spawn(test(self.db.clone())).await;
        self.remove().await;
        if let Err(failed) = outcome {
            std::panic::resume_unwind(failed.into_panic());
        }
    }

    /// Closes and removes the database.
    pub async fn remove(self) {
        self.db.close().await;
        match self.place {
            Place::Folder(folder) => drop(folder),
            Place::Database { name, server } => {
                on_server(&server, format!("DROP DATABASE {name} WITH (FORCE)")).await;
            }
        }
    }
}

async fn on_server(server: &PgConnectOptions, statement: String) {
    let mut connection: PgConnection = server.connect().await.expect("the PostgreSQL server answers");
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(&mut connection)
        .await
        .expect("databases may be made and dropped");
    connection.close().await.expect("the connection closes");
}
