//! Passkeys: what is known of each, which is no secret. A counter only goes forwards; where it does not, it is written down.

use read_models::ids::{OperationId, PasskeyId, UserId};
use read_models::time::Timestamp;

use super::db::{Reader, Row, StoreError, Tx, exactly_one};
use crate::args;
use crate::authz::SystemProof;

pub(crate) const SQL: &[&str] = &[OF, BY_CREDENTIAL, ADD, USE, DOUBT, REMOVE, FORGET];

const OF: &str =
    "SELECT id, user_id, name, credential_id, credential, counter, added_at, added_by, last_used_at, doubted_at
    FROM passkey WHERE user_id = $1 ORDER BY added_at, id";
const BY_CREDENTIAL: &str =
    "SELECT id, user_id, name, credential_id, credential, counter, added_at, added_by, last_used_at, doubted_at
    FROM passkey WHERE credential_id = $1";
const ADD: &str =
    "INSERT INTO passkey (id, user_id, name, credential_id, credential, counter, added_at, added_by)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
/// Authenticators without a counter always say 0.
const USE: &str = "UPDATE passkey SET counter = $2, credential = $3, last_used_at = $4
    WHERE id = $1 AND (counter < $2 OR (counter = 0 AND $2 = 0))";
const DOUBT: &str = "UPDATE passkey SET doubted_at = $2 WHERE id = $1";
const REMOVE: &str = "DELETE FROM passkey WHERE user_id = $1 AND id = $2";
const FORGET: &str = "DELETE FROM passkey WHERE user_id = $1";

/// A person's passkey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasskeyRecord {
    pub id: PasskeyId,
    pub user: UserId,
    /// What its person calls it.
    pub name: String,
    /// The authenticator's name for it, base64url.
    pub credential_id: String,
    /// The public key and what belongs to it, as the library writes it.
    pub credential: String,
    pub counter: i64,
    pub added_at: Timestamp,
    pub added_by: OperationId,
    pub last_used_at: Option<Timestamp>,
    /// When an answer came whose counter had gone back: the passkey may have been copied.
    pub doubted_at: Option<Timestamp>,
}

/// The passkeys of this person, in the order they were added.
pub async fn of(
    from: &mut impl Reader,
    _: &SystemProof,
    user: &UserId,
) -> Result<Vec<PasskeyRecord>, StoreError> {
    from.rows(OF, args![user]).await?.iter().map(passkey).collect()
}

/// The passkey an authenticator calls so.
pub async fn by_credential(
    from: &mut impl Reader,
    _: &SystemProof,
    credential_id: &str,
) -> Result<Option<PasskeyRecord>, StoreError> {
    from.row(BY_CREDENTIAL, args![credential_id]).await?.map(|row| passkey(&row)).transpose()
}

/// Adds one; a conflict when somebody has it already.
pub async fn add(tx: &mut Tx, _: &SystemProof, new: &PasskeyRecord) -> Result<(), StoreError> {
    let values = args![
        &new.id,
        &new.user,
        &new.name,
        &new.credential_id,
        &new.credential,
        new.counter,
        new.added_at,
        &new.added_by,
    ];
    tx.execute(ADD, values).await.map(|_| ())
}

/// Writes down that it was used; no when its counter did not go forwards.
pub async fn use_one(
    tx: &mut Tx,
    _: &SystemProof,
    id: &PasskeyId,
    (counter, credential): (i64, &str),
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(tx.execute(USE, args![id, counter, credential, now]).await? == 1)
}

/// Its counter went back.
pub async fn doubt(tx: &mut Tx, _: &SystemProof, id: &PasskeyId, now: Timestamp) -> Result<(), StoreError> {
    exactly_one(tx.execute(DOUBT, args![id, now]).await?)
}

/// Forgets one of a person's.
pub async fn remove(tx: &mut Tx, _: &SystemProof, user: &UserId, id: &PasskeyId) -> Result<(), StoreError> {
    exactly_one(tx.execute(REMOVE, args![user, id]).await?)
}

