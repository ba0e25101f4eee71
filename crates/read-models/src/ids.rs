//! Identifiers: a prefix that says of what, and the 32 hex digits of a UUID version 7 (RFC 9562).

use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a text is not an identifier of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not an id of a {kind}: it should look like `{prefix}` and 32 hexadecimal digits")]
pub struct BadId {
    /// What was given, cut to 64 characters.
    pub given: String,
    /// The kind of thing that was wanted.
    pub kind: &'static str,
    /// The prefix its ids have.
    pub prefix: &'static str,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident, $prefix:literal, $kind:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The prefix of these ids.
            pub const PREFIX: &'static str = $prefix;

            /// Makes the id of a new thing from the 32 hex digits of a UUID.
            pub fn from_uuid(simple_hex: &str) -> Self {
                Self(format!("{}{simple_hex}", $prefix))
            }

            /// Reads an id; anything that does not have its exact form is refused.
            pub fn parse(text: &str) -> Result<Self, BadId> {
                let digits = text.strip_prefix($prefix).unwrap_or_default();
                if digits.len() == 32 && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
                    return Ok(Self(text.to_owned()));
                }
                Err(BadId { given: text.chars().take(64).collect(), kind: $kind, prefix: $prefix })
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The digits without the prefix.
            pub fn digits(&self) -> &str {
                &self.0[$prefix.len()..]
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "string",
                    "description": concat!("The id of a ", $kind, "."),
                    "pattern": concat!("^", $prefix, "[0-9a-f]{32}$"),
                })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadId;
            fn try_from(text: String) -> Result<Self, BadId> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                Self::parse(text)
            }
        }
    )*};
}

ids! {
    /// A project.
    ProjectId, "prj_", "project";
    /// A node.
    NodeId, "node_", "node";
    /// A workload.
    WorkloadId, "wl_", "workload";
    /// A SKU.
    SkuId, "sku_", "SKU";
    /// An operation.
    OperationId, "op_", "operation";
    /// A plan.
    PlanId, "plan_", "plan";
    /// A person's account.
    UserId, "usr_", "user";
    /// An API token.
    TokenId, "tok_", "token";
    /// A public key a person logs in with over SSH.
    SshKeyId, "key_", "SSH key";
    /// A browser session.
    SessionId, "ses_", "session";
    /// An enrolment token.
    EnrolmentTokenId, "ent_", "enrolment token";
    /// The onboarding of a machine.
    OnboardingId, "onb_", "onboarding";
    /// A command to a node agent.
    CommandId, "cmd_", "command";
    /// A form that was sent back with errors.
    DraftId, "dft_", "draft";
    /// An invitation to come in.
    InvitationId, "inv_", "invitation";
    /// A secret that was handed in for one operation.
    KeptSecretId, "kept_", "kept secret";
    /// A passkey.
    PasskeyId, "pky_", "passkey";
    /// A view of a list that a person saved.
    ViewId, "view_", "saved view";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_back_and_anything_else_is_refused_with_a_sentence() {
        let id = NodeId::from_uuid("0192f3a4b5c67d8e9fa0b1c2d3e4f506");
        assert_eq!(NodeId::parse(id.as_str()), Ok(id.clone()));
        for bad in [
            "",
            "node_",
            "node_0192F3A4B5C67D8E9FA0B1C2D3E4F506",
            "wl_0192f3a4b5c67d8e9fa0b1c2d3e4f506",
            "node_é",
        ] {
            let error = NodeId::parse(bad).unwrap_err();
            assert!(error.to_string().contains("node_"), "{error}");
        }
        assert!(serde_json::from_str::<NodeId>("\"x\"").is_err());
    }
}
