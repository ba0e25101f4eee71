//! A database of its own for each site, and what is read from it beside the server: settings, allocations, the chain.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::Path;
use std::str::FromStr as _;

use crate::say;
use evidence::{Link, OwnedEvent};
use node_protocol::Heartbeat;
use server::args;
use server::ids::{Ids as _, SystemIds};
use server::store::db::{DatabaseUrl, Db};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};

const POSTGRES: &str = "SLIPWAY_TEST_POSTGRES";
const EVENTS: &str =
    "SELECT seq, id, at, kind, actor, sentence, operation_id, step, project_id, resource, body,
    prev_hash, hash FROM event ORDER BY seq";
const WAITING: &str = "SELECT COUNT(*) AS number FROM outbox";
const ALLOCATIONS: &str = "SELECT slot, workload_id FROM allocation ORDER BY slot";
const NODE: &str = "SELECT heartbeat, last_heartbeat_at FROM node WHERE id = $1";
const LAST_HASH: &str = "SELECT hash FROM event ORDER BY seq DESC LIMIT 1";
const BACKENDS: &str = "SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()";
const LEASES: &str =
    "SELECT (SELECT COUNT(*) FROM operation WHERE lease_owner IS NOT NULL OR lease_until > 0)
    + (SELECT COUNT(*) FROM sequencer WHERE lease_owner IS NOT NULL OR lease_until > 0) AS number";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

/// The databases there are to test with. In CI there must be both.
pub(crate) fn kinds() -> Vec<Kind> {
    if std::env::var_os(POSTGRES).is_some() {
        return vec![Kind::Sqlite, Kind::Postgres];
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "CI needs {POSTGRES}");
    say(&format!("PostgreSQL was skipped: {POSTGRES} is not set"));
    vec![Kind::Sqlite]
}

/// A database that goes away with its site.
pub(crate) struct Database {
    pub(crate) url: String,
    /// Its name on the `PostgreSQL` server.
    name: Option<String>,
}

/// Which workload is in which slot.
pub(crate) type Slots = BTreeMap<u32, String>;

impl Database {
    pub(crate) fn make(kind: Kind, folder: &Path) -> Self {
        match kind {
            Kind::Sqlite => {
                Self { url: format!("sqlite:{}", folder.join("slipway.db").display()), name: None }
            }
            Kind::Postgres => {
                let name = format!("slipway_faults_{}", SystemIds.uuid());
                on_server(format!("CREATE DATABASE {name}"));
                let server = std::env::var(POSTGRES).expect("kinds() has looked");
                let (address, _) = server.rsplit_once('/').expect("an address ends with a database");
                Self { url: format!("{address}/{name}"), name: Some(name) }
            }
        }
    }

    /// What a commit that was answered survives: the settings of a connection as the server opens it.
    pub(crate) fn assert_durable(&self) {
        self.read(async |db| {
            let mut tx = db.begin().await.expect("a transaction begins");
            if db.is_sqlite() {
                let row = tx.row("PRAGMA synchronous", args![]).await.expect("it answers").expect("a row");
                assert_eq!(
                    row.int("synchronous").expect("a number"),
                    2,
                    "SQLite does not run with synchronous=FULL"
                );
                return;
            }
            for (ask, name) in [
                ("SHOW fsync", "fsync"),
                ("SHOW synchronous_commit", "synchronous_commit"),
                ("SHOW full_page_writes", "full_page_writes"),
            ] {
                let row = tx.row(ask, args![]).await.expect("it answers").expect("a row");
                assert_eq!(row.text(name).expect("a word"), "on", "PostgreSQL runs without {name}");
            }
        });
    }

    /// Slots as they are held in the database.
    pub(crate) fn allocations(&self) -> Slots {
        self.read(async |db| {
            let rows = db.rows(ALLOCATIONS, args![]).await.expect("it answers");
            let slot = |number: i64| u32::try_from(number).expect("a slot");
            let held = |row: &server::store::db::Row| Ok((slot(row.int("slot")?), row.text("workload_id")?));
            rows.iter()
                .map(held)
                .collect::<Result<_, server::store::db::StoreError>>()
                .expect("readable rows")
        })
    }

