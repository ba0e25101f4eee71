//! How a machine becomes a node: the token a person carries over, the request, the answer, the refusals.
//!
//! The token holds a pin of the server's root certificate, so the agent can check the server before it
//! says anything secret; nothing else has to be installed on the machine.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ids::{self, NodeId};

/// Bytes in a token's secret.
const SECRET_BYTES: usize = 32;
/// Hexadecimal digits in a pin.
const PIN_DIGITS: usize = 64;

/// A single-use enrolment token, written `id.secret.ca-pin`.
///
/// Its secret is not printed: `Debug` and `Display` show the id only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EnrolmentToken {
    id: String,
    secret: String,
    ca_pin: String,
}

impl EnrolmentToken {
    /// Puts a token together from its id (`ent_…`), its secret bytes and the root certificate's pin.
    pub fn new(id: &str, secret: &[u8; SECRET_BYTES], ca_pin: &str) -> Result<Self, TokenError> {
        format!("{id}.{}.{ca_pin}", URL_SAFE_NO_PAD.encode(secret)).parse()
    }

    /// The token's id, which is no secret.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The secret as it is written in the token. Hash it, compare it; never log it.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// SHA-256 of the secret, as kept by the server.
    pub fn secret_hash(&self) -> [u8; 32] {
        Sha256::digest(self.secret.as_bytes()).into()
    }

    /// The pin the server's root certificate must have.
    pub fn ca_pin(&self) -> &str {
        &self.ca_pin
    }

    /// The whole token, secret included: for the one place that shows it to a person.
    pub fn reveal(&self) -> String {
        format!("{}.{}.{}", self.id, self.secret, self.ca_pin)
    }
}

/// Why a text is not an enrolment token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not three parts.
    #[error("an enrolment token has three parts joined by dots; copy the whole of it")]
    NotThreeParts,
    /// The first part is not an id.
    #[error("the first part of an enrolment token begins with 'ent_'; this one does not")]
    BadId,
    /// The second part is not 32 bytes.
    #[error("the second part of the enrolment token is damaged; copy the token again")]
    BadSecret,
    /// The third part is not a SHA-256.
    #[error("the last part of the enrolment token is damaged; copy the token again")]
    BadPin,
}

impl FromStr for EnrolmentToken {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, TokenError> {
        let parts: Vec<&str> = text.trim().split('.').collect();
        let [id, secret, ca_pin] = parts[..] else {
            return Err(TokenError::NotThreeParts);
        };
        ids::check(id, "ent_").map_err(|_| TokenError::BadId)?;
        let bytes = URL_SAFE_NO_PAD.decode(secret).map_err(|_| TokenError::BadSecret)?;
        if bytes.len() != SECRET_BYTES {
            return Err(TokenError::BadSecret);
        }
        let lower_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if ca_pin.len() != PIN_DIGITS || !ca_pin.bytes().all(lower_hex) {
            return Err(TokenError::BadPin);
        }
        Ok(Self { id: id.to_owned(), secret: secret.to_owned(), ca_pin: ca_pin.to_owned() })
    }
}

impl TryFrom<String> for EnrolmentToken {
    type Error = TokenError;

    fn try_from(text: String) -> Result<Self, TokenError> {
        text.parse()
    }
}

impl From<EnrolmentToken> for String {
    fn from(token: EnrolmentToken) -> Self {
        token.reveal()
    }
}

impl fmt::Debug for EnrolmentToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EnrolmentToken({self})")
    }
}

impl fmt::Display for EnrolmentToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.…", self.id)
    }
}

/// The pin of a root certificate: SHA-256 of its DER in lower-case hexadecimal.
pub fn ca_pin(root_der: &[u8]) -> String {
    hex::encode(Sha256::digest(root_der))
}

