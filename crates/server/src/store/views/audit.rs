//! The audit, searched: by who, what, on what, where and when, newest first, a page at a time.
//!
//! Each search is led by an index: the narrowest of what was said. The rest is looked for among the next so many events of
//! that index, so that a page costs the same however much has happened; a page that found little says how far back it looked.

use read_models::audit::AuditFilter;
use read_models::ids::ProjectId;
use read_models::time::Timestamp;

use crate::args;
use crate::authz::{self, Feed, May, Scope, SystemProof};
use crate::store::db::{Arg, Db, StoreError};
use crate::store::events::{StoredEvent, event};

pub(crate) const SQL: &[&str] = &[
    NEWEST[0], NEWEST[1], NEWEST[2], NEWEST[3], NEWEST[4], NEWEST[5], END[0], END[1], END[2], END[3], END[4],
    END[5], OLDEST[0], OLDEST[1], OLDEST[2], OLDEST[3], OLDEST[4], OLDEST[5], KINDS,
];

/// So many events are looked at for one page, when an index alone does not tell.
pub const WINDOW: i64 = 5_000;

/// `$1` leads; `$2` is the earliest time, `$3` and `$4` where the page begins (at the latest time, when it is the first), `$5`
/// how much is looked at. One bound at each end: of two, a database may begin at the wrong one.
macro_rules! led_by {
    ($what:literal, $lead:literal) => {
        concat!(
            "SELECT ",
            $what,
            " FROM event WHERE ",
            $lead,
            " AND at >= $2 AND (at, seq) < ($3, $4)
            ORDER BY at DESC, seq DESC LIMIT "
        )
    };
}

macro_rules! newest {
    ($lead:literal) => {
        concat!(
            "SELECT * FROM (",
            led_by!(
                "seq, id, at, kind, actor, sentence, operation_id, step, project_id, resource, body, prev_hash, hash",
                $lead
            ),
            "$5) AS w WHERE ($6 = '' OR operation_id = $6) AND ($7 = '' OR resource = $7) AND ($8 = '' OR actor = $8)
            AND ($9 = '' OR project_id = $9) AND ($10 = '' OR kind = $10)
            AND ($11 = '' OR LOWER(sentence) LIKE $11 ESCAPE '\\') ORDER BY at DESC, seq DESC LIMIT $12"
        )
    };
}

/// What lies at the end of what one page looks at.
macro_rules! end {
    ($lead:literal) => {
        concat!(led_by!("at, seq", $lead), "1 OFFSET $5")
    };
}

/// The same the other way round, for files: from the oldest on, up to a number of the chain.
macro_rules! oldest {
    ($lead:literal) => {
        concat!(
            "SELECT seq, id, at, kind, actor, sentence, operation_id, step, project_id, resource, body, prev_hash, hash
            FROM event WHERE ",
            $lead,
            " AND at <= $2 AND (at, seq) > ($3, $4) AND seq <= $5
            AND ($6 = '' OR operation_id = $6) AND ($7 = '' OR resource = $7) AND ($8 = '' OR actor = $8)
            AND ($9 = '' OR project_id = $9) AND ($10 = '' OR kind = $10)
            AND ($11 = '' OR LOWER(sentence) LIKE $11 ESCAPE '\\') ORDER BY at, seq LIMIT $12"
        )
    };
}

/// In the order of [`lead`].
const NEWEST: [&str; 6] = [
    newest!("operation_id = $1"),
    newest!("resource = $1"),
    newest!("actor = $1"),
    newest!("project_id = $1"),
    newest!("kind = $1"),
    newest!("$1 = ''"),
];
const END: [&str; 6] = [
    end!("operation_id = $1"),
    end!("resource = $1"),
    end!("actor = $1"),
    end!("project_id = $1"),
    end!("kind = $1"),
    end!("$1 = ''"),
];
const OLDEST: [&str; 6] = [
    oldest!("operation_id = $1"),
    oldest!("resource = $1"),
    oldest!("actor = $1"),
    oldest!("project_id = $1"),
    oldest!("kind = $1"),
    oldest!("$1 = ''"),
];
/// Each kind is found behind the one before it: as many steps as there are kinds.
const KINDS: &str = "WITH RECURSIVE k(kind) AS (SELECT MIN(kind) FROM event
    UNION ALL SELECT (SELECT MIN(e.kind) FROM event e WHERE e.kind > k.kind) FROM k WHERE k.kind IS NOT NULL)
    SELECT kind FROM k WHERE kind IS NOT NULL";

/// A place in the order of the search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub at: Timestamp,
    pub seq: i64,
}

/// A page of what was found.
#[derive(Debug, Clone)]
pub struct Found {
    /// Newest first.
    pub events: Vec<StoredEvent>,
    /// Where the next page begins; none when there is nothing more.
    pub next: Option<Place>,
    /// Whether that is because so much was looked at, and not because the page is full.
    pub looked_enough: bool,
}

