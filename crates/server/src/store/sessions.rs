//! Browser sessions. The key in the cookie is stored only as its hash; a session ends by being idle, by age, or by its person.

use std::time::Duration;

use read_models::ids::{ProjectId, SessionId, UserId};
use read_models::navigation::Family;
use read_models::time::Timestamp;

use super::db::{Reader, Row, StoreError, Tx, exactly_one};
use crate::args;
use crate::authz::{self, Account, Administer, May, SystemProof};

pub(crate) const SQL: &[&str] = &[
    BY_HASH,
    INSERT,
    SIGNED_IN,
    SEEN,
    USE_PROJECT,
    RENEW,
    LET_GO,
    END,
    OPEN_OF_PERSON,
    OPEN,
    END_ONE,
    END_OTHERS,
    STALE,
    OPEN_FROM_BEFORE,
    PRUNE,
];

const BY_HASH: &str =
    "SELECT s.id, s.user_id, s.signed_in_at, s.stepped_up_at, s.seen_at, s.ends_at, s.project_id,
    u.email, u.display_name, u.landing
    FROM session s JOIN user_account u ON u.id = s.user_id
    WHERE s.id_hash = $1 AND s.idle_until > $2 AND s.ends_at > $2 AND u.suspended_at IS NULL";
const INSERT: &str = "INSERT INTO session
    (id_hash, id, user_id, signed_in_at, stepped_up_at, seen_at, idle_until, ends_at, device)
    VALUES ($1, $2, $3, $4, $4, $4, $5, $6, $7)";
const SIGNED_IN: &str = "UPDATE user_account SET signed_in_at = $2 WHERE id = $1";
const SEEN: &str = "UPDATE session SET seen_at = $2, idle_until = $3 WHERE id = $1 AND seen_at < $2";
const USE_PROJECT: &str = "UPDATE session SET project_id = $2 WHERE id = $1";
const RENEW: &str = "INSERT INTO session
    (id_hash, id, user_id, signed_in_at, stepped_up_at, seen_at, idle_until, ends_at, device, project_id)
    SELECT CAST($2 AS TEXT), CAST($3 AS TEXT), user_id, signed_in_at, CAST($4 AS BIGINT), CAST($4 AS BIGINT),
    CAST($5 AS BIGINT), ends_at, device, project_id FROM session WHERE id = $1";
const LET_GO: &str = "UPDATE session SET ends_at = $2 WHERE id = $1 AND ends_at > $2";
const END: &str = "DELETE FROM session WHERE id_hash = $1";
const OPEN_OF_PERSON: &str = "SELECT id, device, signed_in_at, seen_at, idle_until, ends_at FROM session
    WHERE user_id = $1 AND idle_until > $2 AND ends_at > $3 ORDER BY signed_in_at DESC, id DESC";
const OPEN: &str = "SELECT id FROM session WHERE id = $1 AND idle_until > $2 AND ends_at > $2";
const END_ONE: &str = "DELETE FROM session WHERE id = $1 AND user_id = $2";
const END_OTHERS: &str = "DELETE FROM session WHERE user_id = $1 AND id <> $2";
const STALE: &str = "UPDATE session SET stepped_up_at = 0 WHERE user_id = $1";
const OPEN_FROM_BEFORE: &str = "SELECT id FROM session
    WHERE user_id = $1 AND id <> $2 AND signed_in_at < $3 AND idle_until > $4 AND ends_at > $4 LIMIT 1";
const PRUNE: &str = "DELETE FROM session WHERE idle_until < $1 OR ends_at < $1";

/// Without a request for so long, a session is over.
pub const IDLE: Duration = Duration::from_hours(12);
/// A session is over after so long, whatever happens in it.
pub const LIFETIME: Duration = Duration::from_hours(7 * 24);
/// What was under way when a session got a new key may still come in under the old one.
const LET_GO_AFTER: Duration = Duration::from_secs(30);
/// `seen_at` is written at most so often: a page is many requests.
const SEEN_EVERY: Duration = Duration::from_mins(1);

/// A session that is still good.
#[derive(Clone, Debug)]
pub struct Session {
    pub id: SessionId,
    pub user_id: UserId,
    pub email: String,
    pub display_name: String,
    /// Where they chose to land.
    pub landing: Option<Family>,
    pub signed_in_at: Timestamp,
    pub stepped_up_at: Timestamp,
    pub seen_at: Timestamp,
    pub ends_at: Timestamp,
    /// The project used last.
    pub project: Option<ProjectId>,
}

/// The session of this cookie, unless it is over or its person suspended.
pub async fn by_hash(
    from: &mut impl Reader,
    _: &SystemProof,
    hash: &str,
    now: Timestamp,
) -> Result<Option<Session>, StoreError> {
    from.row(BY_HASH, args![hash, now]).await?.map(|row| session(&row)).transpose()
}

/// Begins a session; sessions that are over are swept on the way.
pub async fn begin(
    tx: &mut Tx,
    _: &SystemProof,
    (id, hash): (&SessionId, &str),
    user: &UserId,
    device: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(PRUNE, args![now]).await?;
    tx.execute(INSERT, args![hash, id, user, now, now.plus(IDLE), now.plus(LIFETIME), device]).await?;
    tx.execute(SIGNED_IN, args![user, now]).await?;
    Ok(())
}

