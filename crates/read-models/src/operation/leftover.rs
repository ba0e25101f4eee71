//! What an operation left over, and what clears it.

use super::Target;
use crate::navigation::Address;
use serde::{Deserialize, Serialize};

/// Something that is left over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LeftoverView {
    /// What.
    pub sentence: String,
    /// The operation that clears it; none when there is none.
    pub cleared_by: Option<Clears>,
    /// What a person does instead, when no operation clears it, or nobody knows one.
    pub by_hand: Option<String>,
}

/// The operation that clears something, and where it is run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Clears {
    /// `node.resume`.
    pub operation: String,
    /// Verb and noun.
    pub title: String,
    /// On what, for the API.
    pub target: Target,
    /// What that is called; none when it is gone, or not for whoever asks.
    pub name: Option<String>,
    /// The page its card stands on; none when what it would be carried out on is gone.
    pub address: Option<Address>,
    /// The card on that page.
    pub anchor: Option<String>,
}
