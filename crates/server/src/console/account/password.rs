//! Handing a new password in: it is checked and hashed here, at the door, and goes no further.

use crate::authn::{PasswordProblem, SignInRefused, password, stored_hash};
use crate::authz::{Account, Administer, Permit, Scope, Via};
use crate::console::Asking;
use crate::operations::kept_place;
use crate::store::db::StoreError;
use crate::store::kept_secrets::{self, GOOD_FOR, Purpose};
use read_models::Answer;
use read_models::account::KeptSecret;
use read_models::error::{ConsoleError, ErrorKind, FieldError};
use read_models::ids::KeptSecretId;
use secrecy::{ExposeSecret as _, SecretString};

impl Asking {
    /// Keeps a new password's hash for `password.change`, after the present password.
    pub fn hand_in_password(
        &self,
        present: SecretString,
        new: SecretString,
        address: String,
    ) -> Answer<'_, KeptSecret> {
        Box::pin(async move {
            let who = self.who()?;
            check_new(&new, &present, &who.email)?;
            let right = self.state().authn.verify_password(who, &present, &address).await;
            right.map_err(|refused| self.not_recognised(&refused))?;
            self.keep_password(new).await
        })
    }

    /// The same for a form whose session was made fresh with the present password.
    pub fn keep_password(&self, new: SecretString) -> Answer<'_, KeptSecret> {
        Box::pin(async move {
            let who = self.who()?;
            let _: Permit<Administer, Account> = self.permit(&Scope::Person(who.user_id.clone()))?;
            let (state, now) = (self.state(), self.now());
            let hash = state.authn.passwords.hash(&new, &*state.ids).await;
            let hash = hash.map_err(|error| self.not_recognised(&SignInRefused::Hashing(error)))?;
            let id = KeptSecretId::from_uuid(&state.ids.uuid());
            let sealed = state.sealing.seal(&kept_place(&id), hash.as_bytes(), &*state.ids);
            let sealed = sealed.map_err(|broken| self.broken(StoreError::corrupt(broken.to_string())))?;
            let session = match &who.via {
                Via::Session { id, .. } => Some(id.clone()),
                Via::Token { .. } => None,
            };
            let kept = kept_secrets::KeptSecret {
                id: id.clone(),
                user: who.user_id.clone(),
                session,
                purpose: Purpose::Password,
                sealed: Some(sealed),
                digest: stored_hash(&hash),
                kept_at: now,
                good_until: now.plus(GOOD_FOR),
                confirmed_step: None,
                used_by: None,
            };
            let mut tx = state.db.begin().await.map_err(|error| self.broken(error))?;
            kept_secrets::keep(&mut tx, &self.proof(), &kept).await.map_err(|error| self.broken(error))?;
            tx.commit().await.map_err(|error| self.broken(error))?;
            Ok(KeptSecret { reference: id, good_until: kept.good_until })
        })
    }

    /// Why somebody who is signed in could not prove it once more.
    pub(super) fn not_recognised(&self, refused: &SignInRefused) -> ConsoleError {
        let mut answer = match refused {
            SignInRefused::Wrong => {
                let sentence = "The present password is not right. Nothing was changed.";
                ConsoleError::new(ErrorKind::Denied, "password_wrong", sentence).next("Type it again.")
            }
            SignInRefused::Wait(wait) => {
                let seconds = wait.as_secs().max(1);
                let sentence =
                    format!("Too many attempts with the password: wait {seconds} s. Nothing was changed.");
                ConsoleError::new(ErrorKind::TooMany, "password_wait", sentence).next("Wait, then try again.")
            }
            SignInRefused::Store(_) | SignInRefused::Hashing(_) => {
                tracing::error!(request.id = self.0.request_id, "{refused}: {refused:?}");
                let sentence = "The password could not be checked. Nothing was changed.";
                ConsoleError::new(ErrorKind::Internal, "internal", sentence).next("Try again in a moment.")
            }
        };
        answer.request_id.clone_from(&self.0.request_id);
        answer
    }
}

/// Whether the new password may be set, before anything else is looked at.
pub(crate) fn check_new(new: &SecretString, present: &SecretString, email: &str) -> Result<(), ConsoleError> {
    let refuse = |code: &'static str, sentence: &str| {
        let field = FieldError { pointer: "/new".to_owned(), sentence: sentence.to_owned() };
        let whole = format!("{sentence} Nothing was changed.");
        Err(ConsoleError::new(ErrorKind::Invalid, code, whole)
            .next("Choose another one.")
            .with_fields(vec![field]))
    };
    if new.expose_secret() == present.expose_secret() {
        return refuse("password_same", "That is the present password. Choose another one.");
    }
    password::check(new, email)
        .or_else(|problem: PasswordProblem| refuse(problem.code(), &problem.to_string()))
}