/// What was found below a place, newest first: nothing but what the permit reaches, whatever is searched for.
pub async fn search(
    db: &Db,
    by: &impl May<authz::Read, Feed>,
    filter: &AuditFilter,
    below: Option<Place>,
    limit: u32,
) -> Result<Found, StoreError> {
    let Some(filter) = &within(by.scope(), filter) else {
        return Ok(Found { events: Vec::new(), next: None, looked_enough: false });
    };
    let (number, lead) = lead(filter);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let one_more = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let window = if is_led_alone(filter, number) { one_more } else { WINDOW };
    let (from, until) = times(filter);
    let latest = Place { at: Timestamp::from_micros(until), seq: i64::MAX };
    let begins = below.map_or(latest, |below| below.min(latest));
    let mut values = args![&lead, from, begins.at, begins.seq, window].to_vec();
    values.extend(rest(filter));
    values.push(one_more.into());
    let mut events =
        db.rows(NEWEST[number], &values).await?.iter().map(event).collect::<Result<Vec<_>, _>>()?;
    if events.len() > limit {
        events.truncate(limit);
        let next = events.last().map(|last| Place { at: last.at, seq: last.seq });
        return Ok(Found { events, next, looked_enough: false });
    }
    if window == one_more {
        return Ok(Found { events, next: None, looked_enough: false });
    }
    let end = db.row(END[number], args![lead, from, begins.at, begins.seq, WINDOW - 1]).await?;
    let next = match end {
        Some(row) => Some(Place { at: row.timestamp("at")?, seq: row.int("seq")? }),
        None => None,
    };
    Ok(Found { events, looked_enough: next.is_some(), next })
}

/// The same search of what is in the scope; none when it is of something else.
fn within(scope: &Scope, filter: &AuditFilter) -> Option<AuditFilter> {
    let is_or_any = |is: Option<&str>, own: &str| is.is_none_or(|is| is == own);
    match scope {
        Scope::Platform => Some(filter.clone()),
        Scope::Project(own) => is_or_any(filter.project.as_ref().map(ProjectId::as_str), own.as_str())
            .then(|| AuditFilter { project: Some(own.clone()), ..filter.clone() }),
        Scope::Person(own) => {
            let own = format!("user:{own}");
            is_or_any(filter.resource.as_deref(), &own)
                .then(|| AuditFilter { resource: Some(own), ..filter.clone() })
        }
    }
}

/// What was found above a place and up to a number of the chain, oldest first.
pub async fn oldest(
    db: &Db,
    _: &SystemProof,
    filter: &AuditFilter,
    above: Option<Place>,
    upto: i64,
    limit: i64,
) -> Result<Vec<StoredEvent>, StoreError> {
    let (number, lead) = lead(filter);
    let (from, until) = times(filter);
    let begins = above.unwrap_or(Place { at: Timestamp::from_micros(from), seq: i64::MIN });
    let mut values = args![lead, until, begins.at, begins.seq, upto].to_vec();
    values.extend(rest(filter));
    values.push(limit.into());
    db.rows(OLDEST[number], &values).await?.iter().map(event).collect()
}

/// The kinds of events there are.
pub async fn kinds(db: &Db, _: &impl May<authz::Read, Feed>) -> Result<Vec<String>, StoreError> {
    db.rows(KINDS, args![]).await?.iter().map(|row| row.text("kind")).collect()
}

/// Which statement, and what leads it: what is said of the fewest events first.
fn lead(filter: &AuditFilter) -> (usize, String) {
    let AuditFilter { actor, kind, operation, resource, project, text: _, from: _, until: _ } = filter;
    let leads = [
        operation.as_ref().map(ToString::to_string),
        resource.clone(),
        actor.clone(),
        project.as_ref().map(ToString::to_string),
        kind.clone(),
    ];
    let found = leads.into_iter().enumerate().find_map(|(number, lead)| Some((number, lead?)));
    found.unwrap_or((5, String::new()))
}

/// Whether nothing but what leads it and the times narrows it.
fn is_led_alone(filter: &AuditFilter, number: usize) -> bool {
    let AuditFilter { actor, kind, operation, resource, project, text, from: _, until: _ } = filter;
    let others =
        [operation.is_some(), resource.is_some(), actor.is_some(), project.is_some(), kind.is_some()];
    text.is_none() && others.iter().enumerate().all(|(other, said)| other == number || !said)
}

fn times(filter: &AuditFilter) -> (i64, i64) {
    let (from, until) = (filter.from.map(Timestamp::as_micros), filter.until.map(Timestamp::as_micros));
    (from.unwrap_or(i64::MIN), until.unwrap_or(i64::MAX))
}

fn rest(filter: &AuditFilter) -> Vec<Arg> {
    let AuditFilter { actor, kind, operation, resource, project, text, from: _, until: _ } = filter;
    let id = |id: Option<String>| id.unwrap_or_default();
    let said = |text: &Option<String>| text.clone().unwrap_or_default();
    args![
        id(operation.as_ref().map(ToString::to_string)),
        said(resource),
        said(actor),
        id(project.as_ref().map(ToString::to_string)),
        said(kind),
        text.as_deref().map(pattern).unwrap_or_default(),
    ]
    .to_vec()
}

/// A text anywhere in another, whatever is in it.
fn pattern(text: &str) -> String {
    let plain = text.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{plain}%")
}

#[cfg(test)]
mod tests;
