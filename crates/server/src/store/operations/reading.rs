//! Reading operations: one, a list, those of a target.

use crate::args;
use crate::authz::{self, May, OperationRecords, SystemProof};
use crate::store::db::{Db, Reader, Row, StoreError};
use operations::OperationRecord;
use read_models::counting::BoundedCount;
use read_models::ids::{OperationId, ProjectId, UserId};
use read_models::operation::{OperationState, Target, TargetKind};
use read_models::time::Timestamp;
use serde_json::Value;

pub(crate) const SQL: &[&str] = &[
    FIND,
    BY_KEY,
    LIST,
    LIST_OF_PROJECT,
    OPEN,
    OPEN_OF_PROJECT,
    OF_TARGET,
    OPEN_OF_TARGET,
    OF_OPERATION,
    OF_KIND,
    OPEN_OF_KIND,
    OPEN_OF_KIND_IN_PROJECT,
    RUNNING,
    RUNNING_OF_PROJECT,
    ASKING,
    WHO_ASK,
    STUCK,
    HANDED_TO,
    HANDED,
    DURATIONS,
];

macro_rules! select {
    ($($rest:literal),+) => {
        concat!(
            "SELECT id, operation, target_kind, target_id, project_id, input, plan_hash, user_id, requested_by,
             requested_at, accepted_at, request_hash, state, state_since, record FROM operation ",
            $($rest),+
        )
    };
}

const FIND: &str =
    select!("WHERE id = $1 AND ($2 = '' OR project_id = $2 OR target_kind || ':' || target_id = $2)");
const BY_KEY: &str = "SELECT id, request_hash FROM operation WHERE user_id = $1 AND idempotency_key = $2";
// A list of everything and one of a project, of all and of what is under way: each has its index, and so its own text.
const LIST: &str = select!("WHERE id < $1 AND $2 = '' ORDER BY id DESC LIMIT $3");
const LIST_OF_PROJECT: &str = select!("WHERE id < $1 AND project_id = $2 ORDER BY id DESC LIMIT $3");
const OPEN: &str = select!("WHERE id < $1 AND $2 = '' AND finished_at IS NULL ORDER BY id DESC LIMIT $3");
const OPEN_OF_PROJECT: &str =
    select!("WHERE id < $1 AND project_id = $2 AND finished_at IS NULL ORDER BY id DESC LIMIT $3");
const OF_TARGET: &str = select!(
    "WHERE target_kind = $1 AND target_id = $2 AND id < $3
     AND ($4 = '' OR project_id = $4 OR target_kind || ':' || target_id = $4) ORDER BY id DESC LIMIT $5"
);
const OPEN_OF_TARGET: &str = select!(
    "WHERE target_kind = $1 AND target_id = $2 AND id < $3 AND finished_at IS NULL
     AND ($4 = '' OR project_id = $4 OR target_kind || ':' || target_id = $4) ORDER BY id DESC LIMIT $5"
);
const OF_OPERATION: &str = select!(
    "WHERE target_kind = $1 AND target_id = $2 AND operation = $3
     AND ($4 = '' OR project_id = $4 OR target_kind || ':' || target_id = $4) ORDER BY id DESC LIMIT $5"
);
const OF_KIND: &str =
    select!("WHERE target_kind = $1 AND ($2 = '' OR project_id = $2) ORDER BY id DESC LIMIT $3");
const OPEN_OF_KIND: &str =
    select!("WHERE target_kind = $1 AND $2 = '' AND finished_at IS NULL ORDER BY id DESC LIMIT $3");
const OPEN_OF_KIND_IN_PROJECT: &str =
    select!("WHERE target_kind = $1 AND project_id = $2 AND finished_at IS NULL ORDER BY id DESC LIMIT $3");
const RUNNING: &str = "SELECT COUNT(*) AS found FROM
    (SELECT 1 FROM operation WHERE finished_at IS NULL AND $1 = '' LIMIT $2) a";
const RUNNING_OF_PROJECT: &str = "SELECT COUNT(*) AS found FROM
    (SELECT 1 FROM operation WHERE finished_at IS NULL AND project_id = $1 LIMIT $2) a";
const ASKING: &str = "SELECT COUNT(*) AS found FROM (SELECT 1 FROM operation
    WHERE finished_at IS NULL AND attention IS NOT NULL AND ($1 = '' OR project_id = $1) LIMIT $2) a";
