//! The second factor: a passkey (see `passkeys.rs`), a code of the authenticator app, or a recovery code. At sign-in, and again before something is
//! destroyed or somebody let in.
//!
//! Codes are few: six digits. They are counted with the sign-ins of the account and of the address, before one is looked
//! at, so that whoever has a password cannot try them out.

use read_models::ids::UserId;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::{Authn, NewSession, SignInRefused, recovery, stored_hash, totp};
use crate::authz::{Principal, SystemProof, Via, system};
use crate::store::db::{StoreError, Tx};
use crate::store::events::{self, NewEvent};
use crate::store::half_sign_ins;
use crate::store::sign_in_attempts::{self, Subject};
use crate::store::users::{self, Account, canonical_email};
use crate::store::{passkeys, recovery_codes, sessions, totps};

/// The second half of a sign-in.
#[derive(Clone, Debug)]
pub struct SecondHalf {
    /// The key of the first half, as the browser kept it.
    pub key: String,
    /// What was typed: a code of the app, or a recovery code.
    pub code: SecretString,
    pub address: String,
    pub device: String,
    /// The cookie they came with; that session ends.
    pub old_cookie: Option<String>,
}

/// Why the second half did not sign anybody in.
#[derive(Debug, thiserror::Error)]
pub enum SecondRefused {
    #[error("there is no first half, or it is too long ago")]
    Over,
    #[error(transparent)]
    Refused(SignInRefused),
}

/// What a person has beside the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Factors {
    pub app: bool,
    pub passkey: bool,
    /// Whether this server has an address that passkeys belong to.
    passkeys_work: bool,
}

impl Factors {
    /// Whether the password alone is not enough.
    pub const fn is_any(self) -> bool {
        self.app || self.passkey
    }

    /// Whether a passkey can be asked for; otherwise a code is all there is.
    pub const fn asks_for_passkey(self) -> bool {
        self.passkey && self.passkeys_work
    }
}

/// Where the secret of a person's app is sealed for.
pub fn totp_place(user: &UserId) -> String {
    format!("totp/{user}")
}

impl Authn {
    /// What this person is asked for beside the password.
    pub async fn factors(&self, user: &UserId) -> Result<Factors, StoreError> {
        let (db, proof) = (&self.db, proof());
        let app = totps::of(&mut &*db, &proof, user).await?.is_some();
        let passkey = !passkeys::of(&mut &*db, &proof, user).await?.is_empty();
        Ok(Factors { app, passkey, passkeys_work: self.site.why_not().is_none() })
    }

    /// Whether this person is asked for more than a password.
    pub async fn has_second_factor(&self, user: &UserId) -> Result<bool, StoreError> {
        Ok(self.factors(user).await?.is_any())
    }

    /// Signs in with the code, after the password was right.
    pub async fn second_half(&self, given: SecondHalf) -> Result<NewSession, SecondRefused> {
        let (proof, hash, now) = (proof(), stored_hash(&given.key), self.clock.now());
        let store = |error| SecondRefused::Refused(SignInRefused::Store(error));
        let begun = half_sign_ins::by_hash(&mut &self.db, &proof, &hash, now).await.map_err(store)?;
        let user = begun.ok_or(SecondRefused::Over)?;
        let account = users::by_id(&mut &self.db, &proof, &user).await.map_err(store)?;
        let subjects = subjects(&given.address, &account.email);
        self.count(&proof, &subjects).await.map_err(SecondRefused::Refused)?;
        let right = account.suspended_at.is_none()
            && self.is_right_code(&account, &given.code).await.map_err(store)?;
        if !right {
            return Err(SecondRefused::Refused(SignInRefused::Wrong));
        }
        match self.finish(&proof, &subjects, &account, &hash, &given).await {
            Ok(session) => Ok(session),
            Err(StoreError::NotFound) => Err(SecondRefused::Over),
            Err(error) => Err(store(error)),
        }
    }

