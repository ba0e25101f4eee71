//! The key that signs checkpoints and seals bundles: 32 bytes, made at the first start, shared by all replicas.

use evidence::SigningKey;
use zeroize::Zeroizing;

use super::{Secrets, SecretsError};
use crate::ids::{Ids, secret_32};
use crate::secret::SealBroken;

const NAME: &str = "evidence/signing";

/// The key; the first start makes it. Two servers that start at once end up with the same one.
pub async fn evidence_key(secrets: &dyn Secrets, ids: &dyn Ids) -> Result<SigningKey, SecretsError> {
    let seed = match secrets.read(NAME).await? {
        Some(seed) => seed,
        None => secrets.keep(NAME, Zeroizing::new(secret_32(ids).to_vec())).await?,
    };
    SigningKey::from_seed(&seed)
        .ok_or_else(|| SecretsError::Broken { name: NAME.to_owned(), source: SealBroken })
}