const WHO_ASK: &str = select!(
    "WHERE finished_at IS NULL AND attention IS NOT NULL AND ($1 = '' OR project_id = $1) ORDER BY id LIMIT $2"
);
const STUCK: &str = select!(
    "WHERE state = 'stuck' AND state_since > $1 AND ($2 = '' OR project_id = $2) ORDER BY state_since, id LIMIT $3"
);
/// Found by whom they were handed to, of which there are few.
const HANDED_TO: &str = select!(
    "WHERE id IN (SELECT about FROM operation_hand_over WHERE to_user = $1 AND about < $2)
     AND ($3 = '' OR project_id = $3) AND ($4 = '' OR target_kind || ':' || target_id = $4)
     AND ($5 = '' OR finished_at IS NULL) ORDER BY id DESC LIMIT $6"
);
/// Those of which something may be left over, and somebody has them: they do not leave the queue by themselves.
const HANDED: &str = select!(
    "WHERE id IN (SELECT about FROM operation_hand_over) AND finished_at IS NOT NULL AND state <> 'succeeded'
     AND ($1 = '' OR project_id = $1) ORDER BY id DESC LIMIT $2"
);
const DURATIONS: &str = "SELECT accepted_at, finished_at FROM operation
    WHERE operation = $1 AND state = 'succeeded' AND finished_at IS NOT NULL ORDER BY id DESC LIMIT $2";

/// So many are counted; beyond that there are "more".
const COUNTED: u32 = 100;

/// After every id there is.
const NEWEST: &str = "op_g";

/// An operation as stored.
#[derive(Debug, Clone)]
pub struct StoredOperation {
    pub id: OperationId,
    pub operation: String,
    pub target: Target,
    pub project: Option<ProjectId>,
    pub input: Value,
    pub plan_hash: String,
    pub user: UserId,
    pub requested_by: String,
    pub requested_at: Timestamp,
    pub accepted_at: Timestamp,
    pub state: OperationState,
    pub state_since: Timestamp,
    pub record: OperationRecord,
}

/// One operation.
pub async fn find(
    from: &mut impl Reader,
    by: &impl May<authz::Read, OperationRecords>,
    id: &OperationId,
) -> Result<StoredOperation, StoreError> {
    stored(&from.row(FIND, args![id, by.project_or_any()]).await?.ok_or(StoreError::NotFound)?)
}

/// One operation, to learn whose it is before asking for a permit, or for the program's own loops.
pub async fn find_system(
    from: &mut impl Reader,
    _: &SystemProof,
    id: &OperationId,
) -> Result<StoredOperation, StoreError> {
    stored(&from.row(FIND, args![id, ""]).await?.ok_or(StoreError::NotFound)?)
}

/// The operation this person started under a key, and what the key stood for.
pub async fn by_key(db: &Db, user: &UserId, key: &str) -> Result<Option<(OperationId, String)>, StoreError> {
    let row = db.row(BY_KEY, args![user, key]).await?;
    row.map(|row| Ok((row.id("id")?, row.text("request_hash")?))).transpose()
}

/// Operations in the permit's scope, newest first, below an id.
pub async fn list(
    db: &Db,
    by: &impl May<authz::Read, OperationRecords>,
    only_open: bool,
    below: Option<&str>,
    limit: i64,
) -> Result<Vec<StoredOperation>, StoreError> {
    let scope = by.project_or_any();
    let sql = match (only_open, scope.is_empty()) {
        (false, true) => LIST,
        (false, false) => LIST_OF_PROJECT,
        (true, true) => OPEN,
        (true, false) => OPEN_OF_PROJECT,
    };
    db.rows(sql, args![below.unwrap_or(NEWEST), scope, limit]).await?.iter().map(stored).collect()
}

/// Operations on a target, newest first, below an id.
pub async fn newest_of_target(
    db: &Db,
    by: &impl May<authz::Read, OperationRecords>,
    target: &Target,
    only_open: bool,
    below: Option<&str>,
    limit: i64,
) -> Result<Vec<StoredOperation>, StoreError> {
    let values = args![target.kind.word(), &target.id, below.unwrap_or(NEWEST), by.project_or_any(), limit];
    let sql = if only_open { OPEN_OF_TARGET } else { OF_TARGET };
    db.rows(sql, values).await?.iter().map(stored).collect()
}

/// The newest runs of one operation on a target.
pub async fn newest_of_operation(
    db: &Db,
    by: &impl May<authz::Read, OperationRecords>,
    target: &Target,
    operation: &str,
    limit: i64,
) -> Result<Vec<StoredOperation>, StoreError> {
    let values = args![target.kind.word(), &target.id, operation, by.project_or_any(), limit];
    db.rows(OF_OPERATION, values).await?.iter().map(stored).collect()
}

/// Operations on every target of a kind, newest first.
pub async fn newest_of_kind(
    db: &Db,
    by: &impl May<authz::Read, OperationRecords>,
    kind: TargetKind,
    limit: i64,
) -> Result<Vec<StoredOperation>, StoreError> {
    db.rows(OF_KIND, args![kind.word(), by.project_or_any(), limit]).await?.iter().map(stored).collect()
}

