//! TLS to the server: pinned to the token while enrolling, mutual afterwards. Version 1.3 only, *ring* only.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use node_protocol::ca_pin;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, OtherError, RootCertStore, SignatureScheme,
};
use rustls_pki_types::{CertificateDer, InvalidDnsNameError, ServerName, UnixTime};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::identity::{IdentityError, IdentityKey, NodeIdentity};

/// How long connecting and the handshake may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where a server is, read from its URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) host: String,
    pub(crate) port: u16,
}

/// Why there is no secure connection. Nothing was said to the server.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    #[error("'{0}' is not an address like https://slipway.example:8443")]
    BadUrl(String),
    #[error("'{0}' cannot be in a certificate")]
    BadName(String, #[source] InvalidDnsNameError),
    #[error("{0} does not answer")]
    Unreachable(String, #[source] io::Error),
    #[error("{0} does not answer within 10 seconds")]
    Slow(String),
    #[error("the server shows no certificate that belongs to this enrolment token; it may be another server")]
    PinMismatch,
    #[error("the secure connection to {0} was refused")]
    Handshake(String, #[source] io::Error),
    #[error("TLS cannot be set up")]
    SetUp(#[from] rustls::Error),
    #[error("the node's identity cannot be used")]
    Identity(#[from] IdentityError),
}

impl Address {
    /// Reads `https://host:port`; the port is 8443 where it is left out.
    pub(crate) fn parse(url: &str) -> Result<Self, TlsError> {
        let bad = || TlsError::BadUrl(url.to_owned());
        let uri: http::Uri = url.parse().map_err(|_| bad())?;
        let host = uri.host().filter(|_| uri.scheme_str() == Some("https")).ok_or_else(bad)?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(Self { host, port: uri.port_u16().unwrap_or(8443) })
    }

    /// As it stands in a `Host` header.
    pub(crate) fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

/// For enrolment: the server must show the root certificate the token names.
pub(crate) fn pinned(pin: &str) -> Result<ClientConfig, TlsError> {
    let provider = Arc::new(ring::default_provider());
    let verifier = PinnedRoot { pin: pin.to_owned(), provider: Arc::clone(&provider) };
    let builder =
        ClientConfig::builder_with_provider(provider).with_protocol_versions(&[&rustls::version::TLS13])?;
    Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}

/// For everything after: the server's root from enrolment, the node's own certificate.
pub(crate) fn mutual(identity: &NodeIdentity, key: &IdentityKey) -> Result<ClientConfig, TlsError> {
    let mut roots = RootCertStore::empty();
    for root in identity.roots()? {
        roots.add(root)?;
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])?;
    Ok(builder.with_root_certificates(roots).with_client_auth_cert(identity.chain()?, key.for_tls())?)
}

/// Connects and shakes hands.
pub(crate) async fn connect(
    address: &Address,
    config: ClientConfig,
) -> Result<TlsStream<TcpStream>, TlsError> {
    let said = address.authority();
    let name =
        ServerName::try_from(address.host.clone()).map_err(|error| TlsError::BadName(said.clone(), error))?;
    let handshake = async {
        let to = (address.host.as_str(), address.port);
        let tcp = TcpStream::connect(to).await.map_err(|error| TlsError::Unreachable(said.clone(), error))?;
        // Without it, small messages wait for each other.
        let _ = tcp.set_nodelay(true);
        let stream = TlsConnector::from(Arc::new(config)).connect(name, tcp).await;
        stream.map_err(|error| handshake_error(&said, error))
    };
    timeout(PATIENCE, handshake).await.map_err(|_| TlsError::Slow(said.clone()))?
}

fn handshake_error(said: &str, error: io::Error) -> TlsError {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match inner {
        Some(rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(other))))
            if other.is::<NotThePin>() =>
        {
            TlsError::PinMismatch
        }
        Some(_) | None => TlsError::Handshake(said.to_owned(), error),
    }
}

/// The chain has no certificate with the pin.
#[derive(Debug, thiserror::Error)]
#[error("no certificate in the server's chain has the pin of the enrolment token")]
struct NotThePin;

/// Accepts a server whose chain holds the pinned root, and whose certificate stands up to that root for the name that
/// was dialled. Only the choice of the root is ours; everything else is webpki's usual check.
#[derive(Debug)]
struct PinnedRoot {
    pin: String,
    provider: Arc<CryptoProvider>,
}

impl PinnedRoot {
    fn usual_check(&self, root: CertificateDer<'static>) -> Result<Arc<WebPkiServerVerifier>, rustls::Error> {
        let mut roots = RootCertStore::empty();
        roots.add(root)?;
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&self.provider))
            .build()
            .map_err(|error| rustls::Error::General(error.to_string()))
    }
}

impl ServerCertVerifier for PinnedRoot {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let root = intermediates.iter().find(|certificate| ca_pin(certificate) == self.pin);
        let root = root.ok_or_else(|| CertificateError::Other(OtherError(Arc::new(NotThePin))))?;
        self.usual_check(root.clone().into_owned())?.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        )
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::Error::General("TLS 1.2 is not spoken here".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(
            message,
            cert,
            dss,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_https_with_a_host() {
        let address = Address::parse("https://127.0.0.1:9443").unwrap();
        assert_eq!((address.host.as_str(), address.port), ("127.0.0.1", 9443));
        assert_eq!(Address::parse("https://slipway.example").unwrap().port, 8443);
        assert_eq!(Address::parse("https://[::1]:1").unwrap().authority(), "[::1]:1");
        for url in ["", "127.0.0.1:8443", "http://x:1", "https://", "https://a b"] {
            assert!(matches!(Address::parse(url), Err(TlsError::BadUrl(_))), "{url:?}");
        }
    }
}