    /// Slots as the agent reported them last, and when.
    pub(crate) fn reported(&self, node: &str) -> (Slots, i64) {
        let node = node.to_owned();
        self.read(async move |db| {
            let row = db.row(NODE, args![node.as_str()]).await.expect("it answers").expect("the node");
            let beat: Option<Heartbeat> = row.opt_json("heartbeat").expect("a heartbeat");
            let slots = beat.map(|beat| beat.slots).unwrap_or_default();
            let held = slots.into_iter().filter_map(|slot| Some((slot.index, slot.workload?.to_string())));
            (held.collect(), row.opt_int("last_heartbeat_at").expect("a time").unwrap_or(0))
        })
    }

    /// The processes that serve this database; none while it starts again after a crash, and none for `SQLite`.
    pub(crate) fn backends(&self) -> Vec<i32> {
        if self.name.is_none() {
            return Vec::new();
        }
        let options = PgConnectOptions::from_str(&self.url).expect("our own address");
        on_runtime(async move {
            let mut connection = options.connect().await?;
            let found: Result<Vec<i32>, _> = sqlx::query_scalar(BACKENDS).fetch_all(&mut connection).await;
            let _ = connection.close().await;
            found
        })
        .unwrap_or_default()
    }

    /// How many leases somebody holds.
    pub(crate) fn leases(&self) -> i64 {
        self.read(async |db| {
            db.row(LEASES, args![])
                .await
                .expect("it answers")
                .expect("a row")
                .int("number")
                .expect("a number")
        })
    }

    /// Events that wait for their number.
    pub(crate) fn unnumbered(&self) -> i64 {
        self.read(async |db| {
            db.row(WAITING, args![])
                .await
                .expect("it answers")
                .expect("a row")
                .int("number")
                .expect("a number")
        })
    }

    /// The hash of the newest event.
    pub(crate) fn last_hash(&self) -> String {
        self.read(async |db| {
            let row = db.row(LAST_HASH, args![]).await.expect("it answers").expect("an event");
            row.text("hash").expect("a hash")
        })
    }

    /// Every event, after the whole chain was verified.
    pub(crate) fn verified_events(&self) -> Vec<OwnedEvent> {
        let chain = self.read(async |db| {
            let rows = db.rows(EVENTS, args![]).await.expect("it answers");
            rows.iter().map(event).collect::<Result<Vec<_>, _>>().expect("readable rows")
        });
        if let Err(broken) = evidence::verify(chain.iter().cloned()) {
            panic!("the chain does not verify: {broken}");
        }
        chain.into_iter().map(|(event, _)| event).collect()
    }

    fn read<T, F: Future<Output = T>>(&self, work: impl FnOnce(Db) -> F) -> T {
        let url: DatabaseUrl = self.url.parse().expect("our own address");
        on_runtime(async move {
            let db = Db::connect(&url).await.expect("the database opens");
            let answer = work(db.clone()).await;
            db.close().await;
            answer
        })
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            on_server(format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }
}

fn event(row: &server::store::db::Row) -> Result<(OwnedEvent, Link), server::store::db::StoreError> {
    let seq = row.int("seq")?;
    let event = OwnedEvent {
        seq,
        id: row.text("id")?,
        at: row.int("at")?,
        kind: row.text("kind")?,
        actor: row.text("actor")?,
        sentence: row.text("sentence")?,
        operation: row.opt_text("operation_id")?,
        step: row.opt_int("step")?,
        project: row.opt_text("project_id")?,
        resource: row.opt_text("resource")?,
        body: row.text("body")?,
    };
    Ok((event, Link { seq, hash: row.text("hash")?, previous: row.text("prev_hash")? }))
}

fn on_server(statement: String) {
    let server = std::env::var(POSTGRES).expect("the address of a server");
    let server = PgConnectOptions::from_str(&server).expect("its address can be read");
    on_runtime(async move {
        let mut connection: PgConnection = server.connect().await.expect("the PostgreSQL server answers");
        let done = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await;
        done.expect("databases may be made and dropped");
        connection.close().await.expect("the connection closes");
    });
}

fn on_runtime<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime can be made").block_on(work)
}
