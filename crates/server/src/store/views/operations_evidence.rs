//! Operations with how their evidence stands, searched, newest first, a page at a time.
//!
//! As with the audit, what an index does not tell is looked for among so many operations at a time.

use read_models::audit::OperationsFilter;
use read_models::ids::OperationId;
use read_models::operation::{OperationState, Target, TargetKind};
use read_models::time::Timestamp;

use crate::args;
use crate::authz::{self, May, OperationRecords};
use crate::store::db::{Arg, Db, Row, StoreError};

pub(crate) const SQL: &[&str] = &[NEWEST[0], NEWEST[1], NEWEST[2], END[0], END[1], END[2]];

/// So many operations are looked at for one page, when an index alone does not tell.
pub const WINDOW: i64 = 2_000;

/// `$1` and `$2` lead; `$3` is where the page begins, `$4` how much is looked at.
macro_rules! led_by {
    ($what:literal, $lead:literal) => {
        concat!("SELECT ", $what, " FROM operation WHERE ", $lead, " AND id < $3 ORDER BY id DESC LIMIT ")
    };
}

/// What is counted of an operation's events is counted for what is shown alone.
macro_rules! newest {
    ($lead:literal) => {
        concat!(
            "SELECT id, operation, target_kind, target_id, requested_by, requested_at, state, state_since,
            (SELECT COUNT(*) FROM event e WHERE e.operation_id = k.id) AS events,
            (SELECT COUNT(*) FROM event e WHERE e.operation_id = k.id AND e.kind = 'audit.outcome') AS outcomes,
            (SELECT COUNT(*) FROM outbox o WHERE o.operation_id = k.id) AS waiting,
            (SELECT c.at FROM checkpoint c WHERE c.seq >=
                (SELECT MAX(e.seq) FROM event e WHERE e.operation_id = k.id) ORDER BY c.seq LIMIT 1) AS signed_at
            FROM (SELECT * FROM (",
            led_by!(
                "id, operation, target_kind, target_id, project_id, requested_by, requested_at, state, state_since",
                $lead
            ),
            "$4) AS w WHERE ($5 = '' OR operation = $5) AND ($6 = '' OR requested_by = $6)
            AND ($7 = '' OR project_id = $7) AND requested_at >= $8 AND requested_at <= $9
            ORDER BY id DESC LIMIT $10) AS k ORDER BY id DESC"
        )
    };
}

/// What lies at the end of what one page looks at.
macro_rules! end {
    ($lead:literal) => {
        concat!(led_by!("id, requested_at", $lead), "1 OFFSET $4")
    };
}

/// In the order of [`lead`].
const NEWEST: [&str; 3] = [
    newest!("target_kind = $1 AND target_id = $2"),
    newest!("project_id = $1 AND $2 = ''"),
    newest!("$1 = '' AND $2 = ''"),
];
const END: [&str; 3] = [
    end!("target_kind = $1 AND target_id = $2"),
    end!("project_id = $1 AND $2 = ''"),
    end!("$1 = '' AND $2 = ''"),
];

/// Behind every id.
const NEWEST_ID: &str = "op_~";

/// An operation, and how its evidence stands.
#[derive(Debug, Clone)]
pub struct Evidenced {
    pub id: OperationId,
    pub operation: String,
    pub target: Target,
    pub requested_by: String,
    pub requested_at: Timestamp,
    pub state: OperationState,
    pub state_since: Timestamp,
    /// Events that have their number.
    pub events: u32,
    /// Events that wait for one.
    pub waiting: u32,
    /// Whether how it ended has its number.
    pub has_outcome: bool,
    /// When the checkpoint was signed that covers all that have their number.
    pub signed_at: Option<Timestamp>,
}

/// A page of what was found.
#[derive(Debug, Clone)]
pub struct Found {
    /// Newest first.
    pub operations: Vec<Evidenced>,
    /// Behind which the next page begins; none when there is nothing more.
    pub next: Option<OperationId>,
    /// So far back was looked, when that is why the page ends.
    pub looked_back_to: Option<Timestamp>,
}

/// What was found below an id, newest first.
pub async fn search(
    db: &Db,
    _: &impl May<authz::Read, OperationRecords>,
    filter: &OperationsFilter,
    below: Option<&str>,
    limit: u32,
) -> Result<Found, StoreError> {
    let (number, lead) = lead(filter);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let one_more = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let window = if is_led_alone(filter, number) { one_more } else { WINDOW };
    let begins = below.unwrap_or(NEWEST_ID);
    let mut values = args![&lead.0, &lead.1, begins, window].to_vec();
    values.extend(rest(filter));
    values.push(one_more.into());
    let rows = db.rows(NEWEST[number], &values).await?;
    let mut operations = rows.iter().map(evidenced).collect::<Result<Vec<_>, _>>()?;
    if operations.len() > limit {
        operations.truncate(limit);
        let next = operations.last().map(|last| last.id.clone());
        return Ok(Found { operations, next, looked_back_to: None });
    }
    if window == one_more {
        return Ok(Found { operations, next: None, looked_back_to: None });
    }
    let end = db.row(END[number], args![lead.0, lead.1, begins, WINDOW - 1]).await?;
    let (next, looked_back_to) = match end {
        Some(row) => (Some(row.id("id")?), Some(row.timestamp("requested_at")?)),
        None => (None, None),
    };
    Ok(Found { operations, next, looked_back_to })
}

/// Which statement, and what leads it.
fn lead(filter: &OperationsFilter) -> (usize, (String, String)) {
    match (&filter.target, &filter.project) {
        (Some(target), _) => (0, (target.kind.word().to_owned(), target.id.clone())),
        (None, Some(project)) => (1, (project.to_string(), String::new())),
        (None, None) => (2, (String::new(), String::new())),
    }
}

/// Whether nothing but what leads it narrows it.
fn is_led_alone(filter: &OperationsFilter, number: usize) -> bool {
    let OperationsFilter { operation, target: _, requested_by, project, from, until } = filter;
    let project_leads = number == 1 || project.is_none();
    operation.is_none() && requested_by.is_none() && project_leads && from.is_none() && until.is_none()
}

fn rest(filter: &OperationsFilter) -> Vec<Arg> {
    let OperationsFilter { operation, target: _, requested_by, project, from, until } = filter;
    args![
        operation.clone().unwrap_or_default(),
        requested_by.clone().unwrap_or_default(),
        project.as_ref().map(ToString::to_string).unwrap_or_default(),
        from.map_or(i64::MIN, Timestamp::as_micros),
        until.map_or(i64::MAX, Timestamp::as_micros),
    ]
    .to_vec()
}

fn evidenced(row: &Row) -> Result<Evidenced, StoreError> {
    let count = |name: &str| Ok::<_, StoreError>(u32::try_from(row.int(name)?).unwrap_or(u32::MAX));
    Ok(Evidenced {
        id: row.id("id")?,
        operation: row.text("operation")?,
        target: Target { kind: row.word("target_kind", TargetKind::parse)?, id: row.text("target_id")? },
        requested_by: row.text("requested_by")?,
        requested_at: row.timestamp("requested_at")?,
        state: row.word("state", OperationState::parse)?,
        state_since: row.timestamp("state_since")?,
        events: count("events")?,
        waiting: count("waiting")?,
        has_outcome: row.int("outcomes")? > 0,
        signed_at: row.opt_timestamp("signed_at")?,
    })
}
