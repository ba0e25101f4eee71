//! Ids as they travel. Each is checked when it is read, because the agent makes folder names from them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The trust domain's part of the URI in a node's certificate.
const NODE_URI_PREFIX: &str = "spiffe://slipway/node/";

/// The longest part after the prefix that is accepted.
const LONGEST_ID: usize = 64;

/// A text that is not the id it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is not an id: it should be '{prefix}' followed by lower-case letters and digits")]
pub struct MalformedId {
    /// What the id should begin with, for example `wl_`.
    pub prefix: &'static str,
}

macro_rules! id {
    ($name:ident, $prefix:literal, $what:literal) => {
        #[doc = $what]
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// What every id of this kind begins with.
            pub const PREFIX: &'static str = $prefix;

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = MalformedId;

            fn try_from(text: String) -> Result<Self, MalformedId> {
                check(&text, $prefix).map(|()| Self(text))
            }
        }

        impl FromStr for $name {
            type Err = MalformedId;

            fn from_str(text: &str) -> Result<Self, MalformedId> {
                check(text, $prefix).map(|()| Self(text.to_owned()))
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(NodeId, "node_", "A node: `node_` and 32 hexadecimal digits.");
id!(WorkloadId, "wl_", "A workload: `wl_` and 32 hexadecimal digits.");
id!(OperationId, "op_", "An operation: `op_` and 32 hexadecimal digits.");
id!(CommandId, "cmd_", "A command: `cmd_` and 32 hexadecimal digits.");

/// The URI a node's certificate carries as its subject alternative name.
pub fn node_uri(node: &NodeId) -> String {
    format!("{NODE_URI_PREFIX}{node}")
}

/// The node a certificate's URI names, if it is one of ours.
pub fn node_id_from_uri(uri: &str) -> Option<NodeId> {
    uri.strip_prefix(NODE_URI_PREFIX)?.parse().ok()
}

/// Letters and digits only: an id can never be `..`, hold a slash or be empty.
pub(crate) fn check(text: &str, prefix: &'static str) -> Result<(), MalformedId> {
    let rest = text.strip_prefix(prefix).unwrap_or_default();
    let plain = rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if rest.is_empty() || rest.len() > LONGEST_ID || !plain {
        return Err(MalformedId { prefix });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_could_leave_its_folder_is_refused() {
        for text in ["", "wl_", "wl_../../etc", "wl_a/b", "node_1", "WL_1", "wl_\0", "wl_é"] {
            assert!(text.parse::<WorkloadId>().is_err(), "{text:?}");
        }
        assert!("wl_0190a1b2c3d4e5f60718293a4b5c6d7e".parse::<WorkloadId>().is_ok());
    }

    #[test]
    fn a_nodes_uri_leads_back_to_the_node() {
        let node: NodeId = "node_0190a1b2c3d4e5f60718293a4b5c6d7e".parse().unwrap();
        assert_eq!(node_id_from_uri(&node_uri(&node)), Some(node));
        assert_eq!(node_id_from_uri("spiffe://other/node/node_1"), None);
    }

    #[test]
    fn a_malformed_id_in_json_is_an_error_with_a_sentence() {
        let error = serde_json::from_str::<WorkloadId>("\"wl_../x\"").unwrap_err();
        assert!(error.to_string().contains("this is not an id"), "{error}");
    }
}
