//! The TLS handshake, and after it: whose certificate was shown goes along with every request of the connection.

use std::io;

use axum::Extension;
use axum::middleware::AddExtension;
use axum_server::accept::Accept;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use futures::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::server::TlsStream;
use tower::Layer as _;

use crate::nodes::Peer;

/// The node whose certificate was shown; none when none was.
#[derive(Clone, Debug)]
pub(super) struct Shown(pub(super) Option<Peer>);

/// Accepts TLS connections and reads the client's certificate.
#[derive(Clone, Debug)]
pub(super) struct PeerAcceptor(RustlsAcceptor);

impl PeerAcceptor {
    pub(super) fn new(tls: RustlsConfig) -> Self {
        Self(RustlsAcceptor::new(tls))
    }
}

impl<I, S> Accept<I, S> for PeerAcceptor
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Send + 'static,
{
    type Stream = TlsStream<I>;
    type Service = AddExtension<S, Shown>;
    type Future = BoxFuture<'static, io::Result<(Self::Stream, Self::Service)>>;

    fn accept(&self, stream: I, service: S) -> Self::Future {
        let acceptor = self.0.clone();
        Box::pin(async move {
            let (stream, service) = acceptor.accept(stream, service).await.inspect_err(|error| {
                tracing::info!("a connection to the agents' listener was refused: {error}");
            })?;
            // The handshake has checked the chain and the time; here it is only read.
            let certificates = stream.get_ref().1.peer_certificates();
            let shown = Shown(certificates.and_then(<[_]>::first).and_then(Peer::from_certificate));
            Ok((stream, Extension(shown).layer(service)))
        })
    }
}
