//! The public keys people log in with over SSH. A person has a name and a key once.

use read_models::ids::{SshKeyId, UserId};
use read_models::time::Timestamp;

use super::db::{Reader, Row, StoreError, Tx, exactly_one};
use crate::args;
use crate::authz::{self, Account, Administer, May, SystemProof};

pub(crate) const SQL: &[&str] = &[OF_PERSON, BY_ID, INSERT, DELETE];

const OF_PERSON: &str = "SELECT id, user_id, name, algorithm, public_key, fingerprint, added_at FROM ssh_key
    WHERE user_id = $1 ORDER BY name";
const BY_ID: &str =
    "SELECT id, user_id, name, algorithm, public_key, fingerprint, added_at FROM ssh_key WHERE id = $1";
const INSERT: &str = "INSERT INTO ssh_key (id, user_id, name, algorithm, public_key, fingerprint, added_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)";
const DELETE: &str = "DELETE FROM ssh_key WHERE id = $1 AND user_id = $2";

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SshKey {
    pub id: SshKeyId,
    pub user: UserId,
    /// What its person calls it.
    pub name: String,
    /// `ssh-ed25519`.
    pub algorithm: String,
    /// As OpenSSH writes it, without a comment.
    pub public_key: String,
    /// `SHA256:…`
    pub fingerprint: String,
    pub added_at: Timestamp,
}

/// The keys of a person, by name.
pub async fn of_person(
    from: &mut impl Reader,
    by: &impl May<authz::Read, Account>,
    user: &UserId,
) -> Result<Vec<SshKey>, StoreError> {
    if !by.covers_person(user) {
        return Err(StoreError::NotFound);
    }
    from.rows(OF_PERSON, args![user]).await?.iter().map(key).collect()
}

/// One key.
pub async fn find(from: &mut impl Reader, _: &SystemProof, id: &SshKeyId) -> Result<SshKey, StoreError> {
    key(&from.row(BY_ID, args![id]).await?.ok_or(StoreError::NotFound)?)
}

/// Writes a key down.
pub async fn add(tx: &mut Tx, by: &impl May<Administer, Account>, key: &SshKey) -> Result<(), StoreError> {
    if !by.covers_person(&key.user) {
        return Err(StoreError::NotFound);
    }
    let values =
        args![&key.id, &key.user, &key.name, &key.algorithm, &key.public_key, &key.fingerprint, key.added_at];
    tx.execute(INSERT, values).await.map(|_| ())
}

/// Takes a key away. [`StoreError::NotFound`] when the person has no such key.
pub async fn remove(
    tx: &mut Tx,
    by: &impl May<Administer, Account>,
    user: &UserId,
    id: &SshKeyId,
) -> Result<(), StoreError> {
    if !by.covers_person(user) {
        return Err(StoreError::NotFound);
    }
    exactly_one(tx.execute(DELETE, args![id, user]).await?)
}

fn key(row: &Row) -> Result<SshKey, StoreError> {
    Ok(SshKey {
        id: row.id("id")?,
        user: row.id("user_id")?,
        name: row.text("name")?,
        algorithm: row.text("algorithm")?,
        public_key: row.text("public_key")?,
        fingerprint: row.text("fingerprint")?,
        added_at: row.timestamp("added_at")?,
    })
}
