//! How often a sign-in failed lately, for each account and each address, and when the next try is allowed.
//!
//! An attempt is counted as a failure *before* the password is looked at and taken back when it was right. Counting
//! afterwards would let a hundred guesses sent at once all pass the check before the first failure is written.

use std::time::Duration;

use read_models::time::Timestamp;

use super::db::{StoreError, Tx};
use crate::args;
use crate::authz::SystemProof;

pub(crate) const SQL: &[&str] = &[PRUNE, COUNT, NEXT_ALLOWED, SET_NEXT, FORGET, TAKE_BACK];

const PRUNE: &str = "DELETE FROM sign_in_attempt WHERE updated_at < $1";
const COUNT: &str =
    "INSERT INTO sign_in_attempt (subject_kind, subject, failures, next_allowed_at, updated_at)
    VALUES ($1, $2, 1, $3, $3)
    ON CONFLICT (subject_kind, subject) DO UPDATE SET failures = sign_in_attempt.failures + 1, updated_at = $3
    WHERE sign_in_attempt.next_allowed_at <= $3
    RETURNING failures";
const NEXT_ALLOWED: &str =
    "SELECT next_allowed_at FROM sign_in_attempt WHERE subject_kind = $1 AND subject = $2";
const SET_NEXT: &str =
    "UPDATE sign_in_attempt SET next_allowed_at = $3 WHERE subject_kind = $1 AND subject = $2";
const FORGET: &str = "DELETE FROM sign_in_attempt WHERE subject_kind = $1 AND subject = $2";
const TAKE_BACK: &str = "UPDATE sign_in_attempt SET failures = failures - 1, next_allowed_at = $3
    WHERE subject_kind = $1 AND subject = $2 AND failures > 0";

/// Failures are forgotten after a day without a try.
const MEMORY: Duration = Duration::from_hours(24);
/// The longest wait; longer would let anyone lock anyone out for good.
const LONGEST_WAIT: Duration = Duration::from_mins(15);

/// Whose attempts are counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The email as it was typed, known or not: an unknown name is limited like a known one.
    Account(String),
    /// The address the request came from.
    Address(String),
}

/// Counts one attempt; `Err(wait)` inside when the next one is not allowed yet, and then nothing is counted.
pub async fn count(
    tx: &mut Tx,
    _: &SystemProof,
    subject: &Subject,
    now: Timestamp,
) -> Result<Result<(), Duration>, StoreError> {
    tx.execute(PRUNE, args![now.minus(MEMORY)]).await?;
    let (kind, name) = subject.words();
    let Some(row) = tx.row(COUNT, args![kind, name, now]).await? else {
        let next = tx.row(NEXT_ALLOWED, args![kind, name]).await?.ok_or(StoreError::NotFound)?;
        return Ok(Err(next.timestamp("next_allowed_at")?.since(now)));
    };
    let wait = wait_after(row.int("failures")?, subject.free_tries());
    tx.execute(SET_NEXT, args![kind, name, now.plus(wait)]).await?;
    Ok(Ok(()))
}

/// The attempt was right: the account starts afresh, the address gets this one attempt back (an attacker with one good
/// account must not be able to wipe the slate with it).
pub async fn take_back(
    tx: &mut Tx,
    _: &SystemProof,
    subject: &Subject,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (kind, name) = subject.words();
    match subject {
        Subject::Account(_) => tx.execute(FORGET, args![kind, name]).await?,
        Subject::Address(_) => tx.execute(TAKE_BACK, args![kind, name, now]).await?,
    };
    Ok(())
}

/// No wait for the first tries, then 2, 4, 8 … seconds.
fn wait_after(failures: i64, free: i64) -> Duration {
    let Ok(beyond) = u32::try_from(failures - free) else { return Duration::ZERO };
    if beyond == 0 {
        return Duration::ZERO;
    }
    Duration::from_secs(2_u64.saturating_pow(beyond)).min(LONGEST_WAIT)
}

impl Subject {
    fn words(&self) -> (&'static str, &str) {
        match self {
            Self::Account(email) => ("account", email),
            Self::Address(address) => ("address", address),
        }
    }

    /// Many people may share an address, nobody shares an account.
    const fn free_tries(&self) -> i64 {
        match self {
            Self::Account(_) => 5,
            Self::Address(_) => 30,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authz::system::for_worker;
    use crate::store::testing::on_both;

    const START: Timestamp = Timestamp::from_micros(1_000_000_000_000);

    #[test]
    fn waits_grow_and_have_an_end() {
        let waits: Vec<_> = (4..9).map(|failures| wait_after(failures, 5).as_secs()).collect();
        assert_eq!(waits, [0, 0, 2, 4, 8]);
        assert_eq!(wait_after(i64::from(u32::MAX), 5), LONGEST_WAIT);
    }

    #[tokio::test]
    async fn after_too_many_failures_the_next_try_has_to_wait_and_a_right_one_clears_the_account() {
        on_both(async |db| {
            let (proof, subject) = (for_worker("test"), Subject::Account("a@b".into()));
            let mut tx = db.begin().await.unwrap();
            for _ in 0..6 {
                assert_eq!(count(&mut tx, &proof, &subject, START).await.unwrap(), Ok(()));
            }
            assert_eq!(count(&mut tx, &proof, &subject, START).await.unwrap(), Err(Duration::from_secs(2)));
            let later = START.plus(Duration::from_secs(2));
            assert_eq!(count(&mut tx, &proof, &subject, later).await.unwrap(), Ok(()));
            take_back(&mut tx, &proof, &subject, later).await.unwrap();
            assert_eq!(count(&mut tx, &proof, &subject, later).await.unwrap(), Ok(()));
            assert_eq!(count(&mut tx, &proof, &Subject::Address("a@b".into()), later).await.unwrap(), Ok(()));
            tx.commit().await.unwrap();
        })
        .await;
    }
}
