//! Signing in with a password, and out again.
//!
//! Unknown names, suspended accounts and wrong passwords get the same answer after the same work. Each attempt is
//! counted before the password is looked at (see `store/sign_in_attempts.rs`).

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use read_models::ids::{SessionId, UserId};
use secrecy::SecretString;

use super::password::HashingFailed;
use super::{Authn, Factors, stored_hash};
use crate::authz::{SystemProof, system};
use crate::ids::secret_32;
use crate::store::db::{StoreError, Tx};
use crate::store::sign_in_attempts::Subject;
use crate::store::{half_sign_ins, sessions, sign_in_attempts, users};

/// The longest email that is looked at (RFC 5321).
const LONGEST_EMAIL: usize = 254;

/// What a person typed, and where from.
#[derive(Clone, Debug)]
pub struct Credentials {
    pub email: String,
    pub password: SecretString,
    /// The address of the person's machine.
    pub address: String,
    /// What their browser says it is; shown in the list of sessions.
    pub device: String,
    /// The cookie they came with; that session ends, so that a planted one is worth nothing.
    pub old_cookie: Option<String>,
}

/// A session that began.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// What the browser keeps; it is nowhere else.
    pub cookie: SecretString,
    pub user_id: UserId,
}

/// How far a right password leads.
#[derive(Clone, Debug)]
pub enum SignedIn {
    Whole(NewSession),
    /// A second factor is still to come; the key is for the browser, and opens nothing by itself.
    Half {
        key: SecretString,
        wants: Factors,
    },
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInRefused {
    #[error("email or password is wrong")]
    Wrong,
    #[error("too many attempts")]
    Wait(Duration),
    #[error("the sign-in could not be checked")]
    Store(#[source] StoreError),
    #[error("the sign-in could not be checked")]
    Hashing(#[source] HashingFailed),
}

impl Authn {
    /// Checks the password and begins a session, or waits for the second factor of who has one.
    pub async fn sign_in(&self, given: Credentials) -> Result<SignedIn, SignInRefused> {
        let (proof, email) = (proof(), users::canonical_email(&given.email));
        if email.len() > LONGEST_EMAIL {
            return Err(SignInRefused::Wrong);
        }
        let subjects = [Subject::Address(given.address.clone()), Subject::Account(email.clone())];
        self.count(&proof, &subjects).await?;
        let account = users::by_email(&mut &self.db, &proof, &email).await.map_err(SignInRefused::Store)?;
        let account = account.filter(|account| account.suspended_at.is_none());
        let stored = account.as_ref().map(|account| account.password_hash.as_str());
        let right = self.passwords.is_right(&given.password, stored).await.map_err(SignInRefused::Hashing)?;
        match account {
            Some(account) if right => {
                self.admit(&proof, &subjects, account.id, &given).await.map_err(SignInRefused::Store)
            }
            Some(_) | None => Err(SignInRefused::Wrong),
        }
    }

    /// Ends the session of this cookie.
    pub async fn sign_out(&self, cookie: &str) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        sessions::end(&mut tx, &proof(), &stored_hash(cookie)).await?;
        tx.commit().await
    }

    pub(super) async fn count(&self, proof: &SystemProof, subjects: &[Subject]) -> Result<(), SignInRefused> {
        let mut tx = self.db.begin().await.map_err(SignInRefused::Store)?;
        let now = self.clock.now();
        for subject in subjects {
            let allowed =
                sign_in_attempts::count(&mut tx, proof, subject, now).await.map_err(SignInRefused::Store)?;
            if let Err(wait) = allowed {
                tx.commit().await.map_err(SignInRefused::Store)?;
                return Err(SignInRefused::Wait(wait));
            }
        }
        tx.commit().await.map_err(SignInRefused::Store)
    }

    async fn admit(
        &self,
        proof: &SystemProof,
        subjects: &[Subject],
        user: UserId,
        given: &Credentials,
    ) -> Result<SignedIn, StoreError> {
        let wants = self.factors(&user).await?;
        let has_second = wants.is_any();
        let mut tx = self.db.begin().await?;
        // With a second factor the account's try counts until that is right too: codes are few.
        let proved = subjects.iter().filter(|subject| !has_second || matches!(subject, Subject::Address(_)));
        for subject in proved {
            sign_in_attempts::take_back(&mut tx, proof, subject, self.clock.now()).await?;
        }
        if has_second {
            let key = URL_SAFE_NO_PAD.encode(secret_32(&*self.ids));
            half_sign_ins::begin(&mut tx, proof, &stored_hash(&key), &user, self.clock.now()).await?;
            tx.commit().await?;
            return Ok(SignedIn::Half { key: SecretString::from(key), wants });
        }
        if let Some(old) = &given.old_cookie {
            sessions::end(&mut tx, proof, &stored_hash(old)).await?;
        }
        let session = self.begin_session(&mut tx, user, &given.device).await?;
        tx.commit().await?;
        Ok(SignedIn::Whole(session))
    }

    /// A new session for a person who has just proved who they are.
    pub(super) async fn begin_session(
        &self,
        tx: &mut Tx,
        user_id: UserId,
        device: &str,
    ) -> Result<NewSession, StoreError> {
        let cookie = URL_SAFE_NO_PAD.encode(secret_32(&*self.ids));
        let id = SessionId::from_uuid(&self.ids.uuid());
        let device: String = device.chars().take(200).collect();
        sessions::begin(tx, &proof(), (&id, &stored_hash(&cookie)), &user_id, &device, self.clock.now())
            .await?;
        Ok(NewSession { cookie: SecretString::from(cookie), user_id })
    }
}

fn proof() -> SystemProof {
    system::for_worker("sign-in")
}
