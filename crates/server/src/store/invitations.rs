//! Invitations: an email, a role and where it counts, behind a link that works once. Only the hash of the link is stored.

use read_models::ids::{InvitationId, UserId};
use read_models::time::Timestamp;

use super::db::{Reader, Row, StoreError, Tx, exactly_one};
use super::users::{scope_from_text, scope_text};
use crate::args;
use crate::authz::{self, Administer, Grant, Invitations, May, Role, SystemProof};

pub(crate) const SQL: &[&str] = &[OPEN, BY_ID, BY_HASH, INSERT, USE, REVOKE];

const OPEN: &str =
    "SELECT i.id, i.hash, i.email, i.role, i.scope, u.email AS inviter, i.invited_by, i.invited_at,
    i.expires_at, i.used_at, i.revoked_at FROM invitation i JOIN user_account u ON u.id = i.invited_by
    WHERE ($1 = '' OR i.scope = $1) AND i.used_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > $2
    ORDER BY i.id DESC LIMIT $3";
const BY_ID: &str =
    "SELECT i.id, i.hash, i.email, i.role, i.scope, u.email AS inviter, i.invited_by, i.invited_at,
    i.expires_at, i.used_at, i.revoked_at FROM invitation i JOIN user_account u ON u.id = i.invited_by
    WHERE i.id = $1";
const BY_HASH: &str =
    "SELECT i.id, i.hash, i.email, i.role, i.scope, u.email AS inviter, i.invited_by, i.invited_at,
    i.expires_at, i.used_at, i.revoked_at FROM invitation i JOIN user_account u ON u.id = i.invited_by
    WHERE i.hash = $1";
const INSERT: &str =
    "INSERT INTO invitation (id, hash, email, role, scope, invited_by, invited_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
const USE: &str = "UPDATE invitation SET used_at = $2, used_by = $3
    WHERE id = $1 AND used_at IS NULL AND revoked_at IS NULL AND expires_at > $2";
const REVOKE: &str =
    "UPDATE invitation SET revoked_at = $2 WHERE id = $1 AND used_at IS NULL AND revoked_at IS NULL";

/// An invitation as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    pub id: InvitationId,
    /// SHA-256 of the link's secret, lower hex.
    pub hash: String,
    pub email: String,
    /// The role it gives, and where.
    pub grant: Grant,
    pub invited_by: UserId,
    /// The email of who invited.
    pub inviter: String,
    pub invited_at: Timestamp,
    pub expires_at: Timestamp,
    pub used_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

/// How an invitation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Open,
    Used,
    Revoked,
    Over,
}

/// An invitation to be written down.
#[derive(Clone, Copy, Debug)]
pub struct NewInvitation<'a> {
    pub id: &'a InvitationId,
    pub hash: &'a str,
    pub email: &'a str,
    pub grant: &'a Grant,
    pub invited_by: &'a UserId,
    pub expires_at: Timestamp,
}

impl Invitation {
    /// How it stands now.
    pub fn standing(&self, now: Timestamp) -> Standing {
        match (self.used_at, self.revoked_at) {
            (Some(_), _) => Standing::Used,
            (None, Some(_)) => Standing::Revoked,
            (None, None) if self.expires_at <= now => Standing::Over,
            (None, None) => Standing::Open,
        }
    }
}

/// The open invitations into what the permit reaches, newest first.
pub async fn open(
    from: &mut impl Reader,
    by: &impl May<authz::Read, Invitations>,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<Invitation>, StoreError> {
    from.rows(OPEN, args![by.project_or_any(), now, limit]).await?.iter().map(invitation).collect()
}

/// One invitation.
pub async fn find(
    from: &mut impl Reader,
    _: &SystemProof,
    id: &InvitationId,
) -> Result<Invitation, StoreError> {
    invitation(&from.row(BY_ID, args![id]).await?.ok_or(StoreError::NotFound)?)
}

/// The invitation behind a link.
pub async fn behind(
    from: &mut impl Reader,
    _: &SystemProof,
    hash: &str,
) -> Result<Option<Invitation>, StoreError> {
    from.row(BY_HASH, args![hash]).await?.map(|row| invitation(&row)).transpose()
}

/// Writes an invitation down.
pub async fn add(
    tx: &mut Tx,
    _: &impl May<Administer, Invitations>,
    new: NewInvitation<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (role, scope) = (new.grant.role.key(), scope_text(&new.grant.scope));
    let values = args![new.id, new.hash, new.email, role, scope, new.invited_by, now, new.expires_at];
    tx.execute(INSERT, values).await.map(|_| ())
}

/// Uses it up; [`StoreError::NotFound`] when it is not open any more.
pub async fn use_up(
    tx: &mut Tx,
    _: &SystemProof,
    id: &InvitationId,
    by: &UserId,
    now: Timestamp,
) -> Result<(), StoreError> {
    exactly_one(tx.execute(USE, args![id, now, by]).await?)
}

/// Revokes it; [`StoreError::NotFound`] when it was used or revoked already.
pub async fn revoke(
    tx: &mut Tx,
    _: &impl May<Administer, Invitations>,
    id: &InvitationId,
    now: Timestamp,
) -> Result<(), StoreError> {
    exactly_one(tx.execute(REVOKE, args![id, now]).await?)
}

fn invitation(row: &Row) -> Result<Invitation, StoreError> {
    Ok(Invitation {
        id: row.id("id")?,
        hash: row.text("hash")?,
        email: row.text("email")?,
        grant: Grant { role: row.word("role", Role::parse)?, scope: row.word("scope", scope_from_text)? },
        invited_by: row.id("invited_by")?,
        inviter: row.text("inviter")?,
        invited_at: row.timestamp("invited_at")?,
        expires_at: row.timestamp("expires_at")?,
        used_at: row.opt_timestamp("used_at")?,
        revoked_at: row.opt_timestamp("revoked_at")?,
    })
}