/// What an agent asks with, in `POST /agent/v1/enrol`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolRequest {
    /// The token a person carried over.
    pub token: EnrolmentToken,
    /// The certificate request. The server takes only the public key from it.
    pub csr_pem: String,
    /// The name the person wants; the host name where absent.
    pub node_name: Option<String>,
    /// The machine's host name.
    pub hostname: String,
    /// The agent's version.
    pub agent_version: String,
    /// The kernel's id of this boot.
    pub boot_id: String,
    /// SHA-256 of the public key (its SPKI in DER) as lower-case hexadecimal; the server computes its own
    /// from the CSR and refuses a request in which they differ.
    pub identity_key_fingerprint: Option<String>,
    /// The agent's clock.
    pub agent_time_us: i64,
    /// The protocol the agent speaks; the first version where it does not say.
    #[serde(default = "first_version")]
    pub protocol_version: u32,
    /// What failed before and the server could not see, oldest first.
    #[serde(default)]
    pub earlier_failures: Vec<EarlierFailure>,
    /// Whether there is no machine behind this agent: it makes everything up, and nothing runs there.
    #[serde(default)]
    pub simulated: bool,
}

/// What an agent that does not say speaks.
pub(crate) const fn first_version() -> u32 {
    1
}

/// An attempt of this agent that never reached the server, or whose answer was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierFailure {
    /// When, by the agent's clock.
    pub at_us: i64,
    /// Why.
    pub reason: EarlierReason,
}

/// The kinds of failures a server cannot see, or not whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EarlierReason {
    /// The server's certificates do not belong to the token.
    ServerNotTrusted,
    /// The secure connection did not come about.
    HandshakeFailed,
    /// Nobody answered.
    Unreachable,
    /// The connection broke off before the answer.
    NoAnswer,
    /// The answer was not one of ours.
    NotUnderstood,
}

/// What an enrolled agent gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolAnswer {
    /// The node's id.
    pub node_id: NodeId,
    /// The node's name.
    pub node_name: String,
    /// The node's certificate followed by the issuing CA's, in PEM.
    pub certificate_pem: String,
    /// The root certificate, in PEM. Its pin is the token's.
    pub ca_pem: String,
    /// Where to dial from now on, for example `https://slipway.example:8443`.
    pub agents_url: String,
    /// When the certificate ends.
    pub expires_at_us: i64,
    /// The server's clock.
    pub server_time_us: i64,
}

/// Why an enrolment is refused. Nothing has changed then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolRefusal {
    /// What programs compare.
    pub code: RefusalCode,
    /// What a person reads.
    pub sentence: String,
    /// What that person can do.
    pub next_step: String,
}

impl EnrolRefusal {
    /// The refusal with its standard words.
    pub fn of(code: RefusalCode) -> Self {
        let (sentence, next_step) = code.words();
        Self { code, sentence: sentence.to_owned(), next_step: next_step.to_owned() }
    }

    /// The refusal with a sentence that says more than the standard one.
    pub fn because(code: RefusalCode, sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), ..Self::of(code) }
    }
}

/// The kinds of refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    /// No such token, or its secret is wrong.
    TokenUnknown,
    /// The token is past its time.
    TokenExpired,
    /// The token has made its node, longer ago than an answer can be repeated.
    TokenUsed,
    /// The token was taken back.
    TokenRevoked,
    /// The token has made a node with another key. Recorded as an incident.
    TokenOtherKey,
    /// Another node has this name.
    NameTaken,
    /// The name breaks the rules for names.
    BadName,
    /// The two clocks are too far apart for certificates to work.
    ClockSkew,
    /// The certificate request cannot be read or is not signed by its key.
    BadCsr,
    /// The request cannot be read.
    BadRequest,
    /// The agent speaks another version of the protocol.
    ProtocolVersion,
    /// Too many attempts from this address.
    TooManyAttempts,
    /// There is no machine behind the agent, and this server takes only real ones.
    SimulatedNotAdmitted,
    /// The server cannot enrol anyone now.
    Unavailable,
}

