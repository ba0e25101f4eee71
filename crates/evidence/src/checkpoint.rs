//! Checkpoints: where the chain ended at a time, signed. Whoever keeps one notices later when the chain was cut off or
//! written anew.

use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

use crate::encoding::Encoding;
use crate::key::{PublicKey, SigningKey};

/// Where the chain ended, and whose word that is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// The number of the last event.
    pub seq: i64,
    /// Its hash.
    pub hash: String,
    /// When it was signed, in microseconds since the Unix epoch.
    pub at: i64,
    /// The id of the key.
    pub key: String,
    /// Ed25519, in base64, over the SHA-256 of: domain `slipway.checkpoint.v1`, `seq`, `hash`, `at`, `key`.
    pub signature: String,
}

/// What does not fit about a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadCheckpoint {
    /// Signed by another key.
    #[error("The checkpoint at event {seq} was signed with the key {key}, and this is the key {given}.")]
    OtherKey {
        /// The checkpoint.
        seq: i64,
        /// The key it names.
        key: String,
        /// The key it was checked with.
        given: String,
    },
    /// Not what was signed.
    #[error("The checkpoint at event {seq} is not what was signed.")]
    Signature {
        /// The checkpoint.
        seq: i64,
    },
}

/// How a checkpoint stands to one that was kept before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follows {
    /// It is the one that was kept.
    Same,
    /// It goes on from it, as far as one can tell without the events between.
    Later,
    /// The chain was longer before.
    GoesBack,
    /// At one number there are two hashes.
    Forks,
}

impl Checkpoint {
    /// Signs where a chain ends.
    pub fn sign(key: &SigningKey, seq: i64, hash: &str, at: i64) -> Self {
        let id = key.public().id();
        let signature = key.sign(&message(seq, hash, at, &id));
        Self { seq, hash: hash.to_owned(), at, key: id, signature }
    }

    /// Whether the holder of this key signed it.
    pub fn check(&self, key: &PublicKey) -> Result<(), BadCheckpoint> {
        let given = key.id();
        if self.key != given {
            return Err(BadCheckpoint::OtherKey { seq: self.seq, key: self.key.clone(), given });
        }
        let signed = key.has_signed(&message(self.seq, &self.hash, self.at, &self.key), &self.signature);
        if signed { Ok(()) } else { Err(BadCheckpoint::Signature { seq: self.seq }) }
    }

    /// How it stands to one that was kept.
    pub fn after(&self, kept: &Self) -> Follows {
        match self.seq.cmp(&kept.seq) {
            Ordering::Equal if self.hash == kept.hash => Follows::Same,
            Ordering::Equal => Follows::Forks,
            Ordering::Greater => Follows::Later,
            Ordering::Less => Follows::GoesBack,
        }
    }
}

fn message(seq: i64, hash: &str, at: i64, key: &str) -> [u8; 32] {
    let mut encoding = Encoding::of("slipway.checkpoint.v1");
    encoding.number(seq);
    encoding.text(hash);
    encoding.number(at);
    encoding.text(key);
    encoding.into_signed_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_changed_in_a_checkpoint_shows() {
        let (key, other) =
            (SigningKey::from_seed(&[1; 32]).unwrap(), SigningKey::from_seed(&[2; 32]).unwrap());
        let good = Checkpoint::sign(&key, 7, "aa", 5);
        assert_eq!(good.check(key.public()), Ok(()));
        assert!(matches!(good.check(other.public()), Err(BadCheckpoint::OtherKey { .. })));
        let changed = [
            Checkpoint { seq: 8, ..good.clone() },
            Checkpoint { hash: "ab".to_owned(), ..good.clone() },
            Checkpoint { at: 6, ..good.clone() },
            Checkpoint { signature: Checkpoint::sign(&key, 8, "aa", 5).signature, ..good.clone() },
            Checkpoint { signature: "!".to_owned(), ..good.clone() },
        ];
        for one in changed {
            assert!(matches!(one.check(key.public()), Err(BadCheckpoint::Signature { .. })), "{one:?}");
        }
    }

    #[test]
    fn a_chain_that_goes_back_or_forks_is_noticed() {
        let key = SigningKey::from_seed(&[1; 32]).unwrap();
        let at = |seq, hash| Checkpoint::sign(&key, seq, hash, 0);
        let kept = at(7, "aa");
        assert_eq!(at(7, "aa").after(&kept), Follows::Same);
        assert_eq!(at(8, "bb").after(&kept), Follows::Later);
        assert_eq!(at(6, "99").after(&kept), Follows::GoesBack);
        assert_eq!(at(7, "ab").after(&kept), Follows::Forks);
    }
}
