//! Giving the password again, for what must not be done from a browser somebody left open.
//!
//! It is counted like a sign-in, so that an open session is no place to guess passwords from.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use read_models::ids::SessionId;
use secrecy::SecretString;

use super::{Authn, SignInRefused, stored_hash};
use crate::authz::{Principal, SystemProof, Via, system};
use crate::ids::secret_32;
use crate::store::db::StoreError;
use crate::store::sign_in_attempts::Subject;
use crate::store::users::canonical_email;
use crate::store::{kept_secrets, sessions, sign_in_attempts, users};

impl Authn {
    /// Checks the password of the person who is signed in; their session is fresh from now on, and goes on under the key
    /// in the answer. A token has no password and no new key: its scope says what it may do.
    pub async fn step_up(
        &self,
        who: &Principal,
        password: &SecretString,
        address: &str,
    ) -> Result<Option<SecretString>, SignInRefused> {
        let Via::Session { id: session, .. } = &who.via else { return Ok(None) };
        self.verify_password(who, password, address).await?;
        self.renew(session).await.map(Some).map_err(SignInRefused::Store)
    }

    /// Checks the password of whoever asks, and nothing else happens.
    pub async fn verify_password(
        &self,
        who: &Principal,
        password: &SecretString,
        address: &str,
    ) -> Result<(), SignInRefused> {
        let proof = proof();
        let subjects = [Subject::Address(address.to_owned()), Subject::Account(canonical_email(&who.email))];
        self.count(&proof, &subjects).await?;
        let account =
            users::by_id(&mut &self.db, &proof, &who.user_id).await.map_err(SignInRefused::Store)?;
        let stored = account.suspended_at.is_none().then_some(account.password_hash.as_str());
        if !self.passwords.is_right(password, stored).await.map_err(SignInRefused::Hashing)? {
            return Err(SignInRefused::Wrong);
        }
        self.take_back(&proof, &subjects).await.map_err(SignInRefused::Store)
    }

    /// The attempt was right.
    pub(super) async fn take_back(
        &self,
        proof: &SystemProof,
        subjects: &[Subject],
    ) -> Result<(), StoreError> {
        let (mut tx, now) = (self.db.begin().await?, self.clock.now());
        for subject in subjects {
            sign_in_attempts::take_back(&mut tx, proof, subject, now).await?;
        }
        tx.commit().await
    }

    /// The session is fresh, and goes on under another key; what was handed in from it goes on with it.
    pub(super) async fn renew(&self, session: &SessionId) -> Result<SecretString, StoreError> {
        let (proof, now) = (proof(), self.clock.now());
        let (key, id) =
            (URL_SAFE_NO_PAD.encode(secret_32(&*self.ids)), SessionId::from_uuid(&self.ids.uuid()));
        let mut tx = self.db.begin().await?;
        sessions::step_up(&mut tx, &proof, session, (&id, &stored_hash(&key)), now).await?;
        kept_secrets::goes_on(&mut tx, &proof, session, &id).await?;
        tx.commit().await?;
        Ok(SecretString::from(key))
    }
}

fn proof() -> SystemProof {
    system::for_worker("step-up")
}
