//! Where secrets are kept that the server itself makes: the certificate authority's keys, the key that signs evidence.
//!
//! The embedded keeper seals them and puts them into the database, so that several replicas share them and a stolen dump
//! is worth nothing without the sealing key.

mod embedded;
mod evidence_key;

use async_trait::async_trait;
use zeroize::Zeroizing;

pub use self::embedded::SealedInDatabase;
pub use self::evidence_key::evidence_key;
use crate::secret::SealBroken;
use crate::store::db::StoreError;

/// A secret's bytes; wiped when dropped.
pub type Secret = Zeroizing<Vec<u8>>;

/// Keeps secrets under names.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// The secret of this name, if there is one.
    async fn read(&self, name: &str) -> Result<Option<Secret>, SecretsError>;

    /// Keeps a secret under a name that is still free, and answers what is kept there now: when somebody else was
    /// faster, theirs.
    async fn keep(&self, name: &str, secret: Secret) -> Result<Secret, SecretsError>;
}

/// Why a secret could not be had.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// The keeper does not answer: nothing happened, repeat.
    #[error("the secret `{name}` cannot be reached")]
    Unavailable {
        name: String,
        #[source]
        source: StoreError,
    },
    /// It is there and cannot be opened: put the right key in place; repeating does not help.
    #[error(
        "the secret `{name}` was sealed with another key: put the sealing key back that this database was made with"
    )]
    Broken {
        name: String,
        #[source]
        source: SealBroken,
    },
}
