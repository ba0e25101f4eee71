//! Recovery codes: for who has lost the second factor. Stored as hashes; each is used once.

use read_models::ids::{OperationId, UserId};
use read_models::time::Timestamp;

use super::db::{Reader, StoreError, Tx};
use crate::args;
use crate::authz::SystemProof;

pub(crate) const SQL: &[&str] = &[OF, ADD, USE, FORGET, TAKE_BACK];

const OF: &str =
    "SELECT hash, issued_by, issued_at, used_at FROM recovery_code WHERE user_id = $1 ORDER BY hash";
const ADD: &str = "INSERT INTO recovery_code (user_id, hash, issued_by, issued_at) VALUES ($1, $2, $3, $4)";
const USE: &str =
    "UPDATE recovery_code SET used_at = $3 WHERE user_id = $1 AND hash = $2 AND used_at IS NULL";
const FORGET: &str = "DELETE FROM recovery_code WHERE user_id = $1";
const TAKE_BACK: &str = "DELETE FROM recovery_code WHERE user_id = $1 AND issued_by = $2";

/// A code, by its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoveryCode {
    pub hash: String,
    pub issued_by: OperationId,
    pub issued_at: Timestamp,
    pub used_at: Option<Timestamp>,
}

/// The codes of this person, used or not.
pub async fn of(
    from: &mut impl Reader,
    _: &SystemProof,
    user: &UserId,
) -> Result<Vec<RecoveryCode>, StoreError> {
    let rows = from.rows(OF, args![user]).await?;
    let code = |row: &super::db::Row| {
        Ok(RecoveryCode {
            hash: row.text("hash")?,
            issued_by: row.id("issued_by")?,
            issued_at: row.timestamp("issued_at")?,
            used_at: row.opt_timestamp("used_at")?,
        })
    };
    rows.iter().map(code).collect()
}

/// Puts these in the place of whatever codes the person had.
pub async fn replace(
    tx: &mut Tx,
    proof: &SystemProof,
    user: &UserId,
    hashes: &[String],
    (by, now): (&OperationId, Timestamp),
) -> Result<(), StoreError> {
    forget(tx, proof, user).await?;
    for hash in hashes {
        tx.execute(ADD, args![user, hash, by, now]).await?;
    }
    Ok(())
}

/// Uses a code up; no when there is none of this hash, or it was used before.
pub async fn use_up(
    tx: &mut Tx,
    _: &SystemProof,
    user: &UserId,
    hash: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(tx.execute(USE, args![user, hash, now]).await? == 1)
}

/// Forgets them all; doing it twice changes nothing.
pub async fn forget(tx: &mut Tx, _: &SystemProof, user: &UserId) -> Result<(), StoreError> {
    tx.execute(FORGET, args![user]).await.map(|_| ())
}

/// Forgets those that this operation issued; doing it twice changes nothing.
pub async fn take_back(
    tx: &mut Tx,
    _: &SystemProof,
    user: &UserId,
    by: &OperationId,
) -> Result<(), StoreError> {
    tx.execute(TAKE_BACK, args![user, by]).await.map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authz::system::for_worker;
    use crate::store::testing::on_both;
    use crate::store::users::{self, NewAccount};

    #[tokio::test]
    async fn a_code_is_used_once_and_new_ones_take_the_place_of_all() {
        on_both(async |db| {
            let (proof, user) = (for_worker("test"), UserId::from_uuid(&format!("{:032x}", 1)));
            let (by, now) = (OperationId::from_uuid(&format!("{:032x}", 2)), Timestamp::from_micros(5));
            let mut tx = db.begin().await.unwrap();
            let new = NewAccount { id: &user, email: "a@b", display_name: "A", password_hash: "x" };
            users::create(&mut tx, &proof, new, now).await.unwrap();
            let hashes = ["a".to_owned(), "b".to_owned()];
            replace(&mut tx, &proof, &user, &hashes, (&by, now)).await.unwrap();
            for (hash, counts) in [("a", true), ("a", false), ("c", false), ("b", true)] {
                assert_eq!(use_up(&mut tx, &proof, &user, hash, now).await.unwrap(), counts, "{hash}");
            }
            replace(&mut tx, &proof, &user, &["c".to_owned()], (&by, now)).await.unwrap();
            let left = of(&mut tx, &proof, &user).await.unwrap();
            assert_eq!(left.iter().map(|code| code.hash.as_str()).collect::<Vec<_>>(), ["c"]);
            take_back(&mut tx, &proof, &user, &by).await.unwrap();
            assert!(of(&mut tx, &proof, &user).await.unwrap().is_empty());
        })
        .await;
    }
}
