//! Who this node is: the identity key made here, and what enrolment brought back.

use std::fs;
use std::io;
use std::path::PathBuf;

use node_protocol::NodeId;
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PublicKeyData as _};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::data::{self, DataDir, DataError};

/// The node's own key. It is made here and never leaves.
pub(crate) struct IdentityKey {
    key: KeyPair,
}

/// What enrolment brought: kept in one file, so that its parts always belong together.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct NodeIdentity {
    pub(crate) node_id: NodeId,
    pub(crate) node_name: String,
    /// The address enrolment went to: known to be reachable from here.
    pub(crate) server_url: String,
    /// The address the server wants to be called at.
    pub(crate) agents_url: String,
    pub(crate) certificate_pem: String,
    pub(crate) ca_pem: String,
    pub(crate) expires_at_us: i64,
    pub(crate) enrolled_at_us: i64,
    /// Whether there is no machine: such a node is run by `simulate` only.
    #[serde(default)]
    pub(crate) simulated: bool,
    /// The token it came in with; not kept by earlier agents.
    #[serde(default)]
    pub(crate) token_id: Option<String>,
}

/// Why there is no usable identity.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IdentityError {
    /// Enrol first.
    #[error("this machine is not enrolled")]
    NotEnrolled,
    /// The disk or the permissions.
    #[error("the identity cannot be read or written")]
    Files(#[from] DataError),
    /// The key file is not a key: a person has to look.
    #[error("the identity key {path} cannot be used")]
    Key { path: PathBuf, source: rcgen::Error },
    /// Making keys or requests does not work.
    #[error("a key or certificate request cannot be made")]
    Crypto(#[from] rcgen::Error),
    /// What enrolment brought is not what it should be.
    #[error("the node's certificates cannot be read")]
    Certificates(#[from] rustls_pki_types::pem::Error),
}

impl IdentityKey {
    /// The key of this data folder; made when there is none. Enrolling again after a lost answer uses the same key,
    /// which is how the server knows that it is the same machine.
    pub(crate) fn open_or_make(data: &DataDir) -> Result<Self, IdentityError> {
        if let Some(key) = Self::open(data)? {
            return Ok(key);
        }
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let path = data.identity_key();
        data::write_atomically(&path, key.serialize_pem().as_bytes())
            .map_err(|source| DataError::write(&path, source))?;
        Ok(Self { key })
    }

    fn open(data: &DataDir) -> Result<Option<Self>, IdentityError> {
        let path = data.identity_key();
        let pem = match fs::read_to_string(&path) {
            Ok(pem) => pem,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(DataError::read(&path, source).into()),
        };
        match KeyPair::from_pem(&pem) {
            Ok(key) => Ok(Some(Self { key })),
            Err(source) => Err(IdentityError::Key { path, source }),
        }
    }

    /// A certificate request. The server takes only the key from it, so it says nothing else.
    pub(crate) fn csr_pem(&self) -> Result<String, IdentityError> {
        let params = CertificateParams::new(Vec::new())?;
        Ok(params.serialize_request(&self.key)?.pem()?)
    }

    /// The public key as it stands in certificates.
    pub(crate) fn public_key(&self) -> Vec<u8> {
        self.key.subject_public_key_info()
    }

    /// SHA-256 of the public key.
    pub(crate) fn fingerprint(&self) -> String {
        hex::encode(Sha256::digest(self.public_key()))
    }

    /// The key as TLS wants it.
    pub(crate) fn for_tls(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::Pkcs8(self.key.serialize_der().into())
    }
}

impl NodeIdentity {
    /// What an earlier enrolment brought.
    pub(crate) fn load(data: &DataDir) -> Result<Self, IdentityError> {
        data::read_json(&data.node())?.ok_or(IdentityError::NotEnrolled)
    }

    pub(crate) fn save(&self, data: &DataDir) -> Result<(), IdentityError> {
        Ok(data::write_json(&data.node(), self)?)
    }

    /// The node's certificate and the one that issued it.
    pub(crate) fn chain(&self) -> Result<Vec<CertificateDer<'static>>, IdentityError> {
        certificates(&self.certificate_pem)
    }

    /// The root certificate.
    pub(crate) fn roots(&self) -> Result<Vec<CertificateDer<'static>>, IdentityError> {
        certificates(&self.ca_pem)
    }
}

/// All certificates in a PEM text.
pub(crate) fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, IdentityError> {
    Ok(CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_key_is_made_once_and_is_for_the_agent_only() {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::open(dir.path()).unwrap();
        let made = IdentityKey::open_or_make(&data).unwrap();
        let again = IdentityKey::open_or_make(&data).unwrap();
        assert_eq!(made.fingerprint(), again.fingerprint());
        assert_eq!(fs::metadata(data.identity_key()).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(made.csr_pem().unwrap().starts_with("-----BEGIN CERTIFICATE REQUEST-----"));
    }

    #[test]
    fn a_machine_that_is_not_enrolled_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::open(dir.path()).unwrap();
        assert!(matches!(NodeIdentity::load(&data), Err(IdentityError::NotEnrolled)));
    }
}
