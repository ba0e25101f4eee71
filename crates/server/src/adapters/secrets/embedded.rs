//! Sealed values in the database; the key that opens them is a file outside it.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Secret, Secrets, SecretsError};
use crate::authz::SystemProof;
use crate::clock::Clock;
use crate::ids::Ids;
use crate::secret::SealingKey;
use crate::store::db::{Db, StoreError};
use crate::store::sealed_secrets;

/// The embedded keeper.
#[derive(Clone, Debug)]
pub struct SealedInDatabase {
    pub db: Db,
    pub key: Arc<SealingKey>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    pub proof: SystemProof,
}

#[async_trait]
impl Secrets for SealedInDatabase {
    async fn read(&self, name: &str) -> Result<Option<Secret>, SecretsError> {
        let sealed =
            sealed_secrets::find(&mut &self.db, &self.proof, name).await.map_err(unavailable(name))?;
        sealed.map(|sealed| self.open(name, &sealed)).transpose()
    }

    async fn keep(&self, name: &str, secret: Secret) -> Result<Secret, SecretsError> {
        let sealed = self.key.seal(name, &secret, &*self.ids).map_err(broken(name))?;
        let kept = self.keep_sealed(name, &sealed).await.map_err(unavailable(name))?;
        self.open(name, &kept)
    }
}

impl SealedInDatabase {
    async fn keep_sealed(&self, name: &str, sealed: &str) -> Result<String, StoreError> {
        let mut tx = self.db.begin().await?;
        sealed_secrets::put_if_absent(&mut tx, &self.proof, name, sealed, self.clock.now()).await?;
        let kept = sealed_secrets::find(&mut tx, &self.proof, name).await?.ok_or(StoreError::NotFound)?;
        tx.commit().await?;
        Ok(kept)
    }

    fn open(&self, name: &str, sealed: &str) -> Result<Secret, SecretsError> {
        self.key.open(name, sealed).map_err(broken(name))
    }
}

fn unavailable(name: &str) -> impl FnOnce(StoreError) -> SecretsError {
    let name = name.to_owned();
    move |source| SecretsError::Unavailable { name, source }
}

fn broken(name: &str) -> impl FnOnce(crate::secret::SealBroken) -> SecretsError {
    let name = name.to_owned();
    move |source| SecretsError::Broken { name, source }
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;
    use crate::authz::system::for_worker;
    use crate::clock::TestClock;
    use crate::ids::SystemIds;
    use crate::store::testing::on_both;

    fn keeper(db: &Db, folder: &std::path::Path) -> SealedInDatabase {
        SealedInDatabase {
            db: db.clone(),
            key: Arc::new(SealingKey::from_file(&folder.join("key"), &SystemIds).unwrap()),
            clock: Arc::new(TestClock::default()),
            ids: Arc::new(SystemIds),
            proof: for_worker("test"),
        }
    }

    #[tokio::test]
    async fn the_first_secret_stays_and_lies_sealed() {
        on_both(async |db| {
            let folder = tempfile::tempdir().unwrap();
            let keeper = keeper(&db, folder.path());
            assert!(keeper.read("a").await.unwrap().is_none());
            let first = keeper.keep("a", Zeroizing::new(b"canary".to_vec())).await.unwrap();
            let second = keeper.keep("a", Zeroizing::new(b"other".to_vec())).await.unwrap();
            assert_eq!((first.as_slice(), second.as_slice()), (&b"canary"[..], &b"canary"[..]));
            let stored = sealed_secrets::find(&mut &db, &keeper.proof, "a").await.unwrap().unwrap();
            assert!(!stored.contains("canary"));
        })
        .await;
    }

    #[tokio::test]
    async fn with_another_key_it_says_which_secret_and_what_to_do() {
        on_both(async |db| {
            let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
            keeper(&db, folder.path()).keep("a", Zeroizing::new(b"canary".to_vec())).await.unwrap();
            let error = keeper(&db, other.path()).read("a").await.unwrap_err().to_string();
            assert!(error.contains("`a`") && error.contains("sealing key"), "{error}");
        })
        .await;
    }
}
