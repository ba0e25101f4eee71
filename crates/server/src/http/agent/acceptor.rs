//! The TLS handshake, and after it: whose certificate was shown goes along with every request of the connection.

use std::io;

use axum::Extension;
use axum::middleware::AddExtension;
use axum_server::accept::Accept;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use futures::future::BoxFuture;
use rustls::AlertDescription;
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;
use tower::Layer as _;

use crate::nodes::Peer;
use crate::nodes::refused::{self, Handshake};
use crate::state::AppState;

/// The node whose certificate was shown; none when none was.
#[derive(Clone, Debug)]
pub(super) struct Shown(pub(super) Option<Peer>);

/// Accepts TLS connections and reads the client's certificate.
#[derive(Clone, Debug)]
pub(super) struct PeerAcceptor {
    tls: RustlsAcceptor,
    state: AppState,
}

impl PeerAcceptor {
    pub(super) fn new(tls: RustlsConfig, state: AppState) -> Self {
        Self { tls: RustlsAcceptor::new(tls), state }
    }
}

impl<S> Accept<TcpStream, S> for PeerAcceptor
where
    S: Send + 'static,
{
    type Stream = TlsStream<TcpStream>;
    type Service = AddExtension<S, Shown>;
    type Future = BoxFuture<'static, io::Result<(Self::Stream, Self::Service)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let Self { tls, state } = self.clone();
        Box::pin(async move {
            let address = stream.peer_addr().map(|address| address.ip());
            let (stream, service) = match tls.accept(stream, service).await {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::info!("a connection to the agents' listener was refused: {error}");
                    if let (Ok(address), Some(failure)) = (address, failure(&error)) {
                        refused::note_handshake(&state, address, failure).await;
                    }
                    return Err(error);
                }
            };
            // The handshake has checked the chain and the time; here it is only read.
            let certificates = stream.get_ref().1.peer_certificates();
            let shown = Shown(certificates.and_then(<[_]>::first).and_then(Peer::from_certificate));
            Ok((stream, Extension(shown).layer(service)))
        })
    }
}

/// What a failed handshake tells of a machine that wanted to come in; none when it was something else. A machine that enrols
/// shows no certificate, so a bad one is of a node; and who hangs up without a word may be anybody.
fn failure(error: &io::Error) -> Option<Handshake> {
    let error = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    if let rustls::Error::AlertReceived(alert) = error {
        let not_trusted = [
            AlertDescription::BadCertificate,
            AlertDescription::UnsupportedCertificate,
            AlertDescription::CertificateRevoked,
            AlertDescription::CertificateExpired,
            AlertDescription::CertificateUnknown,
            AlertDescription::UnknownCA,
        ];
        let is_of_certificate = not_trusted.contains(alert);
        return Some(if is_of_certificate { Handshake::NotTrusted } else { Handshake::NoCommonGround });
    }
    matches!(error, rustls::Error::PeerIncompatible(_)).then_some(Handshake::NoCommonGround)
}
