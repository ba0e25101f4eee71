//! API tokens: shown once, stored as a hash, good until they expire or are revoked.

use std::time::Duration;

use read_models::ids::{TokenId, UserId};
use read_models::navigation::Family;
use read_models::time::Timestamp;

use super::db::{Reader, Row, StoreError, Tx, exactly_one};
use crate::args;
use crate::authz::{self, Account, Administer, May, SystemProof, TokenScope, Tokens};

pub(crate) const SQL: &[&str] = &[BY_HASH, OF_PERSON, BY_ID, INSERT, USED, TOLD, REVOKE];

const BY_HASH: &str =
    "SELECT t.id, t.user_id, t.scope, t.last_used_at, u.email, u.display_name, u.landing FROM api_token t
    JOIN user_account u ON u.id = t.user_id
    WHERE t.hash = $1 AND t.expires_at > $2 AND t.revoked_at IS NULL AND u.suspended_at IS NULL";
// What is over stays in sight for a while, behind what is good.
const OF_PERSON: &str =
    "SELECT id, user_id, hash, scope, name, created_at, expires_at, last_used_at, revoked_at, text_told_at
    FROM api_token WHERE user_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2";
const BY_ID: &str =
    "SELECT id, user_id, hash, scope, name, created_at, expires_at, last_used_at, revoked_at, text_told_at
    FROM api_token WHERE id = $1";
const INSERT: &str = "INSERT INTO api_token (id, user_id, hash, scope, name, created_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)";
const USED: &str = "UPDATE api_token SET last_used_at = $2 WHERE id = $1";
const TOLD: &str = "UPDATE api_token SET text_told_at = $2
    WHERE id = $1 AND text_told_at IS NULL AND last_used_at IS NULL AND revoked_at IS NULL";
const REVOKE: &str = "UPDATE api_token SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";

/// `last_used_at` is written at most so often.
const USED_EVERY: Duration = Duration::from_mins(1);

/// A token that is still good.
#[derive(Clone, Debug)]
pub struct ApiToken {
    pub id: TokenId,
    pub user_id: UserId,
    pub email: String,
    pub display_name: String,
    /// Where they chose to land.
    pub landing: Option<Family>,
    pub scope: TokenScope,
    pub last_used_at: Option<Timestamp>,
}

/// A token as it is written down, good or not any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRecord {
    pub id: TokenId,
    pub user: UserId,
    /// SHA-256 of its text, lower hex.
    pub hash: String,
    pub scope: TokenScope,
    pub name: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    /// When its text was told to the script that issued it.
    pub text_told_at: Option<Timestamp>,
}

impl TokenRecord {
    /// Whether it lets its person's scripts in.
    pub fn is_good(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at > now
    }
}

/// A token to be written down.
#[derive(Clone, Copy)]
pub struct NewApiToken<'a> {
    pub id: &'a TokenId,
    pub user_id: &'a UserId,
    pub hash: &'a str,
    pub scope: TokenScope,
    pub name: &'a str,
    pub expires_at: Timestamp,
}

/// The token with this hash, unless it expired, was revoked, or its person is suspended.
pub async fn by_hash(
    from: &mut impl Reader,
    _: &SystemProof,
    hash: &str,
    now: Timestamp,
) -> Result<Option<ApiToken>, StoreError> {
    from.row(BY_HASH, args![hash, now]).await?.map(|row| token(&row)).transpose()
}

/// The newest tokens of a person, newest first.
pub async fn of_person(
    from: &mut impl Reader,
    by: &impl May<authz::Read, Account>,
    user: &UserId,
    limit: i64,
) -> Result<Vec<TokenRecord>, StoreError> {
    if !by.covers_person(user) {
        return Err(StoreError::NotFound);
    }
    from.rows(OF_PERSON, args![user, limit]).await?.iter().map(record).collect()
}

/// One token.
pub async fn find(from: &mut impl Reader, _: &SystemProof, id: &TokenId) -> Result<TokenRecord, StoreError> {
    record(&from.row(BY_ID, args![id]).await?.ok_or(StoreError::NotFound)?)
}

/// Writes down a new token.
pub async fn issue(
    tx: &mut Tx,
    _: &impl May<Administer, Tokens>,
    new: NewApiToken<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let values = args![new.id, new.user_id, new.hash, new.scope.word(), new.name, now, new.expires_at];
    tx.execute(INSERT, values).await.map(|_| ())
}

/// Whether [`used`] should be written again.
pub fn is_worth_noting(token: &ApiToken, now: Timestamp) -> bool {
    token.last_used_at.is_none_or(|last| now.since(last) >= USED_EVERY)
}

/// The token was used.
pub async fn used(tx: &mut Tx, _: &SystemProof, id: &TokenId, now: Timestamp) -> Result<(), StoreError> {
    exactly_one(tx.execute(USED, args![id, now]).await?)
}

/// Its text is told: not a second time, and not once it was used.
pub async fn told(
    tx: &mut Tx,
    _: &impl May<Administer, Account>,
    id: &TokenId,
    now: Timestamp,
) -> Result<(), StoreError> {
    exactly_one(tx.execute(TOLD, args![id, now]).await?)
}

/// Ends a token for good.
pub async fn revoke(
    tx: &mut Tx,
    _: &impl May<Administer, Tokens>,
    id: &TokenId,
    now: Timestamp,
) -> Result<(), StoreError> {
    exactly_one(tx.execute(REVOKE, args![id, now]).await?)
}

fn token(row: &Row) -> Result<ApiToken, StoreError> {
    Ok(ApiToken {
        id: row.id("id")?,
        user_id: row.id("user_id")?,
        email: row.text("email")?,
        display_name: row.text("display_name")?,
        landing: row.opt_text("landing")?.and_then(|word| Family::parse(&word)),
        scope: row.word("scope", TokenScope::from_word)?,
        last_used_at: row.opt_timestamp("last_used_at")?,
    })
}

fn record(row: &Row) -> Result<TokenRecord, StoreError> {
    Ok(TokenRecord {
        id: row.id("id")?,
        user: row.id("user_id")?,
        hash: row.text("hash")?,
        scope: row.word("scope", TokenScope::from_word)?,
        name: row.text("name")?,
        created_at: row.timestamp("created_at")?,
        expires_at: row.timestamp("expires_at")?,
        last_used_at: row.opt_timestamp("last_used_at")?,
        revoked_at: row.opt_timestamp("revoked_at")?,
        text_told_at: row.opt_timestamp("text_told_at")?,
    })
}
