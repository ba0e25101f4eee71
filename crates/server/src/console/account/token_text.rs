//! What is the text of the token I just issued? Told once to the script that issued it; its page shows it to a browser.
//!
//! A script that may issue tokens has the widest scope already, so that nothing can be read here that opens more doors than
//! the one it came in by. That a text was told is in the audit; the text is nowhere.

use crate::authn::token;
use crate::authz::{Account, Administer, Permit, Scope};
use crate::console::Asking;
use crate::projections::account as judged;
use crate::store::db::StoreError;
use crate::store::events::{self, NewEvent};
use crate::store::operations;
use crate::store::tokens::{self, TokenRecord};
use read_models::account::TokenSecret;
use read_models::error::{ConsoleError, ErrorKind};
use read_models::ids::{OperationId, TokenId};
use secrecy::ExposeSecret as _;
use serde_json::json;

impl Asking {
    /// The text of a token, made again: for a few minutes, unless it was used or told.
    pub(super) fn secret_of(&self, token: &TokenRecord) -> Option<TokenSecret> {
        let shown_until = judged::secret_until(token);
        let over = token.last_used_at.is_some() || token.text_told_at.is_some() || self.now() >= shown_until;
        if over || !token.is_good(self.now()) {
            return None;
        }
        let text = token::derived(&self.state().sealing, &token.id);
        (token::hash(&text) == token.hash)
            .then(|| TokenSecret { text: text.expose_secret().to_owned(), shown_until })
    }

    pub(super) async fn tell_token(&self, id: TokenId) -> Result<TokenSecret, ConsoleError> {
        let who = self.who()?;
        let permit: Permit<Administer, Account> = self.permit(&Scope::Person(who.user_id.clone()))?;
        let found = tokens::find(&mut &self.state().db, &self.proof(), &id).await;
        let token = found.map_err(|error| self.missing("token", error))?;
        if token.user != who.user_id {
            return Err(ConsoleError::not_found("token"));
        }
        let issued_by = self.issuer(&id).await?;
        if issued_by.as_deref() != Some(who.audit_name().as_str()) {
            return Err(not_the_issuer());
        }
        let secret = self.secret_of(&token).ok_or_else(gone)?;
        self.note_told(&permit, &token).await?;
        Ok(secret)
    }

    /// Who asked for the token: its operation has the same digits. None for one the command line made.
    async fn issuer(&self, id: &TokenId) -> Result<Option<String>, ConsoleError> {
        let operation = OperationId::from_uuid(id.digits());
        match operations::find_system(&mut &self.state().db, &self.proof(), &operation).await {
            Ok(stored) => Ok((stored.operation == "token.issue").then_some(stored.requested_by)),
            Err(StoreError::NotFound) => Ok(None),
            Err(error) => Err(self.broken(error)),
        }
    }

    /// Written down before it is told: of two who ask at once, one is told.
    async fn note_told(
        &self,
        permit: &Permit<Administer, Account>,
        token: &TokenRecord,
    ) -> Result<(), ConsoleError> {
        let (state, who, now) = (self.state(), self.who()?, self.now());
        let mut tx = state.db.begin().await.map_err(|error| self.broken(error))?;
        match tokens::told(&mut tx, permit, &token.id, now).await {
            Ok(()) => {}
            Err(StoreError::Conflict { .. } | StoreError::NotFound | StoreError::LeaseLost) => {
                return Err(gone());
            }
            Err(error) => return Err(self.broken(error)),
        }
        let event = NewEvent {
            at: now,
            kind: "audit.secret_told",
            actor: who.audit_name(),
            sentence: format!("{} was told the text of the token {}.", who.audit_name(), token.name),
            operation: None,
            step: None,
            project: None,
            resource: Some(format!("user:{}", who.user_id)),
            body: json!({ "token": token.id }),
        };
        events::append(&mut tx, &*state.ids, event).await.map_err(|error| self.broken(error))?;
        tx.commit().await.map_err(|error| self.broken(error))?;
        state.hub.wake_sequencer();
        Ok(())
    }
}

fn not_the_issuer() -> ConsoleError {
    let sentence = "The text of a token is told to whoever issued it, and to nobody else.";
    ConsoleError::new(ErrorKind::Denied, "not_the_issuer", sentence)
        .next("Ask with the API token that issued it, or issue another one.")
}

fn gone() -> ConsoleError {
    let sentence =
        "The text of this token is not told any more: it was told or used, or ten minutes have passed.";
    ConsoleError::new(ErrorKind::Gone, "text_gone", sentence)
        .next("If it is lost, revoke the token and issue another one.")
}
