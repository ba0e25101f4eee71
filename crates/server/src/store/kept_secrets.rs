//! Secrets that a person handed in for an operation: sealed, under a reference that says nothing. One operation uses one
//! up; from then on only its digest is there, so that what was done can still be looked at.

use std::time::Duration;

use read_models::ids::{KeptSecretId, OperationId, SessionId, UserId};
use read_models::time::Timestamp;

use super::db::{Reader, Row, StoreError, Tx};
use crate::args;
use crate::authz::SystemProof;

pub(crate) const SQL: &[&str] = &[KEEP, OLDER, BY_ID, UNCONFIRMED, CONFIRM, USE_UP, GOES_ON, SWEEP];

const KEEP: &str =
    "INSERT INTO kept_secret (id, user_id, session_id, purpose, sealed, digest, kept_at, good_until)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
/// Of one person the newest are kept.
const OLDER: &str = "DELETE FROM kept_secret WHERE user_id = $1 AND id NOT IN (
    SELECT id FROM kept_secret WHERE user_id = $1 ORDER BY kept_at DESC, id DESC LIMIT 5)";
const BY_ID: &str =
    "SELECT id, user_id, session_id, purpose, sealed, digest, kept_at, good_until, confirmed_step, used_by
    FROM kept_secret WHERE id = $1";
const UNCONFIRMED: &str =
    "SELECT id, user_id, session_id, purpose, sealed, digest, kept_at, good_until, confirmed_step, used_by
    FROM kept_secret WHERE session_id = $1 AND purpose = 'totp' AND confirmed_step IS NULL
    AND sealed IS NOT NULL AND good_until > $2 ORDER BY kept_at DESC, id DESC LIMIT 1";
const CONFIRM: &str = "UPDATE kept_secret SET confirmed_step = $2 WHERE id = $1 AND used_by IS NULL";
const USE_UP: &str = "UPDATE kept_secret SET used_by = $2, sealed = NULL WHERE id = $1 AND used_by IS NULL AND sealed IS NOT NULL";
const GOES_ON: &str = "UPDATE kept_secret SET session_id = $2 WHERE session_id = $1";
const SWEEP: &str = "DELETE FROM kept_secret WHERE kept_at < $1";

/// How long one can be used: as long as a plan made with it.
pub const GOOD_FOR: Duration = Duration::from_mins(30);
/// How long one is remembered, for an operation that is still under way.
pub const REMEMBERED_FOR: Duration = Duration::from_hours(24);

/// What a secret was handed in for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The argon2 hash of a new password.
    Password,
    /// The secret of an authenticator app.
    Totp,
    /// A passkey whose authenticator has answered; no secret, but nobody else's either.
    Passkey,
}

/// A secret as it is kept. What is sealed is not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct KeptSecret {
    pub id: KeptSecretId,
    pub user: UserId,
    /// The session it was handed in from, under the id it goes on with; none for a program.
    pub session: Option<SessionId>,
    pub purpose: Purpose,
    /// None once it was used.
    pub sealed: Option<String>,
    /// SHA-256 of what is sealed, lower hex.
    pub digest: String,
    pub kept_at: Timestamp,
    pub good_until: Timestamp,
    /// Of an app's secret: the time step of the code that showed that the app has it.
    pub confirmed_step: Option<i64>,
    /// The operation that used it.
    pub used_by: Option<OperationId>,
}

impl KeptSecret {
    /// Whether this person can still use it for this.
    pub fn is_good(&self, user: &UserId, purpose: Purpose, now: Timestamp) -> bool {
        self.user == *user && self.purpose == purpose && self.sealed.is_some() && self.good_until > now
    }
}

/// Keeps a secret.
pub async fn keep(tx: &mut Tx, _: &SystemProof, new: &KeptSecret) -> Result<(), StoreError> {
    let session = new.session.as_ref().map(|id| id.as_str().to_owned());
    let values = args![
        &new.id,
        &new.user,
        session,
        new.purpose.word(),
        new.sealed.clone(),
        &new.digest,
        new.kept_at,
        new.good_until,
    ];
    tx.execute(KEEP, values).await?;
    tx.execute(OLDER, args![&new.user]).await.map(|_| ())
}

/// One of them, used or not; whose it is, is for whoever asks to look at.
pub async fn find(
    from: &mut impl Reader,
    _: &SystemProof,
    id: &KeptSecretId,
) -> Result<Option<KeptSecret>, StoreError> {
    from.row(BY_ID, args![id]).await?.map(|row| kept(&row)).transpose()
}

/// The newest secret of an app that this session has begun to set up, and no code has confirmed.
pub async fn unconfirmed(
    from: &mut impl Reader,
    _: &SystemProof,
    session: &SessionId,
    now: Timestamp,
) -> Result<Option<KeptSecret>, StoreError> {
    from.row(UNCONFIRMED, args![session, now]).await?.map(|row| kept(&row)).transpose()
}