/// Whether [`seen`] should be written again.
pub fn is_worth_noting(session: &Session, now: Timestamp) -> bool {
    now.since(session.seen_at) >= SEEN_EVERY
}

/// The session was used: it is idle from now on.
pub async fn seen(tx: &mut Tx, _: &SystemProof, id: &SessionId, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(SEEN, args![id, now, now.plus(IDLE)]).await?;
    Ok(())
}

/// Remembers the project the person looked at last.
pub async fn use_project(
    tx: &mut Tx,
    _: &SystemProof,
    id: &SessionId,
    project: &ProjectId,
) -> Result<(), StoreError> {
    exactly_one(tx.execute(USE_PROJECT, args![id, project]).await?)
}

/// The person gave the password again: what is fresh now goes on under another key, so that whoever has a copy of the old
/// one gains nothing.
pub async fn step_up(
    tx: &mut Tx,
    _: &SystemProof,
    old: &SessionId,
    (id, hash): (&SessionId, &str),
    now: Timestamp,
) -> Result<(), StoreError> {
    exactly_one(tx.execute(RENEW, args![old, hash, id, now, now.plus(IDLE)]).await?)?;
    tx.execute(LET_GO, args![old, now.plus(LET_GO_AFTER)]).await.map(|_| ())
}

/// Ends the session of this cookie; ending it twice changes nothing.
pub async fn end(tx: &mut Tx, _: &SystemProof, hash: &str) -> Result<(), StoreError> {
    tx.execute(END, args![hash]).await.map(|_| ())
}

/// A session that is open, as its person sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSession {
    pub id: SessionId,
    /// What the browser said it is.
    pub device: String,
    pub signed_in_at: Timestamp,
    pub seen_at: Timestamp,
    /// When it ends if nobody uses it any more, or whatever happens.
    pub ends_at: Timestamp,
}

/// The sessions a person has open, the newest first. One that goes on under another key already is not among them.
pub async fn open_of_person(
    from: &mut impl Reader,
    by: &impl May<authz::Read, Account>,
    user: &UserId,
    now: Timestamp,
) -> Result<Vec<OpenSession>, StoreError> {
    if !by.covers_person(user) {
        return Err(StoreError::NotFound);
    }
    from.rows(OPEN_OF_PERSON, args![user, now, now.plus(LET_GO_AFTER)]).await?.iter().map(open).collect()
}

/// Whether a session is open.
pub async fn is_open(
    from: &mut impl Reader,
    _: &SystemProof,
    id: &SessionId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(from.row(OPEN, args![id, now]).await?.is_some())
}

/// Ends one session of a person; ending it twice changes nothing.
pub async fn end_one(
    tx: &mut Tx,
    by: &impl May<Administer, Account>,
    user: &UserId,
    id: &SessionId,
) -> Result<(), StoreError> {
    if !by.covers_person(user) {
        return Err(StoreError::NotFound);
    }
    tx.execute(END_ONE, args![id, user]).await.map(|_| ())
}

/// Ends every session of a person but one, or all of them; ending them twice changes nothing.
pub async fn end_others(
    tx: &mut Tx,
    by: &impl May<Administer, Account>,
    user: &UserId,
    stays: Option<&SessionId>,
) -> Result<(), StoreError> {
    if !by.covers_person(user) {
        return Err(StoreError::NotFound);
    }
    tx.execute(END_OTHERS, args![user, stays.map_or("", SessionId::as_str)]).await.map(|_| ())
}

/// No session of this person is fresh any more: what made them so does not count by itself from now on.
pub async fn stale(tx: &mut Tx, _: &SystemProof, user: &UserId) -> Result<(), StoreError> {
    tx.execute(STALE, args![user]).await.map(|_| ())
}

/// Whether a session of a person that began before then, and is not this one, is still open.
pub async fn others_from_before(
    from: &mut impl Reader,
    _: &SystemProof,
    user: &UserId,
    stays: Option<&SessionId>,
    (before, now): (Timestamp, Timestamp),
) -> Result<bool, StoreError> {
    let values = args![user, stays.map_or("", SessionId::as_str), before, now];
    Ok(from.row(OPEN_FROM_BEFORE, values).await?.is_some())
}

fn open(row: &Row) -> Result<OpenSession, StoreError> {
    Ok(OpenSession {
        id: row.id("id")?,
        device: row.text("device")?,
        signed_in_at: row.timestamp("signed_in_at")?,
        seen_at: row.timestamp("seen_at")?,
        ends_at: row.timestamp("idle_until")?.min(row.timestamp("ends_at")?),
    })
}

fn session(row: &Row) -> Result<Session, StoreError> {
    Ok(Session {
        id: row.id("id")?,
        user_id: row.id("user_id")?,
        email: row.text("email")?,
        display_name: row.text("display_name")?,
        landing: row.opt_text("landing")?.and_then(|word| Family::parse(&word)),
        signed_in_at: row.timestamp("signed_in_at")?,
        stepped_up_at: row.timestamp("stepped_up_at")?,
        seen_at: row.timestamp("seen_at")?,
        ends_at: row.timestamp("ends_at")?,
        project: row.opt_id("project_id")?,
    })
}