/// What is under way on every target of a kind.
pub async fn open_of_kind(
    db: &Db,
    by: &impl May<authz::Read, OperationRecords>,
    kind: TargetKind,
    limit: i64,
) -> Result<Vec<StoredOperation>, StoreError> {
    let scope = by.project_or_any();
    let sql = if scope.is_empty() { OPEN_OF_KIND } else { OPEN_OF_KIND_IN_PROJECT };
    db.rows(sql, args![kind.word(), scope, limit]).await?.iter().map(stored).collect()
}

/// How many operations ask a person.
pub async fn asking_count(
    db: &Db,
    by: &impl May<authz::Read, OperationRecords>,
) -> Result<BoundedCount, StoreError> {
    let values = args![by.project_or_any(), COUNTED + 1];
    db.row(ASKING, values).await?.ok_or(StoreError::NotFound)?.count("found", COUNTED)
}

/// How many operations are not over.
pub async fn running_count(
    db: &Db,
    by: &impl May<authz::Read, OperationRecords>,
) -> Result<BoundedCount, StoreError> {
    let scope = by.project_or_any();
    let sql = if scope.is_empty() { RUNNING } else { RUNNING_OF_PROJECT };
    db.row(sql, args![scope, COUNTED + 1]).await?.ok_or(StoreError::NotFound)?.count("found", COUNTED)
}

/// Operations that ask a person, oldest first.
pub async fn asking(
    db: &Db,
    by: &impl May<authz::Read, OperationRecords>,
    limit: i64,
) -> Result<Vec<StoredOperation>, StoreError> {
    db.rows(WHO_ASK, args![by.project_or_any(), limit]).await?.iter().map(stored).collect()
}

/// Operations that got stuck after a time, oldest first.
pub async fn stuck_after(
    db: &Db,
    by: &impl May<authz::Read, OperationRecords>,
    after: Timestamp,
    limit: i64,
) -> Result<Vec<StoredOperation>, StoreError> {
    db.rows(STUCK, args![after, by.project_or_any(), limit]).await?.iter().map(stored).collect()
}

/// Operations that were handed to somebody, the newest first, below an id: on one target, or those that are not over.
pub async fn handed_to(
    db: &Db,
    by: &impl May<authz::Read, OperationRecords>,
    user: &UserId,
    (target, only_open): (Option<&Target>, bool),
    below: Option<&str>,
    limit: i64,
) -> Result<Vec<StoredOperation>, StoreError> {
    let target = target.map(Target::to_string).unwrap_or_default();
    let open = if only_open { "open" } else { "" };
    let values = args![user, below.unwrap_or(NEWEST), by.project_or_any(), target, open, limit];
    db.rows(HANDED_TO, values).await?.iter().map(stored).collect()
}

/// Operations that are over, did not go well, and were handed to somebody, the newest first.
pub async fn handed_and_over(
    db: &Db,
    by: &impl May<authz::Read, OperationRecords>,
    limit: i64,
) -> Result<Vec<StoredOperation>, StoreError> {
    db.rows(HANDED, args![by.project_or_any(), limit]).await?.iter().map(stored).collect()
}

/// How long the newest successful runs of an operation took, in milliseconds, shortest first.
pub async fn durations(
    db: &Db,
    _: &impl May<authz::Read, OperationRecords>,
    operation: &str,
    limit: i64,
) -> Result<Vec<u64>, StoreError> {
    let rows = db.rows(DURATIONS, args![operation, limit]).await?;
    let mut taken: Vec<u64> = Vec::with_capacity(rows.len());
    for row in &rows {
        let took = row.timestamp("finished_at")?.since(row.timestamp("accepted_at")?);
        taken.push(u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
    }
    taken.sort_unstable();
    Ok(taken)
}

fn stored(row: &Row) -> Result<StoredOperation, StoreError> {
    let kind = row.word("target_kind", TargetKind::parse)?;
    Ok(StoredOperation {
        id: row.id("id")?,
        operation: row.text("operation")?,
        target: Target { kind, id: row.text("target_id")? },
        project: row.opt_id("project_id")?,
        input: row.json("input")?,
        plan_hash: row.text("plan_hash")?,
        user: row.id("user_id")?,
        requested_by: row.text("requested_by")?,
        requested_at: row.timestamp("requested_at")?,
        accepted_at: row.timestamp("accepted_at")?,
        state: row.word("state", OperationState::parse)?,
        state_since: row.timestamp("state_since")?,
        record: row.json("record")?,
    })
}
