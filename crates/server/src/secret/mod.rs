//! The key that seals what must not lie readable in the database, and sealing itself (XChaCha20-Poly1305).
//!
//! The key is a file beside the data that only its owner may read, made at the first start; or another file, or the
//! environment. Losing it loses what was sealed; the rest of the database stays good.

use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::ids::{Ids, secret_32};

/// The file of the key in the data folder.
pub const FILE: &str = "sealing.key";
const NONCE: usize = 24;

/// The key. It does not print, and is wiped when dropped.
pub struct SealingKey {
    cipher: XChaCha20Poly1305,
    raw: Zeroizing<Vec<u8>>,
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("the sealing key {} cannot be read or made", path.display())]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the sealing key {0} can be read by others: run `chmod 600 {0}`")]
    Readable(PathBuf),
    #[error(
        "the sealing key in {0} is not 32 bytes in base64: make one with `head -c 32 /dev/urandom | base64`"
    )]
    Malformed(String),
}

/// The sealed text cannot be opened: another key, another context, or it was changed.
#[derive(Debug, thiserror::Error)]
#[error("a sealed value cannot be opened with this key")]
pub struct SealBroken;

impl SealingKey {
    /// The key in this file; made when there is none.
    pub fn from_file(path: &Path, ids: &dyn Ids) -> Result<Self, KeyError> {
        let failed = |source| KeyError::File { path: path.to_path_buf(), source };
        match std::fs::metadata(path) {
            Ok(found) if found.permissions().mode() & 0o077 != 0 => {
                return Err(KeyError::Readable(path.to_path_buf()));
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => make(path, ids).map_err(failed)?,
            Err(error) => return Err(failed(error)),
        }
        let text = Zeroizing::new(std::fs::read_to_string(path).map_err(failed)?);
        Self::from_text(&text, &path.display().to_string())
    }

    /// The key itself in base64, from `place` (for the message when it is none).
    pub fn from_text(text: &str, place: &str) -> Result<Self, KeyError> {
        let malformed = || KeyError::Malformed(place.to_owned());
        let bytes = Zeroizing::new(STANDARD.decode(text.trim()).map_err(|_| malformed())?);
        let cipher = XChaCha20Poly1305::new_from_slice(&bytes).map_err(|_| malformed())?;
        Ok(Self { cipher, raw: bytes })
    }

    /// Seals a value for one place (`"node-ca"`): it opens only with the same name.
    pub fn seal(&self, place: &str, plain: &[u8], ids: &dyn Ids) -> Result<String, SealBroken> {
        let mut nonce = [0; NONCE];
        ids.random(&mut nonce);
        let payload = Payload { msg: plain, aad: place.as_bytes() };
        let sealed = self.cipher.encrypt(XNonce::from_slice(&nonce), payload).map_err(|_| SealBroken)?;
        Ok(STANDARD.encode([&nonce[..], &sealed].concat()))
    }

    /// A secret that this key alone can make again (HMAC-SHA-256, RFC 2104), so that it need not be stored at all.
    pub fn derive(&self, place: &str, id: &str) -> Zeroizing<[u8; 32]> {
        let mut secret = Zeroizing::new([0; 32]);
        // A MAC key may have any length, so this cannot fail; an unusable key would give a secret nobody can guess either.
        if let Ok(mut mac) = <Hmac<Sha256> as Mac>::new_from_slice(&self.raw) {
            mac.update(format!("{place}\0{id}").as_bytes());
            secret.copy_from_slice(&mac.finalize().into_bytes());
        }
        secret
    }

    /// Opens what [`Self::seal`] made for the same place.
    pub fn open(&self, place: &str, sealed: &str) -> Result<Zeroizing<Vec<u8>>, SealBroken> {
        let bytes = STANDARD.decode(sealed.trim()).map_err(|_| SealBroken)?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE).ok_or(SealBroken)?;
        let payload = Payload { msg: sealed, aad: place.as_bytes() };
        self.cipher.decrypt(XNonce::from_slice(nonce), payload).map(Zeroizing::new).map_err(|_| SealBroken)
    }
}

impl std::fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealingKey")
    }
}

/// Writes a new key beside its place and moves it there, so that a crash leaves a whole key or none; of two programs that
/// start at once the first one's key stays.
fn make(path: &Path, ids: &dyn Ids) -> io::Result<()> {
    let draft = path.with_extension(format!("new-{}", ids.uuid()));
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    let text = Zeroizing::new(STANDARD.encode(Zeroizing::new(secret_32(ids))));
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    let linked = std::fs::hard_link(&draft, path);
    std::fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::SystemIds;

    #[test]
    fn what_was_sealed_opens_only_with_the_same_key_and_place() {
        let folder = tempfile::tempdir().unwrap();
        let key = SealingKey::from_file(&folder.path().join("a"), &SystemIds).unwrap();
        let same = SealingKey::from_file(&folder.path().join("a"), &SystemIds).unwrap();
        let other = SealingKey::from_file(&folder.path().join("b"), &SystemIds).unwrap();
        let sealed = key.seal("here", b"secret", &SystemIds).unwrap();
        assert!(!sealed.contains("secret"));
        assert_eq!(same.open("here", &sealed).unwrap().as_slice(), b"secret");
        assert!(same.open("there", &sealed).is_err() && other.open("here", &sealed).is_err());
        assert!(key.open("here", "AAAA").is_err() && key.open("here", "?").is_err());
    }

    #[test]
    fn a_key_that_others_can_read_is_refused_with_the_command_that_mends_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        SealingKey::from_file(&path, &SystemIds).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let error = SealingKey::from_file(&path, &SystemIds).unwrap_err().to_string();
        assert!(error.contains("chmod 600"), "{error}");
    }
}
