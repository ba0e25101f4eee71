//! The facts of a person: what they keep for themselves.

use crate::authz::Grant;
use crate::operations::World;
use crate::store::db::StoreError;
use crate::store::passkeys::{self, PasskeyRecord};
use crate::store::recovery_codes::{self, RecoveryCode};
use crate::store::sessions::{self, OpenSession};
use crate::store::ssh_keys::{self, SshKey};
use crate::store::tokens::{self, TokenRecord};
use crate::store::totps::{self, TotpRecord};
use crate::store::users::{self, Account};
use read_models::ids::UserId;
use read_models::time::Timestamp;

/// The newest tokens that are looked at: more than anybody keeps good at one time.
const TOKENS: i64 = 200;

/// A person's account, what lets them in, and now.
#[derive(Debug, Clone)]
pub struct PersonFacts {
    pub account: Account,
    pub grants: Vec<Grant>,
    pub sessions: Vec<OpenSession>,
    pub tokens: Vec<TokenRecord>,
    pub keys: Vec<SshKey>,
    /// Their authenticator app.
    pub totp: Option<TotpRecord>,
    pub passkeys: Vec<PasskeyRecord>,
    pub recovery_codes: Vec<RecoveryCode>,
    pub now: Timestamp,
}

/// A person, and what of theirs an operation is asked about; nothing on a card.
#[derive(Debug, Clone)]
pub struct Asked<T> {
    pub person: PersonFacts,
    pub about: Option<T>,
}

impl PersonFacts {
    /// Reads them.
    pub async fn load(world: &World, target: &str) -> Result<Self, StoreError> {
        let id = UserId::parse(target).map_err(|_| StoreError::NotFound)?;
        let (db, proof, now) = (&world.db, &world.proof, world.now());
        let account = users::by_id(&mut &*db, proof, &id).await?;
        Ok(Self {
            account,
            grants: users::grants(&mut &*db, proof, &id).await?,
            sessions: sessions::open_of_person(&mut &*db, proof, &id, now).await?,
            tokens: tokens::of_person(&mut &*db, proof, &id, TOKENS).await?,
            keys: ssh_keys::of_person(&mut &*db, proof, &id).await?,
            totp: totps::of(&mut &*db, proof, &id).await?,
            passkeys: passkeys::of(&mut &*db, proof, &id).await?,
            recovery_codes: recovery_codes::of(&mut &*db, proof, &id).await?,
            now,
        })
    }

    /// Whether more than the password is asked for.
    pub fn has_second_factor(&self) -> bool {
        self.totp.is_some() || !self.passkeys.is_empty()
    }

    /// The same, about a part of it.
    pub fn about<T>(self, about: Option<T>) -> Asked<T> {
        Asked { person: self, about }
    }

    /// The lock of an aspect of the account: `user/usr_…/sessions`.
    pub fn lock(target: &str, aspect: &str) -> String {
        format!("user/{target}/{aspect}")
    }
}