    async fn finish(
        &self,
        proof: &SystemProof,
        subjects: &[Subject],
        account: &Account,
        hash: &str,
        given: &SecondHalf,
    ) -> Result<NewSession, StoreError> {
        let mut tx = self.db.begin().await?;
        half_sign_ins::end(&mut tx, proof, hash).await?;
        for subject in subjects {
            sign_in_attempts::take_back(&mut tx, proof, subject, self.clock.now()).await?;
        }
        if let Some(old) = &given.old_cookie {
            sessions::end(&mut tx, proof, &stored_hash(old)).await?;
        }
        let session = self.begin_session(&mut tx, account.id.clone(), &given.device).await?;
        tx.commit().await?;
        Ok(session)
    }

    /// Makes a session fresh with a code; it goes on under the key in the answer.
    pub async fn step_up_with_code(
        &self,
        who: &Principal,
        code: &SecretString,
        address: &str,
    ) -> Result<Option<SecretString>, SignInRefused> {
        let Via::Session { id: session, .. } = &who.via else { return Ok(None) };
        let (proof, subjects) = (proof(), subjects(address, &who.email));
        self.count(&proof, &subjects).await?;
        let account =
            users::by_id(&mut &self.db, &proof, &who.user_id).await.map_err(SignInRefused::Store)?;
        let right = account.suspended_at.is_none()
            && self.is_right_code(&account, code).await.map_err(SignInRefused::Store)?;
        if !right {
            return Err(SignInRefused::Wrong);
        }
        self.take_back(&proof, &subjects).await.map_err(SignInRefused::Store)?;
        self.renew(session).await.map(Some).map_err(SignInRefused::Store)
    }

    /// The time step of a code that an app shows which is not added yet; counted like every other try.
    pub async fn confirm_totp(
        &self,
        who: &Principal,
        secret: &[u8],
        code: &SecretString,
        address: &str,
    ) -> Result<i64, SignInRefused> {
        let (proof, subjects) = (proof(), subjects(address, &who.email));
        self.count(&proof, &subjects).await?;
        let step = totp::step_of(secret, &digits_of(code), self.clock.now()).ok_or(SignInRefused::Wrong)?;
        self.take_back(&proof, &subjects).await.map_err(SignInRefused::Store)?;
        Ok(step)
    }

    /// Whether the code is good, and uses it up.
    async fn is_right_code(&self, account: &Account, code: &SecretString) -> Result<bool, StoreError> {
        let (proof, now) = (proof(), self.clock.now());
        let app = totps::of(&mut &self.db, &proof, &account.id).await?;
        // Recovery codes are of who has a second factor; without one they are forgotten.
        if app.is_none() && passkeys::of(&mut &self.db, &proof, &account.id).await?.is_empty() {
            return Ok(false);
        }
        let digits = digits_of(code);
        let mut tx = self.db.begin().await?;
        let right = if digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            let Some(app) = app else { return Ok(false) };
            let secret = self.sealing.open(&totp_place(&account.id), &app.sealed);
            let secret = secret.map_err(|broken| StoreError::corrupt(broken.to_string()))?;
            match totp::step_of(&secret, &digits, now) {
                Some(step) => totps::use_step(&mut tx, &proof, &account.id, step, now).await?,
                None => false,
            }
        } else {
            let hash = recovery::hash(code);
            let used = recovery_codes::use_up(&mut tx, &proof, &account.id, &hash, now).await?;
            if used {
                self.note_recovery(&mut tx, account).await?;
            }
            used
        };
        tx.commit().await?;
        Ok(right)
    }

    async fn note_recovery(&self, tx: &mut Tx, account: &Account) -> Result<(), StoreError> {
        let event = NewEvent {
            at: self.clock.now(),
            kind: "audit.recovery_code_used",
            actor: account.email.clone(),
            sentence: format!("{} used a recovery code in the place of the second factor.", account.email),
            operation: None,
            step: None,
            project: None,
            resource: Some(format!("user:{}", account.id)),
            body: json!({ "user": account.id }),
        };
        events::append(tx, &*self.ids, event).await
    }
}

pub(super) fn subjects(address: &str, email: &str) -> [Subject; 2] {
    [Subject::Address(address.to_owned()), Subject::Account(canonical_email(email))]
}

/// Apps show `123 456`.
fn digits_of(code: &SecretString) -> String {
    code.expose_secret().chars().filter(|letter| !letter.is_whitespace()).collect()
}

fn proof() -> SystemProof {
    system::for_worker("second-factor")
}
