//! Passkeys (`WebAuthn`): a browser is asked a question, and its authenticator signs the answer for this address alone.
//!
//! Each question is kept here, for the browser it was put to, for one answer. Whoever's passkey it is has shown a finger, a
//! face or a PIN to the authenticator: that is asked for always, so that a passkey can stand alone.

mod answer;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use read_models::ids::UserId;
use read_models::time::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey, PasskeyAuthentication, PasskeyRegistration,
    RegisterPublicKeyCredential, Uuid, Webauthn, WebauthnError,
};

use super::second_factor::subjects;
use super::{Authn, NewSession, SignInRefused, stored_hash};
use crate::authz::{Principal, SystemProof, Via, system};
use crate::ids::secret_32;
use crate::store::db::StoreError;
use crate::store::passkey_ceremonies::{self, LIFETIME};
use crate::store::passkeys::{self, PasskeyRecord};
use crate::store::sign_in_attempts::Subject;
use crate::store::users;
use crate::store::{half_sign_ins, sessions};

/// The longest answer that is looked at; real ones have some 2 KiB.
const LONGEST: usize = 16 * 1024;

/// A question for a browser.
#[derive(Clone, Debug)]
pub struct PasskeyQuestion {
    /// Comes back with the answer.
    pub key: SecretString,
    /// What `navigator.credentials` takes as `publicKey`, as JSON.
    pub options: Value,
    pub good_until: Timestamp,
}

/// An answer to it.
#[derive(Clone, Debug)]
pub struct PasskeyAnswer {
    pub key: String,
    /// The credential as the browser wrote it, JSON.
    pub credential: String,
    pub address: String,
}

/// A passkey that was just made, and is nobody's yet.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewPasskey {
    pub credential_id: String,
    pub credential: String,
}

/// A sign-in with a passkey: the second half of one, or the whole.
#[derive(Clone, Debug)]
pub struct PasskeySignIn {
    pub answer: PasskeyAnswer,
    /// The key of the first half, when the password came first.
    pub half: Option<String>,
    pub device: String,
    pub old_cookie: Option<String>,
}

/// Why a passkey did not do.
#[derive(Debug, thiserror::Error)]
pub enum PasskeyRefused {
    #[error("{0}")]
    NotHere(&'static str),
    #[error("there is no such question, or it was answered, or it is too long ago")]
    Over,
    #[error("the passkey is somebody's already")]
    Known,
    #[error("the passkey's counter went back")]
    Copied,
    #[error(transparent)]
    Refused(SignInRefused),
}

impl From<StoreError> for PasskeyRefused {
    fn from(error: StoreError) -> Self {
        Self::Refused(SignInRefused::Store(error))
    }
}

/// What is kept of a question.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Question {
    Add(Box<PasskeyRegistration>),
    /// Of one person, whose passkeys it names.
    Of(UserId, Box<PasskeyAuthentication>),
    /// Of whoever answers.
    Anybody(Box<DiscoverableAuthentication>),
}

const WRONG: PasskeyRefused = PasskeyRefused::Refused(SignInRefused::Wrong);
const NONE: &str = "You have no passkey.";

impl Authn {
    /// Asks a browser to make a passkey for whoever is signed in there.
    pub async fn ask_for_new_passkey(&self, who: &Principal) -> Result<PasskeyQuestion, PasskeyRefused> {
        let webauthn = self.webauthn()?;
        let known = passkeys::of(&mut &self.db, &proof(), &who.user_id).await?;
        let known = read_all(&known)?.iter().map(|one| one.cred_id().clone()).collect();
        let (handle, email) = (handle(&who.user_id)?, &who.email);
        let (asked, state) = webauthn
            .start_passkey_registration(handle, email, &who.display_name, Some(known))
            .map_err(|error| broken(&error))?;
        let mut options = json!(asked.public_key);
        // Where the authenticator has room for it, so that it can also be found without an email.
        options["authenticatorSelection"]["residentKey"] = json!("preferred");
        self.ask(&owner_of(&who.via), &Question::Add(Box::new(state)), options).await
    }

