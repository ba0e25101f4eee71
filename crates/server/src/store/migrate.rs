//! Brings the database to this program's schema when the server starts, one transaction per migration, under a lock.
//!
//! A migration that was applied never changes again (its checksum is compared), and a database that a newer program wrote
//! is refused, because an older program would lose what it does not know.

use std::path::{Path, PathBuf};

use read_models::time::Timestamp;
use sha2::{Digest, Sha256};

use super::db::{Db, StoreError, Tx};
use super::dialect;
use crate::args;

/// One step of the schema, for both databases.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    pub number: i64,
    pub name: &'static str,
    pub sqlite: &'static str,
    pub postgres: &'static str,
}

macro_rules! migration {
    ($number:literal, $name:literal) => {
        Migration {
            number: $number,
            name: $name,
            sqlite: include_str!(concat!("../../../../migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("../../../../migrations/postgres/", $name, ".sql")),
        }
    };
}

/// All migrations in order: one line each, the same number in both folders.
pub const MIGRATIONS: &[Migration] = &[
    migration!(1, "0001_identity"),
    migration!(2, "0002_operations"),
    migration!(3, "0003_nodes"),
    migration!(4, "0004_workloads"),
    migration!(5, "0005_authority"),
    migration!(6, "0006_policy_hold"),
    migration!(7, "0007_workload_runs"),
    migration!(8, "0008_account"),
    migration!(9, "0009_compute"),
    migration!(10, "0010_onboarding"),
    migration!(11, "0011_token_text"),
    migration!(12, "0012_find"),
    migration!(13, "0013_invitations"),
    migration!(14, "0014_acknowledgements"),
    migration!(15, "0015_simulated_node"),
    migration!(16, "0016_measurements"),
    migration!(17, "0017_second_factor"),
    migration!(18, "0018_passkeys"),
    migration!(19, "0019_lists"),
    migration!(20, "0020_evidence"),
    migration!(21, "0021_bulk"),
    migration!(22, "0022_held_back"),
    migration!(23, "0023_audit"),
    migration!(24, "0024_many_nodes"),
    migration!(25, "0025_newest_tokens"),
    migration!(26, "0026_hand_over"),
    migration!(27, "0027_resource_evidence"),
];

pub(crate) const SQL: &[&str] = &[APPLIED, RECORD];

const VERSIONS: &str = "CREATE TABLE IF NOT EXISTS schema_version (
    number BIGINT PRIMARY KEY NOT NULL, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL)";
const APPLIED: &str = "SELECT number, name, checksum FROM schema_version ORDER BY number";
const RECORD: &str =
    "INSERT INTO schema_version (number, name, checksum, applied_at) VALUES ($1, $2, $3, $4)";

/// Why the schema could not be brought up to date. Nothing was changed beyond the migrations that were finished before.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error("the lock file {} cannot be taken", path.display())]
    Lock {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error(
        "migration {name} was applied to this database with another content: start the Slipway that wrote it, or restore a backup"
    )]
    Changed { name: String },
    #[error("migration {name} failed and was undone")]
    Failed {
        name: &'static str,
        #[source]
        source: StoreError,
    },
    #[error(transparent)]
    Store(StoreError),
}

/// Applies what is missing. Two programs that start at once wait for each other.
pub async fn run(db: &Db, now: Timestamp) -> Result<(), MigrateError> {
    run_these(db, MIGRATIONS, now).await
}

/// Whether the database is exactly at this program's schema; for `/readyz`.
pub async fn is_current(db: &Db) -> Result<bool, StoreError> {
    let applied = db.rows(APPLIED, args![]).await?;
    Ok(applied.len() == MIGRATIONS.len())
}

async fn run_these(db: &Db, migrations: &[Migration], now: Timestamp) -> Result<(), MigrateError> {
    let _lock = match db {
        Db::Sqlite { path, .. } => Some(lock_beside(path).await?),
        Db::Postgres(_) => None,
    };
    let mut tx = db.begin().await.map_err(MigrateError::Store)?;
    dialect::lock_migrations(&mut tx).await.map_err(MigrateError::Store)?;
    tx.script(VERSIONS).await.map_err(MigrateError::Store)?;
    let applied = applied(&mut tx, migrations).await?;
    tx.commit().await.map_err(MigrateError::Store)?;
    for migration in migrations.iter().skip(applied) {
        apply(db, *migration, migrations, now)
            .await
            .map_err(|source| MigrateError::Failed { name: migration.name, source })?;
    }
    Ok(())
}