impl RefusalCode {
    /// The standard sentence and the next step.
    fn words(self) -> (&'static str, &'static str) {
        const NEW_TOKEN: &str = "Make a new enrolment token on the Nodes page and use it within its hour.";
        match self {
            Self::TokenUnknown => ("The server does not know this enrolment token.", NEW_TOKEN),
            Self::TokenExpired => ("The enrolment token has expired.", NEW_TOKEN),
            Self::TokenUsed => ("The enrolment token has already been used.", NEW_TOKEN),
            Self::TokenRevoked => ("The enrolment token was revoked.", NEW_TOKEN),
            Self::TokenOtherKey => (
                "The enrolment token was already used with another identity key. This has been recorded as an incident.",
                "Ask an operator whether another machine used your token; then make a new one.",
            ),
            Self::NameTaken => (
                "Another node already has this name.",
                "Choose another name with --name, with the same token.",
            ),
            Self::BadName => (
                "A node's name has 1 to 63 lower-case letters, digits and hyphens, and begins with a letter or digit.",
                "Choose another name with --name, with the same token.",
            ),
            Self::ClockSkew => (
                "The clocks of this machine and of the server are too far apart for certificates to work.",
                "Set this machine's clock (for example with NTP), then enrol again with the same token.",
            ),
            Self::BadCsr => (
                "The certificate request cannot be read or is not signed by its own key.",
                "Remove the agent's data folder and enrol again; if it stays so, the agent's version is broken.",
            ),
            Self::BadRequest => (
                "The server cannot read the enrolment request.",
                "Use an agent of the same version as the server.",
            ),
            Self::ProtocolVersion => (
                "The agent speaks another version of the protocol than the server.",
                "Use an agent of the same version as the server.",
            ),
            Self::TooManyAttempts => {
                ("Too many enrolment attempts from this address.", "Wait a minute, then try again.")
            }
            Self::SimulatedNotAdmitted => (
                "This server admits no simulated nodes.",
                "Start a server that is for trying things out with --admit-simulated; never one that people rely on.",
            ),
            Self::Unavailable => ("The server cannot enrol nodes at the moment.", "Try again in a minute."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> EnrolmentToken {
        EnrolmentToken::new("ent_0190a1b2", &[7; 32], &"ab".repeat(32)).unwrap()
    }

    #[test]
    fn a_token_is_read_as_it_was_written() {
        assert_eq!(token().reveal().parse(), Ok(token()));
        assert_eq!(token().secret().len(), 43);
    }

    #[test]
    fn a_tokens_secret_is_never_printed() {
        let token = token();
        assert!(!format!("{token:?} {token}").contains(token.secret()));
    }

    #[test]
    fn a_damaged_token_is_refused_with_what_is_wrong_with_it() {
        let whole = token().reveal();
        assert_eq!("hello".parse::<EnrolmentToken>(), Err(TokenError::NotThreeParts));
        assert_eq!("".parse::<EnrolmentToken>(), Err(TokenError::NotThreeParts));
        assert_eq!(whole.replace("ent_", "tok_").parse::<EnrolmentToken>(), Err(TokenError::BadId));
        assert_eq!(whole.replacen("Bwc", "B", 1).parse::<EnrolmentToken>(), Err(TokenError::BadSecret));
        assert_eq!(whole[..whole.len() - 1].parse::<EnrolmentToken>(), Err(TokenError::BadPin));
        assert_eq!(whole.replace("abab", "ABAB").parse::<EnrolmentToken>(), Err(TokenError::BadPin));
    }

    #[test]
    fn a_pin_is_the_lower_case_sha_256() {
        assert_eq!(ca_pin(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    #[test]
    fn codes_travel_in_snake_case() {
        let refusal = serde_json::to_value(EnrolRefusal::of(RefusalCode::TokenOtherKey)).unwrap();
        assert_eq!(refusal["code"], "token_other_key");
    }
}
