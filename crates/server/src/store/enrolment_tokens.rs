//! Enrolment tokens: each lets one machine in, once. The secret is stored only as its hash.
//!
//! The certificate of a used token is kept beside it: the same key that asks again within ten minutes gets the same
//! answer, because a lost answer must not be a lost node. Another key is refused and counted.

use read_models::ids::{EnrolmentTokenId, NodeId};
use read_models::time::Timestamp;

use super::db::{Db, Reader, Row, StoreError, Tx, exactly_one};
use crate::args;
use crate::authz::{self, EnrolmentTokens, May, Operate, SystemProof};

pub(crate) const SQL: &[&str] = &[LIST, BY_ID, HOLD, INSERT, USE, REFUSED, REVOKE];

const LIST: &str = "SELECT id, secret_hash, node_name, issued_by, issued_at, expires_at, used_at, used_key_fingerprint,
    node_id, revoked_at, refused_count, certificate_pem FROM enrolment_token ORDER BY issued_at DESC, id DESC LIMIT $1";
const BY_ID: &str =
    "SELECT id, secret_hash, node_name, issued_by, issued_at, expires_at, used_at, used_key_fingerprint,
    node_id, revoked_at, refused_count, certificate_pem FROM enrolment_token WHERE id = $1";
// Changes nothing, so that the row is locked until the transaction ends.
const HOLD: &str = "UPDATE enrolment_token SET refused_count = refused_count WHERE id = $1
    RETURNING id, secret_hash, node_name, issued_by, issued_at, expires_at, used_at, used_key_fingerprint,
    node_id, revoked_at, refused_count, certificate_pem";
const INSERT: &str = "INSERT INTO enrolment_token
    (id, secret_hash, node_name, issued_by, issued_at, expires_at, refused_count) VALUES ($1, $2, $3, $4, $5, $6, 0)";
const USE: &str = "UPDATE enrolment_token
    SET used_at = $2, used_key_fingerprint = $3, node_id = $4, certificate_pem = $5
    WHERE id = $1 AND used_at IS NULL AND revoked_at IS NULL AND expires_at > $2";
const REFUSED: &str = "UPDATE enrolment_token SET refused_count = refused_count + 1 WHERE id = $1";
const REVOKE: &str = "UPDATE enrolment_token SET revoked_at = $2
    WHERE id = $1 AND revoked_at IS NULL AND used_at IS NULL";

/// An enrolment token as stored.
#[derive(Clone, Debug)]
pub struct EnrolmentToken {
    pub id: EnrolmentTokenId,
    /// SHA-256 of the secret, lower hex.
    pub secret_hash: String,
    /// The name the node has to take, if one was fixed.
    pub node_name: Option<String>,
    pub issued_by: String,
    pub issued_at: Timestamp,
    pub expires_at: Timestamp,
    pub revoked_at: Option<Timestamp>,
    /// How often it was shown by someone who may not use it (any more).
    pub refused_count: i64,
    pub used: Option<UsedBy>,
}

impl EnrolmentToken {
    /// Whether it lets a machine in now.
    pub fn is_good(&self, now: Timestamp) -> bool {
        self.used.is_none() && self.revoked_at.is_none() && self.expires_at > now
    }
}

/// Who used it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsedBy {
    pub at: Timestamp,
    pub key_fingerprint: String,
    pub node_id: NodeId,
    pub certificate_pem: String,
}

/// A token to be written down.
#[derive(Clone, Copy, Debug)]
pub struct NewEnrolmentToken<'a> {
    pub id: &'a EnrolmentTokenId,
    pub secret_hash: &'a str,
    pub node_name: Option<&'a str>,
    pub issued_at: Timestamp,
    pub expires_at: Timestamp,
}

/// The latest tokens, newest first.
pub async fn latest(
    db: &Db,
    _: &impl May<authz::Read, EnrolmentTokens>,
    limit: i64,
) -> Result<Vec<EnrolmentToken>, StoreError> {
    db.rows(LIST, args![limit]).await?.iter().map(token).collect()
}

/// One token.
pub async fn find(
    from: &mut impl Reader,
    _: &impl May<authz::Read, EnrolmentTokens>,
    id: &EnrolmentTokenId,
) -> Result<EnrolmentToken, StoreError> {
    token(&from.row(BY_ID, args![id]).await?.ok_or(StoreError::NotFound)?)
}

/// One token that nobody else uses until the transaction ends: what is judged of it still holds when it is written.
pub async fn hold(tx: &mut Tx, _: &SystemProof, id: &EnrolmentTokenId) -> Result<EnrolmentToken, StoreError> {
    token(&tx.row(HOLD, args![id]).await?.ok_or(StoreError::NotFound)?)
}

