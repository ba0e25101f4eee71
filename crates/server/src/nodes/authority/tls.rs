//! The agents' TLS: version 1.3 only, *ring* only, the peer's time judged by the server's [`Clock`].

use std::sync::Arc;

use rustls::server::WebPkiClientVerifier;
use rustls::time_provider::TimeProvider;
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::UnixTime;

use super::{Authority, AuthorityError, certificate};
use crate::clock::Clock;
use crate::ids::Ids;

/// A client may come without a certificate, because enrolment has none yet; with one, it has to be ours and in its time.
pub(super) fn server_config(
    authority: &Authority,
    names: &[String],
    clock: Arc<dyn Clock>,
    ids: &dyn Ids,
) -> Result<ServerConfig, AuthorityError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(authority.root.clone()).map_err(AuthorityError::Tls)?;
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
        .allow_unauthenticated()
        .build()
        .map_err(|error| AuthorityError::Damaged { source: Box::new(error) })?;
    let (leaf, key) = certificate::server(&authority.issuer, names, clock.now(), ids)?;
    // The root goes along: it is what a joining agent compares with its pin.
    let chain = vec![leaf, authority.issuing.clone(), authority.root.clone()];
    let mut config = ServerConfig::builder_with_details(provider, Arc::new(OurTime(clock)))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(AuthorityError::Tls)?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key.into())
        .map_err(AuthorityError::Tls)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

#[derive(Debug)]
struct OurTime(Arc<dyn Clock>);

impl TimeProvider for OurTime {
    fn current_time(&self) -> Option<UnixTime> {
        let micros = u64::try_from(self.0.now().as_micros()).ok()?;
        Some(UnixTime::since_unix_epoch(std::time::Duration::from_micros(micros)))
    }
}