/// A code of the app has shown that it has the secret.
pub async fn confirm(tx: &mut Tx, _: &SystemProof, id: &KeptSecretId, step: i64) -> Result<(), StoreError> {
    super::db::exactly_one(tx.execute(CONFIRM, args![id, step]).await?)
}

/// Uses it up for an operation: what was sealed is here no more. Not found when it was used before.
pub async fn use_up(
    tx: &mut Tx,
    _: &SystemProof,
    id: &KeptSecretId,
    operation: &OperationId,
) -> Result<(), StoreError> {
    super::db::exactly_one(tx.execute(USE_UP, args![id, operation]).await?)
}

/// A session goes on under another id, and what was handed in from it does too.
pub async fn goes_on(
    tx: &mut Tx,
    _: &SystemProof,
    old: &SessionId,
    new: &SessionId,
) -> Result<(), StoreError> {
    tx.execute(GOES_ON, args![old, new]).await.map(|_| ())
}

/// Forgets those from before a time.
pub async fn sweep(tx: &mut Tx, before: Timestamp) -> Result<u64, StoreError> {
    tx.execute(SWEEP, args![before]).await
}

impl Purpose {
    const fn word(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Totp => "totp",
            Self::Passkey => "passkey",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Password, Self::Totp, Self::Passkey].into_iter().find(|purpose| purpose.word() == word)
    }
}

impl std::fmt::Debug for KeptSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeptSecret").field("id", &self.id).field("user", &self.user).finish_non_exhaustive()
    }
}

fn kept(row: &Row) -> Result<KeptSecret, StoreError> {
    Ok(KeptSecret {
        id: row.id("id")?,
        user: row.id("user_id")?,
        session: row.opt_id("session_id")?,
        purpose: row.word("purpose", Purpose::parse)?,
        sealed: row.opt_text("sealed")?,
        digest: row.text("digest")?,
        kept_at: row.timestamp("kept_at")?,
        good_until: row.timestamp("good_until")?,
        confirmed_step: row.opt_int("confirmed_step")?,
        used_by: row.opt_id("used_by")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authz::system::for_worker;
    use crate::store::testing::on_both;
    use crate::store::users::{self, NewAccount};

    fn secret(n: u8, user: &UserId) -> KeptSecret {
        let kept_at = Timestamp::from_micros(i64::from(n));
        KeptSecret {
            id: KeptSecretId::from_uuid(&format!("{n:032x}")),
            user: user.clone(),
            session: Some(SessionId::from_uuid(&format!("{:032x}", 7))),
            purpose: Purpose::Password,
            sealed: Some("sealed".to_owned()),
            digest: "d".to_owned(),
            kept_at,
            good_until: kept_at.plus(GOOD_FOR),
            confirmed_step: None,
            used_by: None,
        }
    }

    #[tokio::test]
    async fn one_is_used_up_once_goes_on_with_its_session_and_only_the_newest_are_kept() {
        on_both(async |db| {
            let (proof, user) = (for_worker("test"), UserId::from_uuid(&format!("{:032x}", 1)));
            let operation = |n: u8| OperationId::from_uuid(&format!("{n:032x}"));
            let mut tx = db.begin().await.unwrap();
            let new = NewAccount { id: &user, email: "a@b", display_name: "A", password_hash: "x" };
            users::create(&mut tx, &proof, new, Timestamp::from_micros(0)).await.unwrap();
            for n in 1..=6 {
                keep(&mut tx, &proof, &secret(n, &user)).await.unwrap();
            }
            assert_eq!(find(&mut tx, &proof, &secret(1, &user).id).await.unwrap(), None);
            let one = secret(6, &user);
            let other = SessionId::from_uuid(&format!("{:032x}", 8));
            goes_on(&mut tx, &proof, one.session.as_ref().unwrap(), &other).await.unwrap();
            use_up(&mut tx, &proof, &one.id, &operation(1)).await.unwrap();
            let again = use_up(&mut tx, &proof, &one.id, &operation(2)).await;
            assert!(matches!(again, Err(StoreError::NotFound)), "{again:?}");
            tx.commit().await.unwrap();
            let found = find(&mut &db, &proof, &one.id).await.unwrap().unwrap();
            assert_eq!((found.sealed.as_ref(), found.used_by.as_ref()), (None, Some(&operation(1))));
            assert_eq!(found.session, Some(other));
            assert!(!found.is_good(&user, Purpose::Password, one.kept_at), "it is used");
            let two = secret(5, &user);
            assert!(two.is_good(&user, Purpose::Password, two.kept_at));
            assert!(!two.is_good(&user, Purpose::Password, two.good_until), "it is too old");
            assert!(!two.is_good(&UserId::from_uuid(&format!("{:032x}", 2)), Purpose::Password, two.kept_at));
            let mut tx = db.begin().await.unwrap();
            assert_eq!(sweep(&mut tx, Timestamp::from_micros(7)).await.unwrap(), 5);
        })
        .await;
    }
}