    /// The passkey that was made, checked: nothing is added yet.
    pub async fn new_passkey(
        &self,
        who: &Principal,
        answer: &PasskeyAnswer,
    ) -> Result<NewPasskey, PasskeyRefused> {
        let webauthn = self.webauthn()?;
        self.count_passkey(&subjects(&answer.address, &who.email)).await?;
        let Question::Add(state) = self.take_question(&answer.key, &owner_of(&who.via)).await? else {
            return Err(PasskeyRefused::Over);
        };
        let credential: RegisterPublicKeyCredential = read_answer(&answer.credential)?;
        let passkey =
            webauthn.finish_passkey_registration(&credential, &state).map_err(|error| wrong(&error))?;
        let credential_id = URL_SAFE_NO_PAD.encode(passkey.cred_id());
        if passkeys::by_credential(&mut &self.db, &proof(), &credential_id).await?.is_some() {
            return Err(PasskeyRefused::Known);
        }
        self.take_back(&proof(), &subjects(&answer.address, &who.email)).await?;
        Ok(NewPasskey { credential_id, credential: written(&passkey)? })
    }

    /// Asks whoever is signed in for one of their passkeys.
    pub async fn ask_for_passkey(&self, who: &Principal) -> Result<PasskeyQuestion, PasskeyRefused> {
        self.ask_of(&who.user_id, &owner_of(&who.via)).await
    }

    /// Makes a session fresh with a passkey; it goes on under the key in the answer.
    pub async fn step_up_with_passkey(
        &self,
        who: &Principal,
        answer: &PasskeyAnswer,
    ) -> Result<Option<SecretString>, PasskeyRefused> {
        let Via::Session { id: session, .. } = &who.via else { return Ok(None) };
        let subjects = subjects(&answer.address, &who.email);
        self.count_passkey(&subjects).await?;
        let question = self.take_question(&answer.key, &owner_of(&who.via)).await?;
        let account = self.answered(question, &answer.credential).await?;
        if account.id != who.user_id {
            return Err(WRONG);
        }
        self.take_back(&proof(), &subjects).await?;
        Ok(Some(self.renew(session).await?))
    }

    /// Asks a browser that signs in: for a passkey of whoever gave the right password, or for anybody's.
    pub async fn ask_at_sign_in(
        &self,
        half: Option<&str>,
        address: &str,
    ) -> Result<PasskeyQuestion, PasskeyRefused> {
        if let Some(half) = half {
            let hash = stored_hash(half);
            let begun = half_sign_ins::by_hash(&mut &self.db, &proof(), &hash, self.clock.now()).await?;
            let user = begun.ok_or(PasskeyRefused::Over)?;
            return self.ask_of(&user, &owner_of_half(&hash)).await;
        }
        let (asked, state) =
            self.webauthn()?.start_discoverable_authentication().map_err(|error| broken(&error))?;
        let question = Question::Anybody(Box::new(state));
        self.ask(&owner_of_address(address), &question, json!(asked.public_key)).await
    }

    /// Signs in with a passkey.
    pub async fn sign_in_with_passkey(&self, given: &PasskeySignIn) -> Result<NewSession, PasskeyRefused> {
        let (proof, answer, now) = (proof(), &given.answer, self.clock.now());
        let hash = given.half.as_deref().map(stored_hash);
        let begun = match &hash {
            None => None,
            Some(hash) => {
                let begun = half_sign_ins::by_hash(&mut &self.db, &proof, hash, now).await?;
                Some(begun.ok_or(PasskeyRefused::Over)?)
            }
        };
        // Without a first half nobody has said who they are: the address alone counts.
        let subjects = match &begun {
            Some(user) => {
                subjects(&answer.address, &users::by_id(&mut &self.db, &proof, user).await?.email).to_vec()
            }
            None => vec![Subject::Address(answer.address.clone())],
        };
        self.count_passkey(&subjects).await?;
        let owner = hash.as_deref().map_or_else(|| owner_of_address(&answer.address), owner_of_half);
        let question = self.take_question(&answer.key, &owner).await?;
        let account = self.answered(question, &answer.credential).await?;
        if begun.is_some_and(|user| user != account.id) {
            return Err(WRONG);
        }
        self.take_back(&proof, &subjects).await?;
        let mut tx = self.db.begin().await?;
        if let Some(hash) = &hash {
            match half_sign_ins::end(&mut tx, &proof, hash).await {
                Err(StoreError::NotFound) => return Err(PasskeyRefused::Over),
                ended => ended?,
            }
        }
        if let Some(old) = &given.old_cookie {
            sessions::end(&mut tx, &proof, &stored_hash(old)).await?;
        }
        let session = self.begin_session(&mut tx, account.id, &given.device).await?;
        tx.commit().await?;
        Ok(session)
    }