/// Forgets all of a person's, and says how many there were.
pub async fn forget(tx: &mut Tx, _: &SystemProof, user: &UserId) -> Result<u64, StoreError> {
    tx.execute(FORGET, args![user]).await
}

fn passkey(row: &Row) -> Result<PasskeyRecord, StoreError> {
    Ok(PasskeyRecord {
        id: row.id("id")?,
        user: row.id("user_id")?,
        name: row.text("name")?,
        credential_id: row.text("credential_id")?,
        credential: row.text("credential")?,
        counter: row.int("counter")?,
        added_at: row.timestamp("added_at")?,
        added_by: row.id("added_by")?,
        last_used_at: row.opt_timestamp("last_used_at")?,
        doubted_at: row.opt_timestamp("doubted_at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authz::system::for_worker;
    use crate::store::testing::on_both;
    use crate::store::users::{self, NewAccount};

    fn one(n: u8, user: &UserId, counter: i64) -> PasskeyRecord {
        PasskeyRecord {
            id: PasskeyId::from_uuid(&format!("{n:032x}")),
            user: user.clone(),
            name: format!("key {n}"),
            credential_id: format!("c{n}"),
            credential: "{}".to_owned(),
            counter,
            added_at: Timestamp::from_micros(i64::from(n)),
            added_by: OperationId::from_uuid(&format!("{:032x}", 9)),
            last_used_at: None,
            doubted_at: None,
        }
    }

    #[tokio::test]
    async fn a_counter_only_goes_forwards_unless_there_is_none_and_each_credential_is_somebodys_once() {
        on_both(async |db| {
            let (proof, user) = (for_worker("test"), UserId::from_uuid(&format!("{:032x}", 1)));
            let now = Timestamp::from_micros(50);
            let mut tx = db.begin().await.unwrap();
            let new = NewAccount { id: &user, email: "a@b", display_name: "A", password_hash: "x" };
            users::create(&mut tx, &proof, new, now).await.unwrap();
            let (counting, still) = (one(1, &user, 3), one(2, &user, 0));
            add(&mut tx, &proof, &counting).await.unwrap();
            add(&mut tx, &proof, &still).await.unwrap();
            for (key, counter, counts) in [
                (&counting, 3, false),
                (&counting, 2, false),
                (&counting, 0, false),
                (&counting, 5, true),
                (&counting, 5, false),
                (&still, 0, true),
                (&still, 0, true),
                (&still, 1, true),
                (&still, 0, false),
            ] {
                let counted = use_one(&mut tx, &proof, &key.id, (counter, "{}"), now).await.unwrap();
                assert_eq!(counted, counts, "{} {counter}", key.name);
            }
            doubt(&mut tx, &proof, &counting.id, now).await.unwrap();
            tx.commit().await.unwrap();
            let found = by_credential(&mut &db, &proof, "c1").await.unwrap().unwrap();
            assert_eq!((found.counter, found.doubted_at, found.last_used_at), (5, Some(now), Some(now)));
            assert_eq!(by_credential(&mut &db, &proof, "c3").await.unwrap(), None);
            let mut tx = db.begin().await.unwrap();
            let again = PasskeyRecord { id: one(4, &user, 0).id, ..still.clone() };
            assert!(matches!(add(&mut tx, &proof, &again).await, Err(StoreError::Conflict { .. })));
            drop(tx);
            let mut tx = db.begin().await.unwrap();
            let other = UserId::from_uuid(&format!("{:032x}", 2));
            assert!(matches!(remove(&mut tx, &proof, &other, &still.id).await, Err(StoreError::NotFound)));
            remove(&mut tx, &proof, &user, &still.id).await.unwrap();
            assert_eq!(of(&mut tx, &proof, &user).await.unwrap().len(), 1);
            assert_eq!(forget(&mut tx, &proof, &user).await.unwrap(), 1);
        })
        .await;
    }
}
