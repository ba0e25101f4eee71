//! Giving the password again, for what must not be done from a browser somebody left open.
//!
//! It is counted like a sign-in, so that an open session is no place to guess passwords from.

use secrecy::SecretString;

use super::{Authn, SignInRefused};
use crate::authz::{Principal, SystemProof, Via, system};
use crate::store::sign_in_attempts::Subject;
use crate::store::users::canonical_email;
use crate::store::{sessions, sign_in_attempts, users};

impl Authn {
    /// Checks the password of the person who is signed in; their session is fresh from now on. A token has no password:
    /// its scope says what it may do.
    pub async fn step_up(
        &self,
        who: &Principal,
        password: &SecretString,
        address: &str,
    ) -> Result<(), SignInRefused> {
        let Via::Session { id: session, .. } = &who.via else { return Ok(()) };
        let proof = proof();
        let subjects = [Subject::Address(address.to_owned()), Subject::Account(canonical_email(&who.email))];
        self.count(&proof, &subjects).await?;
        let account =
            users::by_id(&mut &self.db, &proof, &who.user_id).await.map_err(SignInRefused::Store)?;
        let stored = account.suspended_at.is_none().then_some(account.password_hash.as_str());
        if !self.passwords.is_right(password, stored).await.map_err(SignInRefused::Hashing)? {
            return Err(SignInRefused::Wrong);
        }
        let mut tx = self.db.begin().await.map_err(SignInRefused::Store)?;
        let now = self.clock.now();
        for subject in &subjects {
            sign_in_attempts::take_back(&mut tx, &proof, subject, now).await.map_err(SignInRefused::Store)?;
        }
        sessions::step_up(&mut tx, &proof, session, now).await.map_err(SignInRefused::Store)?;
        tx.commit().await.map_err(SignInRefused::Store)
    }
}

fn proof() -> SystemProof {
    system::for_worker("step-up")
}
