//! The certificate authority for agents: an offline-able root that agents pin, and an issuing CA that signs.
//!
//! Both keys are made at the first start and kept by the secrets adapter. The root's key signs one thing, the issuing CA's
//! certificate, and is not held in memory afterwards; so the issuing key can be replaced one day without touching a single
//! agent's pin. Of a certificate request only the public key is used: whatever else an agent writes into it (another name,
//! a longer life, the right to sign) never reaches its certificate.

mod certificate;
mod tls;

use std::net::IpAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use node_protocol::ca_pin;
use rcgen::{Issuer, KeyPair};
use read_models::ids::NodeId;
use read_models::time::Timestamp;
use rustls_pki_types::CertificateDer;
use zeroize::Zeroizing;

pub use self::certificate::{BadRequest, NodeKey, Peer};
use crate::adapters::secrets::{Secret, Secrets, SecretsError};
use crate::ids::Ids;
use crate::store::nodes::NodeCertificate;

/// How long a node's certificate is good.
pub const NODE_LIFETIME: Duration = Duration::from_hours(7 * 24);
/// Certificates begin this much earlier, so that a clock that is a little behind does no harm.
pub const BACKDATED: Duration = Duration::from_hours(1);
const ROOT: &str = "authority/root";
const ISSUING: &str = "authority/issuing";

/// The authority, ready to sign.
pub struct Authority {
    root: CertificateDer<'static>,
    issuing: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
    pin: String,
}

/// Why there is no authority, or why it does not sign.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    #[error(transparent)]
    Secrets(SecretsError),
    /// What is kept is not what this program wrote: someone has to look.
    #[error("the certificate authority's material is damaged")]
    Damaged {
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error("a certificate could not be made")]
    Signing(#[source] rcgen::Error),
    #[error("the agents' listener cannot be set up")]
    Tls(#[source] rustls::Error),
    #[error("`{name}` cannot be in the agents' server certificate: it is no host name and no IP address")]
    Name {
        name: String,
        #[source]
        source: rcgen::Error,
    },
}

/// A CA as it is kept: certificate and key, both DER. As bytes: two lines of base64.
struct Kept {
    certificate: Vec<u8>,
    key: Secret,
}

/// A node's new certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// The node's certificate and the issuing CA's, PEM.
    pub chain_pem: String,
    pub certificate: NodeCertificate,
}

impl Authority {
    /// Opens the authority; the first start makes it. Two servers that start at once end up with the same one.
    pub async fn open(secrets: &dyn Secrets, now: Timestamp, ids: &dyn Ids) -> Result<Self, AuthorityError> {
        let root = kept(secrets, ROOT, || certificate::new_root(now, ids)).await?;
        let issuing = kept(secrets, ISSUING, || certificate::new_issuing(&root, now, ids)).await?;
        let root_der = root.certificate();
        let issuer = issuing.issuer()?;
        Ok(Self { pin: ca_pin(&root_der), root: root_der, issuing: issuing.certificate(), issuer })
    }

    /// SHA-256 of the root certificate: the last part of every enrolment token.
    pub fn ca_pin(&self) -> &str {
        &self.pin
    }

    /// When the certificate that signs nodes' certificates ends; none when it cannot be read.
    pub fn issuing_ends(&self) -> Option<Timestamp> {
        certificate::ends(&self.issuing)
    }

    /// The root certificate, PEM.
    pub fn root_pem(&self) -> String {
        certificate::pem(&self.root)
    }

    /// Signs a certificate for a node's key.
    pub fn issue(
        &self,
        node: &NodeId,
        key: &NodeKey,
        now: Timestamp,
        ids: &dyn Ids,
    ) -> Result<Issued, AuthorityError> {
        let certificate = NodeCertificate {
            serial: certificate::new_serial(ids),
            not_before: now.minus(BACKDATED),
            not_after: now.plus(NODE_LIFETIME),
        };
        let leaf = certificate::node(&self.issuer, node, key, &certificate)?;
        Ok(Issued {
            chain_pem: [certificate::pem(&leaf), certificate::pem(&self.issuing)].concat(),
            certificate,
        })
    }

    /// What the agents' listener needs: a fresh server certificate for these names, clients' certificates checked against
    /// the root when they show one.
    pub fn server_config(
        &self,
        names: &[String],
        address: IpAddr,
        clock: std::sync::Arc<dyn crate::clock::Clock>,
        ids: &dyn Ids,
    ) -> Result<rustls::ServerConfig, AuthorityError> {
        tls::server_config(self, &server_names(names, address), clock, ids)
    }
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority").field("pin", &self.pin).finish_non_exhaustive()
    }
}

/// The names agents can dial: the fixed ones, the configured ones, and the address itself where it is one.
pub fn server_names(configured: &[String], address: IpAddr) -> Vec<String> {
    let mut names: Vec<String> =
        ["localhost", "slipway-agents", "127.0.0.1", "::1"].map(str::to_owned).to_vec();
    names.extend(configured.iter().cloned());
    if !address.is_unspecified() {
        names.push(address.to_string());
    }
    names.sort();
    names.dedup();
    names
}

/// What is kept under this name, made if there is nothing yet.
async fn kept(
    secrets: &dyn Secrets,
    name: &str,
    make: impl FnOnce() -> Result<Kept, AuthorityError> + Send,
) -> Result<Kept, AuthorityError> {
    if let Some(found) = secrets.read(name).await.map_err(AuthorityError::Secrets)? {
        return Kept::from_bytes(&found);
    }
    let first = secrets.keep(name, make()?.to_bytes()).await.map_err(AuthorityError::Secrets)?;
    Kept::from_bytes(&first)
}

impl Kept {
    fn to_bytes(&self) -> Secret {
        let key = Zeroizing::new(STANDARD.encode(&self.key));
        Zeroizing::new([STANDARD.encode(&self.certificate).as_bytes(), b"\n", key.as_bytes()].concat())
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, AuthorityError> {
        let text = std::str::from_utf8(bytes).map_err(damaged)?;
        // Without a second line the key is empty, which no key is: the reader of the key says so.
        let (certificate, key) = text.split_once('\n').unwrap_or((text, ""));
        let certificate = STANDARD.decode(certificate).map_err(damaged)?;
        Ok(Self { certificate, key: Zeroizing::new(STANDARD.decode(key).map_err(damaged)?) })
    }

    fn certificate(&self) -> CertificateDer<'static> {
        CertificateDer::from(self.certificate.clone())
    }

    fn issuer(&self) -> Result<Issuer<'static, KeyPair>, AuthorityError> {
        let key = certificate::key_from(&self.key)?;
        Issuer::from_ca_cert_der(&self.certificate(), key).map_err(damaged)
    }
}

fn damaged(source: impl std::error::Error + Send + Sync + 'static) -> AuthorityError {
    AuthorityError::Damaged { source: Box::new(source) }
}

#[cfg(test)]
mod tests;
