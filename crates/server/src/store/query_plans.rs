//! How the databases find what is asked for: no statement reads a table from end to end that grows with time.
//!
//! `tests/golden/query_plans.txt` keeps how `SQLite` goes about each list. `PostgreSQL` words its plans differently from version
//! to version: there the test looks for a table that is read whole.

use super::db::Db;
use super::testing::{on_both, sqlite, statements};
use std::fmt::Write as _;

/// What there is more of every day.
const GROWS: [&str; 4] = ["workload", "operation", "event", "enrolment_token"];

/// Aggregates whose statements are lists, or counted beside lists.
const LISTS: [&str; 8] = [
    "enrolment_tokens",
    "events",
    "incidents",
    "nodes",
    "operations::reading",
    "views::audit",
    "views::find",
    "workloads::lists",
];

/// What does read a whole table, and why it may.
const MAY: [(&str, &str); 2] = [
    ("measures", "metrics count everything, for who scrapes them every some seconds"),
    ("views::find", "a text in the middle of a name is looked for among the newest 2,000"),
];

/// So many of each. The last two in a hundred are under way, as it is after a while.
const SEED: &str = "
INSERT INTO user_account (id, email, display_name, password_hash, created_at) VALUES ('usr_1', 'a@b', 'A', 'x', 0);
INSERT INTO project (id, name, created_at) VALUES ('prj_1', 'one', 0), ('prj_2', 'two', 0);
INSERT INTO sku (id, name, title, placement, cpus, memory_bytes, gpu_count, price_microcents_per_hour, created_at)
    VALUES ('sku_1', 's', 'S', 'slice', 1, 1, 0, 0, 0);
INSERT INTO node (id, name, role, policy, policy_since, state, state_since, created_at, identity_fingerprint,
    certificate_serial, certificate_not_before, certificate_not_after, clock_skew_us)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
    SELECT 'nod_' || i, 'node-' || i, 'gpu', 'in_service', 0, 'ready', 0, 0, 'f', 'c' || i, 0, 9000000000000 + i, 0 FROM n;
