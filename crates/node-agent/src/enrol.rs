//! `slipway-node enrol`: token → identity key → certificate request → certificate.
//!
//! Nothing is said to a server before it has shown the root certificate the token names. When enrolment fails, the
//! only thing left behind is the identity key, which the next attempt uses again.

use std::time::Duration;

use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use node_protocol::{
    EnrolAnswer, EnrolRefusal, EnrolRequest, EnrolmentToken, MAX_FRAME_BYTES, PROTOCOL_VERSION, TokenError,
    ca_pin, node_uri,
};
use tokio::time::timeout;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::cli::EnrolArgs;
use crate::data::{DataDir, DataError};
use crate::earlier;
use crate::host::Host;
use crate::identity::{IdentityError, IdentityKey, NodeIdentity, certificates};
use crate::tls::{self, Address, TlsError};
use crate::words;

/// Where enrolment requests go.
const ENROL_PATH: &str = "/agent/v1/enrol";
/// How long the server may think.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why this machine is not enrolled.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EnrolError {
    /// Copy the token again.
    #[error("the enrolment token cannot be read")]
    Token(#[from] TokenError),
    /// Choose another folder.
    #[error("this folder already holds the node {name} ({id})")]
    AlreadyEnrolled { name: String, id: String },
    #[error("the data folder cannot be used")]
    Data(#[from] DataError),
    #[error("the identity cannot be made")]
    Identity(#[from] IdentityError),
    #[error("there is no secure connection to the server")]
    Connection(#[from] TlsError),
    /// The answer may be lost: repeat with the same token.
    #[error("the server did not answer")]
    NoAnswer(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The server says why.
    #[error("{}", .0.sentence)]
    Refused(Box<EnrolRefusal>),
    /// Not an answer of a Slipway server of this version.
    #[error("the server's answer (status {status}) cannot be understood")]
    Garbage { status: StatusCode },
    /// The server's certificates are not what they should be.
    #[error("the server's answer does not fit: {0}")]
    WrongAnswer(&'static str),
    #[error("the request cannot be written")]
    Encode(#[from] serde_json::Error),
}

impl EnrolError {
    /// What a person can do.
    pub(crate) fn next_step(&self) -> String {
        match self {
            Self::Token(_) => "Copy the whole command from the Nodes page again.",
            Self::AlreadyEnrolled { .. } => "Use another folder with --data, or remove this one first.",
            Self::Data(_) | Self::Identity(_) | Self::Encode(_) => "Check the data folder and its permissions.",
            Self::Connection(TlsError::PinMismatch) => {
                "Check the address; if it is right, ask an operator before trying again: somebody may stand in between."
            }
            Self::Connection(_) => "Check the address and that the agents' port is open from this machine.",
            Self::NoAnswer(_) => "Repeat the same command: the server remembers this machine for ten minutes.",
            Self::Refused(refusal) => return refusal.next_step.clone(),
            Self::Garbage { .. } => "Check that the address is the agents' listener of a Slipway server of this version.",
            Self::WrongAnswer(_) => "Ask an operator; do not use this certificate.",
        }
        .to_owned()
    }

    /// The typed reason, as the server's pages show it; none for what only this machine knows.
    pub(crate) fn reason(&self) -> Option<String> {
        let word = if let Self::Refused(refusal) = self {
            serde_json::to_value(refusal.code)
        } else {
            serde_json::to_value(earlier::unseen(self))
        };
        word.ok()?.as_str().map(str::to_owned)
    }
}

/// Enrols this machine and keeps what the server gave.
pub(crate) async fn enrol(args: &EnrolArgs, host: &dyn Host) -> Result<NodeIdentity, EnrolError> {
    let token: EnrolmentToken = args.token.parse()?;
    let address = Address::parse(&args.server)?;
    let data = DataDir::open(&args.data)?;
    match NodeIdentity::load(&data) {
        Ok(node) => {
            return Err(EnrolError::AlreadyEnrolled { name: node.node_name, id: node.node_id.to_string() });
        }
        Err(IdentityError::NotEnrolled) => {}
        Err(error) => return Err(error.into()),
    }
    let key = IdentityKey::open_or_make(&data)?;
    let request = EnrolRequest {
        token: token.clone(),
        csr_pem: key.csr_pem()?,
        node_name: args.name.clone(),
        hostname: host.hostname().unwrap_or_else(|| "unknown".to_owned()),
        agent_version: env!("CARGO_PKG_VERSION").to_owned(),
        boot_id: host.boot_id(),
        identity_key_fingerprint: Some(key.fingerprint()),
        agent_time_us: host.now_us(),
        protocol_version: PROTOCOL_VERSION,
        earlier_failures: earlier::failures(&data),
        simulated: host.is_simulated(),
    };
    let answer = timeout(PATIENCE, ask(&address, &token, &request)).await;
    let answer = answer.map_err(|elapsed| EnrolError::NoAnswer(elapsed.into())).flatten();
    match &answer {
        Ok(_) => earlier::forget(&data),
        Err(EnrolError::Refused(refusal)) if earlier::was_heard(refusal.code) => earlier::forget(&data),
        Err(error) => earlier::keep(&data, error, host.now_us()),
    }
    let answer = answer?;
    check(&answer, &token, &key)?;
    warn_about_clock(host.now_us() - answer.server_time_us);
    let identity = NodeIdentity {
        node_id: answer.node_id,
        node_name: answer.node_name,
        server_url: args.server.clone(),
        agents_url: answer.agents_url,
        certificate_pem: answer.certificate_pem,
        ca_pem: answer.ca_pem,
        expires_at_us: answer.expires_at_us,
        enrolled_at_us: host.now_us(),
        simulated: host.is_simulated(),
        token_id: Some(token.id().to_owned()),
    };
    identity.save(&data)?;
    Ok(identity)
}

/// Sends the request and reads the answer.
async fn ask(
    address: &Address,
    token: &EnrolmentToken,
    request: &EnrolRequest,
) -> Result<EnrolAnswer, EnrolError> {
    let no_answer = |error: hyper::Error| EnrolError::NoAnswer(error.into());
    let stream = tls::connect(address, tls::pinned(token.ca_pin())?).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(no_answer)?;
    let connection = tokio::spawn(connection);
    let body = Full::new(Bytes::from(serde_json::to_vec(request)?));
    let request = Request::builder()
        .method(Method::POST)
        .uri(ENROL_PATH)
        .header(header::HOST, address.authority())
        .header(header::CONTENT_TYPE, "application/json")
        .body(body)
        .map_err(|error| EnrolError::NoAnswer(error.into()))?;
    let response = sender.send_request(request).await.map_err(no_answer)?;
    let status = response.status();
    let body =
        Limited::new(response.into_body(), MAX_FRAME_BYTES).collect().await.map_err(EnrolError::NoAnswer)?;
    drop(sender);
    connection.abort();
    let _ = connection.await;
    read_answer(status, &body.to_bytes())
}

fn read_answer(status: StatusCode, body: &[u8]) -> Result<EnrolAnswer, EnrolError> {
    if status.is_success() {
        return serde_json::from_slice(body).map_err(|_| EnrolError::Garbage { status });
    }
    match serde_json::from_slice::<EnrolRefusal>(body) {
        Ok(refusal) => Err(EnrolError::Refused(Box::new(refusal))),
        Err(_) => Err(EnrolError::Garbage { status }),
    }
}

/// The answer must fit the token, the key and itself, whatever the server says.
fn check(answer: &EnrolAnswer, token: &EnrolmentToken, key: &IdentityKey) -> Result<(), EnrolError> {
    let root = certificates(&answer.ca_pem)?;
    if root.len() != 1 || ca_pin(&root[0]) != token.ca_pin() {
        return Err(EnrolError::WrongAnswer("its root certificate is not the one of the token"));
    }
    let chain = certificates(&answer.certificate_pem)?;
    let leaf = chain.first().ok_or(EnrolError::WrongAnswer("it holds no certificate"))?;
    let (_, leaf) = X509Certificate::from_der(leaf)
        .map_err(|_| EnrolError::WrongAnswer("its certificate cannot be read"))?;
    if leaf.public_key().raw != key.public_key().as_slice() {
        return Err(EnrolError::WrongAnswer("its certificate is for another key"));
    }
    let wanted = node_uri(&answer.node_id);
    let names = leaf.subject_alternative_name().ok().flatten();
    let is_ours = |name: &GeneralName<'_>| matches!(name, GeneralName::URI(uri) if *uri == wanted);
    if !names.is_some_and(|names| names.value.general_names.iter().any(is_ours)) {
        return Err(EnrolError::WrongAnswer("its certificate is for another node"));
    }
    Ok(())
}

fn warn_about_clock(skew_us: i64) {
    const NOTICEABLE_US: u64 = 30_000_000;
    if skew_us.unsigned_abs() > NOTICEABLE_US {
        let direction = if skew_us > 0 { "ahead of" } else { "behind" };
        tracing::warn!(skew_us, "this machine's clock is {} {direction} the server's", words::span(skew_us));
    }
}

#[cfg(test)]
mod tests {
    use node_protocol::RefusalCode;

    use super::*;

    #[test]
    fn a_refusal_is_said_with_its_next_step() {
        let body = serde_json::to_vec(&EnrolRefusal::of(RefusalCode::TokenExpired)).unwrap();
        let error = read_answer(StatusCode::FORBIDDEN, &body).unwrap_err();
        assert_eq!(error.to_string(), "The enrolment token has expired.");
        assert!(error.next_step().contains("new enrolment token"));
    }

    #[test]
    fn what_is_no_answer_of_ours_is_garbage() {
        for (status, body) in
            [(StatusCode::OK, "<html>"), (StatusCode::BAD_GATEWAY, "nginx"), (StatusCode::OK, "{}")]
        {
            assert!(
                matches!(read_answer(status, body.as_bytes()), Err(EnrolError::Garbage { .. })),
                "{body}"
            );
        }
    }
}
