//! Who is this: passwords, second factors, passkeys, browser sessions, API tokens, and the first administrator. What they may do is `authz`'s.

mod first_administrator;
mod invitation;
mod passkey_site;
mod passkeys;
pub mod password;
mod recognise;
pub mod recovery;
mod second_factor;
mod sign_in;
mod step_up;
pub mod testing;
pub mod token;
pub mod totp;

use std::sync::Arc;

use sha2::{Digest, Sha256};

pub use self::first_administrator::{FirstAdministrator, FirstRefused, LINK_LIFETIME, is_email, issue_link};
pub use self::invitation::{InviteRefused, Invited, invitation_secret};
pub use self::passkey_site::PasskeySite;
pub use self::passkeys::{NewPasskey, PasskeyAnswer, PasskeyQuestion, PasskeyRefused, PasskeySignIn};
pub use self::password::{PasswordProblem, Passwords};
pub use self::second_factor::{Factors, SecondHalf, SecondRefused, totp_place};
pub use self::sign_in::{Credentials, NewSession, SignInRefused, SignedIn};
use crate::clock::Clock;
use crate::ids::Ids;
use crate::secret::SealingKey;
use crate::store::db::Db;

/// Recognises people. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Authn {
    pub(crate) db: Db,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) passwords: Arc<Passwords>,
    pub(crate) sealing: Arc<SealingKey>,
    /// The address passkeys belong to.
    pub site: Arc<PasskeySite>,
}

impl Authn {
    pub fn new(
        db: Db,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
        sealing: Arc<SealingKey>,
        site: PasskeySite,
    ) -> Self {
        Self { db, clock, ids, passwords: Arc::new(Passwords::default()), sealing, site: Arc::new(site) }
    }
}

/// How a random key is stored: SHA-256 in hex. The key has 256 bits, so that a slow hash would protect nothing more.
pub fn stored_hash(key: &str) -> String {
    hex::encode(Sha256::digest(key.as_bytes()))
}