INSERT INTO enrolment_token (id, secret_hash, issued_by, issued_at, expires_at, used_at, refused_count)
    WITH RECURSIVE n(i) AS (SELECT 10000 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
    SELECT 'et_' || i, 'h' || i, 'a', i, i, i, 0 FROM n;
INSERT INTO workload (id, project_id, name, kind, state, state_since, sku_id, command, created_at, created_by,
    launch_operation_id, archived_at)
    WITH RECURSIVE n(i) AS (SELECT 10000 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
    SELECT 'wl_' || i, 'prj_' || (1 + i % 2), 'w' || i, 'slice', CASE WHEN i < 19800 THEN 'released' ELSE 'running' END, i,
    'sku_1', '[]', i, 'a', 'op_' || i, CASE WHEN i < 19800 THEN i END FROM n;
INSERT INTO operation (id, operation, target_kind, target_id, project_id, input, plan_hash, user_id, requested_by,
    requested_at, accepted_at, idempotency_key, request_hash, state, state_since, locks, record, lease_until,
    fencing_token, woken, finished_at)
    WITH RECURSIVE n(i) AS (SELECT 10000 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
    SELECT 'op_' || i, 'workload.launch', CASE WHEN i % 2 = 0 THEN 'workload' ELSE 'project' END, 'wl_' || i,
    'prj_' || (1 + i % 2), '{}', 'h', 'usr_1', 'a', i, i, 'k' || i, 'r',
    CASE WHEN i < 19800 THEN 'succeeded' ELSE 'running' END, i, '[]', '{}', 0, 0, 0, CASE WHEN i < 19800 THEN i END FROM n;
INSERT INTO event (seq, id, at, kind, actor, sentence, operation_id, project_id, resource, body, prev_hash, hash)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
    SELECT i, 'e' || i, i, 'k', 'a', 's', 'op_' || i, 'prj_' || (1 + i % 2), 'workload:wl_' || i, '{}', '', '' FROM n;
";

async fn seeded(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    tx.script(SEED).await.unwrap();
    tx.commit().await.unwrap();
    // As the database does by itself after a while.
    match db {
        Db::Sqlite { .. } => {}
        Db::Postgres(pool) => drop(sqlx::raw_sql("VACUUM ANALYZE").execute(pool).await.unwrap()),
    }
}

/// The plan of a statement whose arguments are not known, as for one that is prepared once and asked often.
async fn plan(db: &Db, statement: &'static str) -> Vec<String> {
    let kept = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    let (explain, column) = match db {
        Db::Sqlite { .. } => (kept(format!("EXPLAIN QUERY PLAN {statement}")), "detail"),
        Db::Postgres(_) => {
            let given = (1..20).take_while(|n| statement.contains(&format!("${n}"))).count();
            let nulls = vec!["NULL"; given].join(", ");
            let nulls = if given == 0 { String::new() } else { format!("({nulls})") };
            (kept(format!("EXPLAIN (COSTS OFF) EXECUTE asked{nulls}")), "QUERY PLAN")
        }
    };
    let mut tx = db.begin().await.unwrap();
    if !tx.is_sqlite() {
        let prepare = format!("SET LOCAL plan_cache_mode = force_generic_plan; PREPARE asked AS {statement}");
        tx.script(kept(prepare)).await.unwrap();
    }
    let rows = tx.rows(explain, &[]).await.unwrap();
    if !tx.is_sqlite() {
        tx.script("DEALLOCATE asked").await.unwrap();
    }
    rows.iter().map(|row| row.text(column).unwrap()).collect()
}

/// Whether a line of a plan reads a table that grows from end to end.
fn reads_a_whole_table(line: &str, is_sqlite: bool) -> bool {
    let line = line.trim_start_matches([' ', '-', '>']);
    let begins = if is_sqlite { "SCAN " } else { "Seq Scan on " };
    let named = line.strip_prefix(begins).map(|rest| rest.split(' ').next().unwrap_or_default());
    // A partial index holds a part that does not grow; an index that is read along stops at the list's limit.
    named.is_some_and(|table| GROWS.contains(&table)) && !line.contains("USING")
}

fn is_read(statement: &str) -> bool {
    statement.starts_with("SELECT")
}

#[tokio::test]
async fn nothing_that_grows_is_read_from_end_to_end() {
    on_both(async |db| {
        seeded(&db).await;
        let mut whole = Vec::new();
        for (aggregate, statement) in statements().filter(|(_, statement)| is_read(statement)) {
            if MAY.iter().any(|(known, _)| *known == aggregate) {
                continue;
            }
            let plan = plan(&db, statement).await;
            if plan.iter().any(|line| reads_a_whole_table(line, db.is_sqlite())) {
                whole.push(format!("{aggregate}: {statement}\n{}", plan.join("\n")));
            }
        }
        assert!(whole.is_empty(), "{}", whole.join("\n\n"));
    })
    .await;
}

#[tokio::test]
async fn lists_are_found_as_they_were() {
    let fresh = sqlite().await;
    seeded(&fresh.db).await;
    let mut found = String::new();
    for (aggregate, statement) in statements().filter(|(_, statement)| is_read(statement)) {
        if LISTS.contains(&aggregate) {
            let words: Vec<_> = statement.split_whitespace().collect();
            let plan = plan(&fresh.db, statement).await.join("\n    ");
            writeln!(found, "{aggregate}: {}\n    {plan}\n", words.join(" ")).unwrap();
        }
    }
    fresh.remove().await;
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/query_plans.txt");
    if std::env::var_os("SLIPWAY_WRITE_GOLDENS").is_some() {
        std::fs::write(path, &found).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        kept == found,
        "the plans changed; look at them and write them anew with SLIPWAY_WRITE_GOLDENS=1:\n{found}"
    );
}
