//! Looking at the whole database, and breaking a part of it.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, Row as _};

use crate::store::db::Db;

/// A test's database may be lost with the machine.
pub(crate) async fn hurry(db: &Db) {
    if let Db::Sqlite { write, .. } = db {
        sqlx::raw_sql("PRAGMA synchronous = OFF").execute(write).await.unwrap();
    }
}

/// Every row of every table, as text.
pub(crate) async fn dump(db: &Db) -> BTreeMap<String, Vec<String>> {
    let tables = match db {
        Db::Sqlite { .. } => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        }
        Db::Postgres(_) => "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'",
    };
    let mut all = BTreeMap::new();
    for table in texts(db, tables.to_owned()).await {
        let rows = match db {
            Db::Sqlite { .. } => {
                let columns = texts(db, format!("SELECT name FROM pragma_table_info('{table}')")).await;
                format!("SELECT json_array({}) FROM {table}", columns.join(", "))
            }
            Db::Postgres(_) => format!("SELECT row_to_json(t)::text FROM {table} t"),
        };
        let mut rows = texts(db, rows).await;
        rows.sort();
        all.insert(table, rows);
    }
    all
}

async fn texts(db: &Db, sql: String) -> Vec<String> {
    let sql = AssertSqlSafe(sql);
    match db {
        Db::Sqlite { read, .. } => {
            let mut reader = read.take().await.unwrap();
            let rows = sqlx::query(sql).fetch_all(reader.connection().unwrap()).await.unwrap();
            rows.iter().map(|row| row.get(0)).collect()
        }
        Db::Postgres(pool) => {
            sqlx::query(sql).fetch_all(pool).await.unwrap().iter().map(|row| row.get(0)).collect()
        }
    }
}

/// A kind of write: `node`, `UPDATE OF policy`.
pub(crate) type Write = (&'static str, &'static str);

/// From now on the database keeps which of these happen.
pub(crate) async fn watch_writes(db: &Db, writes: &[Write]) {
    run(db, "CREATE TABLE seen_write (number BIGINT NOT NULL)".to_owned()).await;
    if let Db::Postgres(_) = db {
        let keeps = "CREATE OR REPLACE FUNCTION seen_write() RETURNS trigger LANGUAGE plpgsql
            AS $$ BEGIN INSERT INTO seen_write VALUES (TG_ARGV[0]::bigint); RETURN NULL; END $$";
        run(db, keeps.to_owned()).await;
    }
    for (number, (table, write)) in writes.iter().enumerate() {
        let keeps = match db {
            Db::Sqlite { .. } => format!("BEGIN INSERT INTO seen_write VALUES ({number}); END"),
            Db::Postgres(_) => format!("FOR EACH ROW EXECUTE FUNCTION seen_write('{number}')"),
        };
        run(db, format!("CREATE TRIGGER seen_{number} AFTER {write} ON {table} {keeps}")).await;
    }
}

/// Which of them happened since; from now on nothing is kept.
pub(crate) async fn seen_writes(db: &Db, writes: &[Write]) -> Vec<Write> {
    let seen = texts(db, "SELECT DISTINCT CAST(number AS TEXT) FROM seen_write".to_owned()).await;
    for (number, (table, _)) in writes.iter().enumerate() {
        let on = if matches!(db, Db::Postgres(_)) { format!(" ON {table}") } else { String::new() };
        run(db, format!("DROP TRIGGER seen_{number}{on}")).await;
    }
    run(db, "DROP TABLE seen_write".to_owned()).await;
    seen.iter().map(|number| writes[number.parse::<usize>().unwrap()]).collect()
}

/// From now on the database refuses this.
pub(crate) async fn break_writes(db: &Db, (table, write): Write) {
    let statement = match db {
        Db::Sqlite { .. } => {
            format!(
                "CREATE TRIGGER broken BEFORE {write} ON {table} BEGIN SELECT RAISE(ABORT, 'broken'); END"
            )
        }
        Db::Postgres(_) => format!(
            "CREATE OR REPLACE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql
             AS $$ BEGIN RAISE EXCEPTION 'broken'; END $$;
             CREATE TRIGGER broken BEFORE {write} ON {table} FOR EACH ROW EXECUTE FUNCTION broken()"
        ),
    };
    run(db, statement).await;
}

/// And from now on not any more.
pub(crate) async fn mend_writes(db: &Db, (table, _): Write) {
    let statement = match db {
        Db::Sqlite { .. } => "DROP TRIGGER broken".to_owned(),
        Db::Postgres(_) => format!("DROP TRIGGER broken ON {table}"),
    };
    run(db, statement).await;
}

async fn run(db: &Db, statement: String) {
    let statement = AssertSqlSafe(statement);
    match db {
        Db::Sqlite { write, .. } => drop(sqlx::raw_sql(statement).execute(write).await.unwrap()),
        Db::Postgres(pool) => drop(sqlx::raw_sql(statement).execute(pool).await.unwrap()),
    }
}
