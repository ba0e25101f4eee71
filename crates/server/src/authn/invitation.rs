//! Coming in by an invitation: the link is used up, the account made or found, the role granted, the session begun, all or
//! nothing.
//!
//! An account that is there already takes the role only from its own session: whoever has a link could else set its
//! password. So the link itself never opens somebody's account.

use read_models::ids::{InvitationId, UserId};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::password::{self, HashingFailed, PasswordProblem};
use super::sign_in::SignInRefused;
use super::{Authn, NewSession, stored_hash};
use crate::authz::{Principal, SystemProof, system};
use crate::secret::SealingKey;
use crate::store::db::{StoreError, Tx};
use crate::store::events::{self, NewEvent};
use crate::store::invitations::{self, Invitation, Standing};
use crate::store::sign_in_attempts::{self, Subject};
use crate::store::users::{self, NewAccount};

/// What the person with the link typed.
#[derive(Clone, Debug)]
pub struct Invited {
    pub secret: SecretString,
    pub name: String,
    pub password: SecretString,
    /// The address of the person's machine.
    pub address: String,
    pub device: String,
}

/// Why nobody came in.
#[derive(Debug, thiserror::Error)]
pub enum InviteRefused {
    #[error("there is no such invitation")]
    Forged,
    #[error("the invitation is not open")]
    NotOpen(Standing),
    #[error("the name is not one")]
    Name,
    #[error("{0}")]
    Password(PasswordProblem),
    #[error("the account takes the role from its own session only")]
    SignInFirst,
    #[error("the invitation is for somebody else")]
    SomebodyElse,
    #[error("too many attempts")]
    Wait(std::time::Duration),
    #[error("the invitation could not be used")]
    Store(#[source] StoreError),
    #[error("the invitation could not be used")]
    Hashing(#[source] HashingFailed),
}

/// The secret of an invitation's link, made again from the sealing key: it is stored nowhere.
pub fn invitation_secret(sealing: &SealingKey, id: &InvitationId) -> SecretString {
    SecretString::from(URL_SAFE_NO_PAD.encode(*sealing.derive("invitation", id.as_str())))
}

/// A name to read, and short.
fn is_name(name: &str) -> bool {
    (1..=100).contains(&name.trim().chars().count()) && !name.chars().any(char::is_control)
}

impl Authn {
    /// The invitation behind a link, open or not.
    pub async fn invitation(&self, secret: &str) -> Result<Option<Invitation>, StoreError> {
        invitations::behind(&mut &self.db, &proof(), &stored_hash(secret)).await
    }

    /// Comes in with a new account.
    pub async fn come_in(&self, given: Invited) -> Result<NewSession, InviteRefused> {
        let (proof, subject) = (proof(), [Subject::Address(given.address.clone())]);
        self.count(&proof, &subject).await.map_err(InviteRefused::from)?;
        let invitation = self.open_invitation(given.secret.expose_secret()).await?;
        if !is_name(&given.name) {
            return Err(InviteRefused::Name);
        }
        password::check(&given.password, &invitation.email).map_err(InviteRefused::Password)?;
        // Hashed in any case: the time it takes says nothing of whether there is an account.
        let hash = self.passwords.hash(&given.password, &*self.ids).await.map_err(InviteRefused::Hashing)?;
        let made = self.make_account(&proof, &invitation, &given, &hash).await;
        made.map_err(|error| {
            if error.is_conflict_on("user_account", "email") {
                InviteRefused::SignInFirst
            } else {
                lost(error)
            }
        })
    }

    /// Takes the role into the account that is signed in.
    pub async fn accept(&self, secret: &str, who: &Principal) -> Result<(), InviteRefused> {
        let invitation = self.open_invitation(secret).await?;
        if users::canonical_email(&who.email) != invitation.email {
            return Err(InviteRefused::SomebodyElse);
        }
        let taken = async {
            let mut tx = self.db.begin().await?;
            self.take(&mut tx, &proof(), &invitation, &who.user_id).await?;
            tx.commit().await
        };
        taken.await.map_err(lost)
    }

    async fn open_invitation(&self, secret: &str) -> Result<Invitation, InviteRefused> {
        let found = self.invitation(secret).await.map_err(InviteRefused::Store)?;
        let found = found.ok_or(InviteRefused::Forged)?;
        match found.standing(self.clock.now()) {
            Standing::Open => Ok(found),
            other @ (Standing::Used | Standing::Revoked | Standing::Over) => {
                Err(InviteRefused::NotOpen(other))
            }
        }
    }

    async fn make_account(
        &self,
        proof: &SystemProof,
        invitation: &Invitation,
        given: &Invited,
        password_hash: &str,
    ) -> Result<NewSession, StoreError> {
        let (now, id) = (self.clock.now(), UserId::from_uuid(&self.ids.uuid()));
        let mut tx = self.db.begin().await?;
        let display_name = given.name.trim();
        let account = NewAccount { id: &id, email: &invitation.email, display_name, password_hash };
        users::create(&mut tx, proof, account, now).await?;
        self.take(&mut tx, proof, invitation, &id).await?;
        sign_in_attempts::take_back(&mut tx, proof, &Subject::Address(given.address.clone()), now).await?;
        let session = self.begin_session(&mut tx, id, &given.device).await?;
        tx.commit().await?;
        Ok(session)
    }

    /// Uses the invitation up for this account, and says so in the audit.
    async fn take(
        &self,
        tx: &mut Tx,
        proof: &SystemProof,
        invitation: &Invitation,
        user: &UserId,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        invitations::use_up(tx, proof, &invitation.id, user, now).await?;
        users::grant_role(tx, proof, user, &invitation.grant, now).await?;
        let (role, project) = (invitation.grant.role.key(), invitation.grant.scope.project().cloned());
        let whose = project.as_ref().map_or_else(|| "platform".to_owned(), ToString::to_string);
        let event = NewEvent {
            at: now,
            kind: "audit.invitation_used",
            actor: invitation.email.clone(),
            sentence: format!(
                "{} came in as {} by the invitation of {}.",
                invitation.email,
                role.replace('_', " "),
                invitation.inviter
            ),
            operation: None,
            step: None,
            project,
            resource: Some(format!("people:{whose}")),
            body: json!({ "invitation": invitation.id, "user": user, "role": role, "scope": whose }),
        };
        events::append(tx, &*self.ids, event).await
    }
}

impl From<SignInRefused> for InviteRefused {
    fn from(refused: SignInRefused) -> Self {
        match refused {
            SignInRefused::Wait(wait) => Self::Wait(wait),
            SignInRefused::Store(error) => Self::Store(error),
            SignInRefused::Hashing(error) => Self::Hashing(error),
            // Counting never looks at a password.
            SignInRefused::Wrong => Self::Forged,
        }
    }
}

/// Not found any more: somebody else used it, or revoked it, meanwhile.
fn lost(error: StoreError) -> InviteRefused {
    if matches!(error, StoreError::NotFound) {
        InviteRefused::NotOpen(Standing::Used)
    } else {
        InviteRefused::Store(error)
    }
}

fn proof() -> SystemProof {
    system::for_worker("invitation")
}