    fn webauthn(&self) -> Result<&Webauthn, PasskeyRefused> {
        let why_not = PasskeyRefused::NotHere(self.site.why_not().unwrap_or_default());
        self.site.webauthn().ok_or(why_not)
    }

    async fn count_passkey(&self, subjects: &[Subject]) -> Result<(), PasskeyRefused> {
        self.count(&proof(), subjects).await.map_err(PasskeyRefused::Refused)
    }

    async fn ask_of(&self, user: &UserId, owner: &str) -> Result<PasskeyQuestion, PasskeyRefused> {
        let webauthn = self.webauthn()?;
        let known = read_all(&passkeys::of(&mut &self.db, &proof(), user).await?)?;
        if known.is_empty() {
            return Err(PasskeyRefused::NotHere(NONE));
        }
        let (asked, state) = webauthn.start_passkey_authentication(&known).map_err(|error| broken(&error))?;
        self.ask(owner, &Question::Of(user.clone(), Box::new(state)), json!(asked.public_key)).await
    }

    async fn ask(
        &self,
        owner: &str,
        question: &Question,
        options: Value,
    ) -> Result<PasskeyQuestion, PasskeyRefused> {
        let (key, now) = (URL_SAFE_NO_PAD.encode(secret_32(&*self.ids)), self.clock.now());
        let state = written(question)?;
        let mut tx = self.db.begin().await?;
        passkey_ceremonies::begin(&mut tx, &proof(), (&stored_hash(&key), owner), &state, now).await?;
        tx.commit().await?;
        Ok(PasskeyQuestion { key: SecretString::from(key), options, good_until: now.plus(LIFETIME) })
    }

    /// The question of this key. It is gone from now on, whatever its answer is worth.
    async fn take_question(&self, key: &str, owner: &str) -> Result<Question, PasskeyRefused> {
        let mut tx = self.db.begin().await?;
        let (hash, now) = (stored_hash(key), self.clock.now());
        let state = passkey_ceremonies::take(&mut tx, &proof(), (&hash, owner), now).await?;
        tx.commit().await?;
        let state = state.ok_or(PasskeyRefused::Over)?;
        serde_json::from_str(&state).map_err(|error| StoreError::corrupt(error.to_string()).into())
    }
}

/// What its person is called among authenticators.
fn handle(user: &UserId) -> Result<Uuid, PasskeyRefused> {
    Uuid::parse_str(user.digits()).map_err(|error| StoreError::corrupt(error.to_string()).into())
}

fn owner_of(via: &Via) -> String {
    match via {
        Via::Session { id, .. } => format!("session:{id}"),
        Via::Token { id, .. } => format!("token:{id}"),
    }
}

fn owner_of_half(hash: &str) -> String {
    format!("half:{hash}")
}

fn owner_of_address(address: &str) -> String {
    format!("address:{address}")
}

fn read(record: &PasskeyRecord) -> Result<Passkey, PasskeyRefused> {
    serde_json::from_str(&record.credential).map_err(|error| StoreError::corrupt(error.to_string()).into())
}

fn read_all(records: &[PasskeyRecord]) -> Result<Vec<Passkey>, PasskeyRefused> {
    records.iter().map(read).collect()
}

fn written(what: &impl Serialize) -> Result<String, PasskeyRefused> {
    serde_json::to_string(what).map_err(|error| StoreError::corrupt(error.to_string()).into())
}

fn read_answer<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, PasskeyRefused> {
    if text.len() > LONGEST {
        return Err(WRONG);
    }
    serde_json::from_str(text).map_err(|_| WRONG)
}

/// Which check failed is for the log: whoever forges must not learn how far they came.
fn wrong(error: &WebauthnError) -> PasskeyRefused {
    tracing::info!("a passkey's answer was refused: {error}");
    WRONG
}

fn broken(error: &WebauthnError) -> PasskeyRefused {
    StoreError::corrupt(error.to_string()).into()
}

fn proof() -> SystemProof {
    system::for_worker("passkeys")
}