/// Writes down a new token, under the name of who may issue it.
pub async fn issue(
    tx: &mut Tx,
    by: &impl May<Operate, EnrolmentTokens>,
    new: NewEnrolmentToken<'_>,
) -> Result<(), StoreError> {
    let values = args![new.id, new.secret_hash, new.node_name, by.who(), new.issued_at, new.expires_at];
    tx.execute(INSERT, values).await.map(|_| ())
}

/// Writes down a token that somebody asked an operation for.
pub async fn issue_for(
    tx: &mut Tx,
    _: &SystemProof,
    issued_by: &str,
    new: NewEnrolmentToken<'_>,
) -> Result<(), StoreError> {
    let values = args![new.id, new.secret_hash, new.node_name, issued_by, new.issued_at, new.expires_at];
    tx.execute(INSERT, values).await.map(|_| ())
}

/// Uses it up. [`StoreError::NotFound`] when it is used, revoked or past its time by now: of two machines one gets in.
pub async fn use_up(
    tx: &mut Tx,
    _: &SystemProof,
    id: &EnrolmentTokenId,
    by: &UsedBy,
) -> Result<(), StoreError> {
    let values = args![id, by.at, &by.key_fingerprint, &by.node_id, &by.certificate_pem];
    exactly_one(tx.execute(USE, values).await?)
}

/// Someone showed it who may not use it.
pub async fn count_refusal(tx: &mut Tx, _: &SystemProof, id: &EnrolmentTokenId) -> Result<(), StoreError> {
    exactly_one(tx.execute(REFUSED, args![id]).await?)
}

/// Makes it useless; a used one cannot be revoked ([`StoreError::NotFound`]).
pub async fn revoke(
    tx: &mut Tx,
    _: &impl May<Operate, EnrolmentTokens>,
    id: &EnrolmentTokenId,
    now: Timestamp,
) -> Result<(), StoreError> {
    exactly_one(tx.execute(REVOKE, args![id, now]).await?)
}

fn token(row: &Row) -> Result<EnrolmentToken, StoreError> {
    Ok(EnrolmentToken {
        id: row.id("id")?,
        secret_hash: row.text("secret_hash")?,
        node_name: row.opt_text("node_name")?,
        issued_by: row.text("issued_by")?,
        issued_at: row.timestamp("issued_at")?,
        expires_at: row.timestamp("expires_at")?,
        revoked_at: row.opt_timestamp("revoked_at")?,
        refused_count: row.int("refused_count")?,
        used: row.opt_timestamp("used_at")?.map(|at| used_by(row, at)).transpose()?,
    })
}

fn used_by(row: &Row, at: Timestamp) -> Result<UsedBy, StoreError> {
    Ok(UsedBy {
        at,
        key_fingerprint: row.text("used_key_fingerprint")?,
        node_id: row.id("node_id")?,
        certificate_pem: row.text("certificate_pem")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authz::system::for_worker;
    use crate::store::testing::on_both;

    #[tokio::test]
    async fn a_token_is_used_once_and_only_in_its_time() {
        on_both(async |db| {
            let (proof, id) = (for_worker("test"), EnrolmentTokenId::from_uuid(&format!("{:032x}", 5)));
            let at = Timestamp::from_micros;
            let new = NewEnrolmentToken {
                id: &id,
                secret_hash: "h",
                node_name: None,
                issued_at: at(0),
                expires_at: at(10),
            };
            let used = |time| UsedBy {
                at: at(time),
                key_fingerprint: "k".into(),
                node_id: NodeId::from_uuid(&format!("{:032x}", 6)),
                certificate_pem: "c".into(),
            };
            let mut tx = db.begin().await.unwrap();
            issue(&mut tx, &proof, new).await.unwrap();
            assert!(
                matches!(use_up(&mut tx, &proof, &id, &used(10)).await, Err(StoreError::NotFound)),
                "too late"
            );
            use_up(&mut tx, &proof, &id, &used(9)).await.unwrap();
            assert!(
                matches!(use_up(&mut tx, &proof, &id, &used(9)).await, Err(StoreError::NotFound)),
                "used"
            );
            count_refusal(&mut tx, &proof, &id).await.unwrap();
            tx.commit().await.unwrap();
            let found = find(&mut &db, &proof, &id).await.unwrap();
            assert_eq!((found.refused_count, found.used), (1, Some(used(9))));
            assert_eq!(latest(&db, &proof, 5).await.unwrap().len(), 1);
        })
        .await;
    }
}
