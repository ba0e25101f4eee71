//! Attempts at enrolment that failed: why, in words, and what to do.

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Attempts of one machine with one reason, as a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AttemptRow {
    /// The last time.
    pub at: Timestamp,
    /// The first time.
    pub first_at: Timestamp,
    /// How often.
    pub tries: u32,
    /// Why.
    pub reason: AttemptReason,
    /// What happened, in a sentence.
    pub sentence: String,
    /// What a person can do.
    pub next_step: String,
    /// From which address.
    pub address: String,
    /// How the machine called itself; none when it did not get to say.
    pub machine: Option<String>,
    /// Whether the agent told this later, because the server could not see it.
    pub told_later: bool,
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident, $key:literal, $word:literal;)*) => {
        /// Why a machine did not come in.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum AttemptReason {
            $($(#[$doc])* $name,)*
        }

        impl AttemptReason {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The stable word.
            pub const fn key(self) -> &'static str {
                match self {
                    $(Self::$name => $key,)*
                }
            }

            /// The word for people.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }

            /// Reads the stable word.
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.key() == word)
            }
        }
    };
}

reasons! {
    /// No such token, or its secret is wrong.
    TokenUnknown, "token_unknown", "Token unknown";
    /// Past its time.
    TokenExpired, "token_expired", "Token expired";
    /// It has made its node already.
    TokenUsed, "token_used", "Token used";
    /// Somebody took it back.
    TokenRevoked, "token_revoked", "Token revoked";
    /// Used before, with another identity key.
    TokenOtherKey, "token_other_key", "Token of another machine";
    /// Another node has the name.
    NameTaken, "name_taken", "Name taken";
    /// The name breaks the rules, or is not the token's.
    BadName, "bad_name", "Name refused";
    /// The clocks are too far apart.
    ClockSkew, "clock_skew", "Clock skew";
    /// The certificate request is not right.
    BadCsr, "bad_csr", "Certificate request refused";
    /// The request cannot be read.
    BadRequest, "bad_request", "Request not understood";
    /// The agent speaks another version of the protocol.
    ProtocolVersion, "protocol_version", "Protocol version";
    /// The address has to wait.
    TooManyAttempts, "too_many_attempts", "Too many attempts";
    /// A simulated agent at a server that takes only real ones.
    SimulatedNotAdmitted, "simulated_not_admitted", "Simulated node";
    /// The server could not do its part.
    Unavailable, "unavailable", "Server unavailable";
    /// The machine did not accept the server's certificate.
    ServerNotTrusted, "server_not_trusted", "CA mismatch";
    /// The secure connection did not come about.
    HandshakeFailed, "handshake_failed", "TLS handshake failed";
    /// The machine could not reach the server.
    Unreachable, "unreachable", "Server not reached";
    /// The answer was lost.
    NoAnswer, "no_answer", "Answer lost";
    /// The answer was not one of ours.
    NotUnderstood, "not_understood", "Answer not understood";
}