/// How many of the migrations the database has; refuses one that has others.
async fn applied(tx: &mut Tx, migrations: &[Migration]) -> Result<usize, MigrateError> {
    let rows = tx.rows(APPLIED, args![]).await.map_err(MigrateError::Store)?;
    let program = migrations.last().map_or(0, |last| last.number);
    for (index, row) in rows.iter().enumerate() {
        let number = row.int("number").map_err(MigrateError::Store)?;
        let Some(known) = migrations.get(index).filter(|known| known.number == number) else {
            let newest =
                rows.last().map_or(Ok(number), |row| row.int("number")).map_err(MigrateError::Store)?;
            return Err(MigrateError::Store(StoreError::Newer { database: newest, program }));
        };
        if row.text("checksum").map_err(MigrateError::Store)? != checksum(known.text(tx.is_sqlite())) {
            return Err(MigrateError::Changed { name: row.text("name").map_err(MigrateError::Store)? });
        }
    }
    Ok(rows.len())
}

/// One migration and its record, both or neither. On `PostgreSQL` another program may have been faster: look again.
async fn apply(db: &Db, migration: Migration, all: &[Migration], now: Timestamp) -> Result<(), StoreError> {
    let mut tx = db.begin().await?;
    dialect::lock_migrations(&mut tx).await?;
    let done = tx.rows(APPLIED, args![]).await?.len();
    if all.iter().take(done).any(|known| known.number == migration.number) {
        return Ok(());
    }
    let text = migration.text(tx.is_sqlite());
    tx.script(text).await?;
    tx.execute(RECORD, args![migration.number, migration.name, checksum(text), now]).await?;
    tx.commit().await?;
    tracing::info!(schema = migration.number, "applied migration {}", migration.name);
    Ok(())
}

impl Migration {
    fn text(&self, sqlite: bool) -> &'static str {
        if sqlite { self.sqlite } else { self.postgres }
    }
}

/// Waits for the lock beside the database file; it falls when the file is dropped, also when the program is killed.
async fn lock_beside(database: &Path) -> Result<std::fs::File, MigrateError> {
    let path = database.with_file_name("migrate.lock");
    let failed = |source| MigrateError::Lock { path: path.clone(), source };
    let file =
        std::fs::File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
    let locked = tokio::task::spawn_blocking(move || file.lock().map(|()| file)).await;
    locked.map_err(std::io::Error::other).and_then(|file| file).map_err(failed)
}

fn checksum(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::on_both_empty;

    const NOW: Timestamp = Timestamp::from_micros(1);
    const FIRST: Migration = both(1, "first", "CREATE TABLE a (x TEXT NOT NULL)");
    const SECOND: Migration = both(2, "second", "CREATE TABLE b (x TEXT NOT NULL)");

    const fn both(number: i64, name: &'static str, text: &'static str) -> Migration {
        Migration { number, name, sqlite: text, postgres: text }
    }

    #[test]
    fn the_numbers_are_gapless_and_begin_the_names() {
        for (index, migration) in MIGRATIONS.iter().enumerate() {
            assert_eq!(usize::try_from(migration.number), Ok(index + 1));
            assert!(migration.name.starts_with(&format!("{:04}_", migration.number)), "{}", migration.name);
        }
    }

    #[tokio::test]
    async fn migrating_twice_changes_nothing_and_the_next_migration_is_added() {
        on_both_empty(async |db| {
            run_these(&db, &[FIRST], NOW).await.unwrap();
            run_these(&db, &[FIRST], NOW).await.unwrap();
            run_these(&db, &[FIRST, SECOND], NOW).await.unwrap();
            assert_eq!(db.rows(APPLIED, args![]).await.unwrap().len(), 2);
        })
        .await;
    }

    #[tokio::test]
    async fn a_database_newer_than_the_program_is_refused_with_both_versions() {
        on_both_empty(async |db| {
            run_these(&db, &[FIRST, SECOND], NOW).await.unwrap();
            let error = run_these(&db, &[FIRST], NOW).await.unwrap_err().to_string();
            assert!(error.contains("schema 2") && error.contains("up to 1"), "{error}");
        })
        .await;
    }

    #[tokio::test]
    async fn a_migration_that_was_edited_after_it_was_applied_is_refused() {
        on_both_empty(async |db| {
            run_these(&db, &[FIRST], NOW).await.unwrap();
            let edited = both(1, "first", "CREATE TABLE a (y TEXT NOT NULL)");
            assert!(matches!(run_these(&db, &[edited], NOW).await, Err(MigrateError::Changed { .. })));
        })
        .await;
    }

    #[tokio::test]
    async fn a_migration_that_fails_leaves_nothing_behind() {
        on_both_empty(async |db| {
            let broken =
                both(2, "second", "CREATE TABLE b (x TEXT NOT NULL); INSERT INTO nowhere VALUES (1)");
            assert!(matches!(run_these(&db, &[FIRST, broken], NOW).await, Err(MigrateError::Failed { .. })));
            run_these(&db, &[FIRST, SECOND], NOW).await.unwrap();
        })
        .await;
    }

    #[tokio::test]
    async fn two_programs_that_start_at_once_wait_for_each_other() {
        on_both_empty(async |db| {
            let (one, other) = tokio::join!(run(&db, NOW), run(&db, NOW));
            one.unwrap();
            other.unwrap();
            assert!(is_current(&db).await.unwrap());
        })
        .await;
    }
}
