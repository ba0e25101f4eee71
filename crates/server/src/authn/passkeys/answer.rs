//! Looking at what an authenticator answered: whose passkey it is, and whether it is the only one of its kind.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use webauthn_rs::prelude::{AuthenticationResult, Passkey, PublicKeyCredential, WebauthnError};

use super::{PasskeyRefused, Question, WRONG, handle, proof, read, read_answer, written, wrong};
use crate::authn::Authn;
use crate::store::events::{self, NewEvent};
use crate::store::passkeys::{self, PasskeyRecord};
use crate::store::users::{self, Account};

impl Authn {
    /// Whose passkey the answer is of, when it is a right one. Its use is written down.
    pub(super) async fn answered(
        &self,
        question: Question,
        credential: &str,
    ) -> Result<Account, PasskeyRefused> {
        let webauthn = self.webauthn()?;
        let given: PublicKeyCredential = read_answer(credential)?;
        let id = URL_SAFE_NO_PAD.encode(&given.raw_id);
        let record = passkeys::by_credential(&mut &self.db, &proof(), &id).await?.ok_or(WRONG)?;
        let account = users::by_id(&mut &self.db, &proof(), &record.user).await?;
        if account.suspended_at.is_some() {
            return Err(WRONG);
        }
        let mut passkey = read(&record)?;
        let checked = match question {
            Question::Add(_) => return Err(PasskeyRefused::Over),
            Question::Of(user, state) if user == record.user => {
                webauthn.finish_passkey_authentication(&given, &state)
            }
            Question::Of(..) => return Err(WRONG),
            Question::Anybody(state) => {
                let (said, _) =
                    webauthn.identify_discoverable_authentication(&given).map_err(|error| wrong(&error))?;
                if said != handle(&record.user)? {
                    return Err(WRONG);
                }
                webauthn.finish_discoverable_authentication_v2(&given, *state, &passkey)
            }
        };
        match checked {
            Ok(result) => self.used(&record, &mut passkey, &result, account).await,
            Err(WebauthnError::CredentialPossibleCompromise) => self.copied(&record, &account).await,
            Err(error) => Err(wrong(&error)),
        }
    }

    async fn used(
        &self,
        record: &PasskeyRecord,
        passkey: &mut Passkey,
        result: &AuthenticationResult,
        account: Account,
    ) -> Result<Account, PasskeyRefused> {
        passkey.update_credential(result);
        let (counter, credential) = (i64::from(result.counter()), written(passkey)?);
        let mut tx = self.db.begin().await?;
        let now = self.clock.now();
        if !passkeys::use_one(&mut tx, &proof(), &record.id, (counter, &credential), now).await? {
            drop(tx);
            return self.copied(record, &account).await;
        }
        tx.commit().await?;
        Ok(account)
    }

    /// Two authenticators seem to hold it: this answer counts for nothing, and it is written down.
    async fn copied(&self, record: &PasskeyRecord, account: &Account) -> Result<Account, PasskeyRefused> {
        let (mut tx, now) = (self.db.begin().await?, self.clock.now());
        passkeys::doubt(&mut tx, &proof(), &record.id, now).await?;
        let event = NewEvent {
            at: now,
            kind: "audit.passkey_doubted",
            actor: account.email.clone(),
            sentence: format!(
                "The passkey {} of {} was refused: its counter went back, so that it may have been copied.",
                record.name, account.email
            ),
            operation: None,
            step: None,
            project: None,
            resource: Some(format!("user:{}", account.id)),
            body: json!({ "user": account.id, "passkey": record.id }),
        };
        events::append(&mut tx, &*self.ids, event).await?;
        tx.commit().await?;
        Err(PasskeyRefused::Copied)
    }
}
