//! The one-time link that makes the first administrator. There is no default password anywhere.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use read_models::ids::UserId;
use read_models::time::Timestamp;
use secrecy::SecretString;
use serde_json::json;

use super::password::{self, HashingFailed, PasswordProblem};
use super::{Authn, NewSession, stored_hash};
use crate::authz::{Grant, Role, Scope, SystemProof, system};
use crate::clock::Clock;
use crate::ids::{Ids, secret_32};
use crate::store::db::{StoreError, Tx};
use crate::store::events::{self, NewEvent};
use crate::store::users::{NewAccount, canonical_email};
use crate::store::{bootstrap_links, users};

/// How long the link is good.
pub const LINK_LIFETIME: Duration = Duration::from_hours(1);

/// What the person with the link typed.
#[derive(Clone, Debug)]
pub struct FirstAdministrator {
    pub link: SecretString,
    pub email: String,
    pub password: SecretString,
    pub device: String,
}

/// Why nobody became administrator.
#[derive(Debug, thiserror::Error)]
pub enum FirstRefused {
    #[error("there is an administrator already")]
    Exists,
    #[error("the link is not good any more")]
    Link,
    #[error("the email is not one")]
    Email,
    #[error("{0}")]
    Password(PasswordProblem),
    #[error("the account could not be made")]
    Store(#[source] StoreError),
    #[error("the account could not be made")]
    Hashing(#[source] HashingFailed),
}

/// Makes a new link's token; none when there is an administrator already. Called by the command line and at first start.
pub async fn issue_link(
    tx: &mut Tx,
    clock: &dyn Clock,
    ids: &dyn Ids,
) -> Result<Option<SecretString>, StoreError> {
    let proof = proof();
    if users::has_administrator(tx, &proof).await? {
        return Ok(None);
    }
    let token = URL_SAFE_NO_PAD.encode(secret_32(ids));
    bootstrap_links::add(tx, &proof, &stored_hash(&token), clock.now().plus(LINK_LIFETIME)).await?;
    Ok(Some(SecretString::from(token)))
}

/// Whether a text can be an email: something, one `@`, something with no spaces.
pub fn is_email(text: &str) -> bool {
    let text = text.trim();
    let whole = text.len() <= 254 && !text.contains(|c: char| c.is_whitespace() || c.is_control());
    whole
        && text
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'))
}

impl Authn {
    /// Uses the link up, makes the account with its role, and signs it in: all or nothing.
    pub async fn first_administrator(&self, given: FirstAdministrator) -> Result<NewSession, FirstRefused> {
        use secrecy::ExposeSecret as _;
        let (proof, now, link) = (proof(), self.clock.now(), stored_hash(given.link.expose_secret()));
        let open =
            bootstrap_links::is_open(&mut &self.db, &proof, &link, now).await.map_err(FirstRefused::Store)?;
        if users::has_administrator(&mut &self.db, &proof).await.map_err(FirstRefused::Store)? {
            return Err(FirstRefused::Exists);
        }
        if !open {
            return Err(FirstRefused::Link);
        }
        if !is_email(&given.email) {
            return Err(FirstRefused::Email);
        }
        password::check(&given.password, &given.email).map_err(FirstRefused::Password)?;
        let hash = self.passwords.hash(&given.password, &*self.ids).await.map_err(FirstRefused::Hashing)?;
        let made = self.make_administrator(&proof, &link, &given, &hash).await;
        // Not found any more: someone else used the link while the password was hashed.
        made.map_err(|error| {
            if matches!(error, StoreError::NotFound) {
                FirstRefused::Link
            } else {
                FirstRefused::Store(error)
            }
        })
    }

    async fn make_administrator(
        &self,
        proof: &SystemProof,
        link: &str,
        given: &FirstAdministrator,
        password_hash: &str,
    ) -> Result<NewSession, StoreError> {
        let (now, id) = (self.clock.now(), UserId::from_uuid(&self.ids.uuid()));
        let display_name = given.email.trim().split('@').next().unwrap_or_default();
        let mut tx = self.db.begin().await?;
        bootstrap_links::use_up(&mut tx, proof, link, now).await?;
        let account = NewAccount { id: &id, email: &given.email, display_name, password_hash };
        users::create(&mut tx, proof, account, now).await?;
        let grant = Grant { role: Role::PlatformAdmin, scope: Scope::Platform };
        users::grant_role(&mut tx, proof, &id, &grant, now).await?;
        events::append(&mut tx, &*self.ids, made(&given.email, &id, now)).await?;
        let session = self.begin_session(&mut tx, id, &given.device).await?;
        tx.commit().await?;
        Ok(session)
    }
}

/// Who came in with the first link stands at the beginning of the audit.
fn made(email: &str, id: &UserId, now: Timestamp) -> NewEvent {
    let email = canonical_email(email);
    NewEvent {
        at: now,
        kind: "audit.first_administrator",
        actor: email.clone(),
        sentence: format!("{email} became the first administrator by the link of the first start."),
        operation: None,
        step: None,
        project: None,
        resource: Some(format!("user:{id}")),
        body: json!({ "user": id, "role": Role::PlatformAdmin.key() }),
    }
}

fn proof() -> SystemProof {
    system::for_worker("first-administrator")
}
