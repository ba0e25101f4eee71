//! Passkeys: having one made, asking for one, and how they stand.

use super::Own;
use super::second_factor::session_of;
use crate::authn::{self, PasskeyAnswer, PasskeyRefused, stored_hash};
use crate::authz::{Account, Administer, Permit, Scope};
use crate::console::Asking;
use crate::operations::kept_place;
use crate::store::db::StoreError;
use crate::store::kept_secrets::{self, GOOD_FOR, Purpose};
use crate::store::passkeys;
use read_models::Answer;
use read_models::account::{KeptSecret, PasskeyQuestion, PasskeyRow, PasskeysView};
use read_models::error::{ConsoleError, ErrorKind};
use read_models::ids::KeptSecretId;
use secrecy::ExposeSecret as _;

impl Asking {
    /// What a browser is given, so that an authenticator makes a passkey.
    pub fn ask_for_new_passkey(&self) -> Answer<'_, PasskeyQuestion> {
        Box::pin(async move {
            let who = self.who()?;
            let _: Permit<Administer, Account> = self.permit(&Scope::Person(who.user_id.clone()))?;
            let question = self.state().authn.ask_for_new_passkey(who).await;
            question.map(told).map_err(|refused| self.passkey_refused(refused))
        })
    }

    /// The passkey that was made is checked and kept; from then on `passkey.add` can be planned with it.
    pub fn new_passkey(&self, answer: PasskeyAnswer) -> Answer<'_, KeptSecret> {
        Box::pin(async move {
            let (who, state, now) = (self.who()?, self.state(), self.now());
            let _: Permit<Administer, Account> = self.permit(&Scope::Person(who.user_id.clone()))?;
            let new = state.authn.new_passkey(who, &answer).await;
            let new = new.map_err(|refused| self.passkey_refused(refused))?;
            let id = KeptSecretId::from_uuid(&state.ids.uuid());
            let sealed = serde_json::to_vec(&new)
                .map_err(|error| self.broken(StoreError::corrupt(error.to_string())))
                .and_then(|text| {
                    let sealed = state.sealing.seal(&kept_place(&id), &text, &*state.ids);
                    sealed.map_err(|broken| self.broken(StoreError::corrupt(broken.to_string())))
                })?;
            let kept = kept_secrets::KeptSecret {
                id: id.clone(),
                user: who.user_id.clone(),
                session: session_of(&who.via),
                purpose: Purpose::Passkey,
                sealed: Some(sealed),
                digest: stored_hash(&new.credential_id),
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

    /// What a browser is given, so that one of the passkeys of whoever asks answers once more.
    pub fn ask_for_passkey(&self) -> Answer<'_, PasskeyQuestion> {
        Box::pin(async move {
            let question = self.state().authn.ask_for_passkey(self.who()?).await;
            question.map(told).map_err(|refused| self.passkey_refused(refused))
        })
    }

    /// How the passkeys of whoever asks stand, and the operations on them.
    pub(super) async fn passkeys(&self, own: &Own) -> Result<PasskeysView, ConsoleError> {
        let (who, state) = (self.who()?, self.state());
        let all = passkeys::of(&mut &state.db, &self.proof(), &who.user_id).await;
        let row = |one: passkeys::PasskeyRecord| PasskeyRow {
            id: one.id,
            name: one.name,
            added_at: one.added_at,
            last_used_at: one.last_used_at,
            doubted_at: one.doubted_at,
        };
        let site = &state.authn.site;
        Ok(PasskeysView {
            keys: all.map_err(|error| self.broken(error))?.into_iter().map(row).collect(),
            host: site.host().map(str::to_owned),
            why_not: site.why_not().map(str::to_owned),
            add: self.own_card(own, "passkey.add").await?,
            remove: self.own_card(own, "passkey.remove").await?,
        })
    }

    /// Why a passkey was not taken.
    pub fn passkey_refused(&self, refused: PasskeyRefused) -> ConsoleError {
        let nothing = |kind, code: &str, sentence: &str, next: &str| {
            ConsoleError::new(kind, code, format!("{sentence} Nothing was changed.")).next(next)
        };
        match refused {
            PasskeyRefused::NotHere(sentence) => {
                nothing(ErrorKind::Conflict, "passkeys_not_here", sentence, "Use another second factor.")
            }
            PasskeyRefused::Over => nothing(
                ErrorKind::Gone,
                "passkey_over",
                "This was answered already, or more than five minutes ago, or was asked of another browser.",
                "Begin again.",
            ),
            PasskeyRefused::Known => nothing(
                ErrorKind::Conflict,
                "passkey_known",
                "This passkey is known already.",
                "Have the authenticator make a new one.",
            ),
            PasskeyRefused::Copied => nothing(
                ErrorKind::Denied,
                "passkey_copied",
                "This passkey's counter went back: it may have been copied, so that it was refused.",
                "Use another second factor, and remove this passkey.",
            ),
            PasskeyRefused::Refused(refused) => {
                let mut error = self.wrong_code(&refused);
                if error.code == "code_wrong" {
                    let sentence = "The passkey was not accepted.";
                    error = nothing(
                        ErrorKind::Denied,
                        "passkey_wrong",
                        sentence,
                        "Try again, or use another one.",
                    );
                } else if error.code == "code_wait" {
                    "passkey_wait".clone_into(&mut error.code);
                }
                error
            }
        }
    }
}

fn told(question: authn::PasskeyQuestion) -> PasskeyQuestion {
    PasskeyQuestion {
        key: question.key.expose_secret().to_owned(),
        options: question.options,
        good_until: question.good_until,
    }
}
