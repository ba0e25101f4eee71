//! What a browser was asked to have a passkey answer. Kept here and not in the browser, for minutes, for one answer.

use std::time::Duration;

use read_models::time::Timestamp;

use super::db::{StoreError, Tx};
use crate::args;
use crate::authz::SystemProof;

pub(crate) const SQL: &[&str] = &[SWEEP, BEGIN, OLDER, TAKE];

const SWEEP: &str = "DELETE FROM passkey_ceremony WHERE ends_at < $1";
const BEGIN: &str =
    "INSERT INTO passkey_ceremony (key_hash, owner, state, began_at, ends_at) VALUES ($1, $2, $3, $4, $5)";
/// Whoever asks again and again has the newest only.
const OLDER: &str = "DELETE FROM passkey_ceremony WHERE owner = $1 AND key_hash NOT IN (
    SELECT key_hash FROM passkey_ceremony WHERE owner = $1 ORDER BY began_at DESC, key_hash DESC LIMIT 20)";
const TAKE: &str =
    "DELETE FROM passkey_ceremony WHERE key_hash = $1 AND owner = $2 AND ends_at > $3 RETURNING state";

/// So long an answer is waited for; browsers give up at the same time.
pub const LIFETIME: Duration = Duration::from_mins(5);

/// Keeps a question; the owner is the browser that may answer it. Those that are over are swept on the way.
pub async fn begin(
    tx: &mut Tx,
    _: &SystemProof,
    (hash, owner): (&str, &str),
    state: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(SWEEP, args![now]).await?;
    tx.execute(BEGIN, args![hash, owner, state, now, now.plus(LIFETIME)]).await?;
    tx.execute(OLDER, args![owner]).await.map(|_| ())
}

/// What was asked, unless it is over, was answered before, or is another browser's. It is gone then.
pub async fn take(
    tx: &mut Tx,
    _: &SystemProof,
    (hash, owner): (&str, &str),
    now: Timestamp,
) -> Result<Option<String>, StoreError> {
    tx.row(TAKE, args![hash, owner, now]).await?.map(|row| row.text("state")).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authz::system::for_worker;
    use crate::store::testing::on_both;

    #[tokio::test]
    async fn one_is_answered_once_by_its_own_browser_in_time_and_only_the_newest_are_kept() {
        on_both(async |db| {
            let (proof, now) = (for_worker("test"), Timestamp::from_micros(1_000_000));
            let mut tx = db.begin().await.unwrap();
            for n in 0..21 {
                let at = now.plus(Duration::from_secs(n));
                begin(&mut tx, &proof, (&format!("k{n:02}"), "mine"), "state", at).await.unwrap();
            }
            let late = now.plus(Duration::from_secs(25));
            for (key, owner, found) in [
                ("k00", "mine", false),
                ("k01", "other", false),
                ("k01", "mine", true),
                ("k01", "mine", false),
                ("none", "mine", false),
            ] {
                let taken = take(&mut tx, &proof, (key, owner), late).await.unwrap();
                assert_eq!(taken.is_some(), found, "{key} {owner}");
            }
            let over = now.plus(LIFETIME).plus(Duration::from_secs(2));
            assert_eq!(take(&mut tx, &proof, ("k02", "mine"), over).await.unwrap(), None);
            assert!(take(&mut tx, &proof, ("k03", "mine"), over).await.unwrap().is_some());
        })
        .await;
    }
}
