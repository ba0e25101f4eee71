//! Authenticator apps (RFC 6238), one of each person at most. The secret is sealed, and each code counts once.

use read_models::ids::{OperationId, UserId};
use read_models::time::Timestamp;

use super::db::{Reader, StoreError, Tx, exactly_one};
use crate::args;
use crate::authz::SystemProof;

pub(crate) const SQL: &[&str] = &[OF, ADD, USE_STEP, REMOVE, TAKE_BACK];

const OF: &str = "SELECT sealed, added_at, added_by, last_used_at FROM totp WHERE user_id = $1";
const ADD: &str =
    "INSERT INTO totp (user_id, sealed, last_step, added_at, added_by) VALUES ($1, $2, $3, $4, $5)";
const USE_STEP: &str =
    "UPDATE totp SET last_step = $2, last_used_at = $3 WHERE user_id = $1 AND last_step < $2";
const REMOVE: &str = "DELETE FROM totp WHERE user_id = $1";
const TAKE_BACK: &str = "DELETE FROM totp WHERE user_id = $1 AND added_by = $2";

/// A person's app. What is sealed is not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct TotpRecord {
    pub sealed: String,
    pub added_at: Timestamp,
    pub added_by: OperationId,
    pub last_used_at: Option<Timestamp>,
}

/// The app of this person.
pub async fn of(
    from: &mut impl Reader,
    _: &SystemProof,
    user: &UserId,
) -> Result<Option<TotpRecord>, StoreError> {
    let Some(row) = from.row(OF, args![user]).await? else { return Ok(None) };
    Ok(Some(TotpRecord {
        sealed: row.text("sealed")?,
        added_at: row.timestamp("added_at")?,
        added_by: row.id("added_by")?,
        last_used_at: row.opt_timestamp("last_used_at")?,
    }))
}

/// Adds the app of a person who has none; the step is of the code that confirmed it.
pub async fn add(
    tx: &mut Tx,
    _: &SystemProof,
    user: &UserId,
    (sealed, step): (&str, i64),
    (by, now): (&OperationId, Timestamp),
) -> Result<(), StoreError> {
    tx.execute(ADD, args![user, sealed, step, now, by]).await.map(|_| ())
}

/// Uses a code's time step up; no when it, or a later one, was used before.
pub async fn use_step(
    tx: &mut Tx,
    _: &SystemProof,
    user: &UserId,
    step: i64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(tx.execute(USE_STEP, args![user, step, now]).await? == 1)
}

/// Forgets a person's app.
pub async fn remove(tx: &mut Tx, _: &SystemProof, user: &UserId) -> Result<(), StoreError> {
    exactly_one(tx.execute(REMOVE, args![user]).await?)
}

/// Forgets the app that this operation added; doing it twice changes nothing.
pub async fn take_back(
    tx: &mut Tx,
    _: &SystemProof,
    user: &UserId,
    by: &OperationId,
) -> Result<(), StoreError> {
    tx.execute(TAKE_BACK, args![user, by]).await.map(|_| ())
}

impl std::fmt::Debug for TotpRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TotpRecord").field("added_at", &self.added_at).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authz::system::for_worker;
    use crate::store::testing::on_both;
    use crate::store::users::{self, NewAccount};

    #[tokio::test]
    async fn a_step_counts_once_and_only_forwards() {
        on_both(async |db| {
            let (proof, user) = (for_worker("test"), UserId::from_uuid(&format!("{:032x}", 1)));
            let (by, now) = (OperationId::from_uuid(&format!("{:032x}", 2)), Timestamp::from_micros(5));
            let mut tx = db.begin().await.unwrap();
            let new = NewAccount { id: &user, email: "a@b", display_name: "A", password_hash: "x" };
            users::create(&mut tx, &proof, new, now).await.unwrap();
            assert!(!use_step(&mut tx, &proof, &user, 7, now).await.unwrap(), "there is no app");
            add(&mut tx, &proof, &user, ("sealed", 7), (&by, now)).await.unwrap();
            for (step, counts) in [(7, false), (6, false), (8, true), (8, false), (9, true)] {
                assert_eq!(use_step(&mut tx, &proof, &user, step, now).await.unwrap(), counts, "{step}");
            }
            let other = OperationId::from_uuid(&format!("{:032x}", 3));
            take_back(&mut tx, &proof, &user, &other).await.unwrap();
            assert_eq!(of(&mut tx, &proof, &user).await.unwrap().unwrap().last_used_at, Some(now));
            take_back(&mut tx, &proof, &user, &by).await.unwrap();
            assert_eq!(of(&mut tx, &proof, &user).await.unwrap(), None);
            assert!(matches!(remove(&mut tx, &proof, &user).await, Err(StoreError::NotFound)));
        })
        .await;
    }
}
