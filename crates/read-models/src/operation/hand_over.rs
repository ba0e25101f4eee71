//! Who looks after an operation that asks for a person or left something over.

use crate::{ids::OperationId, time::Timestamp};
use serde::{Deserialize, Serialize};

/// That an operation was handed to somebody. It gives nobody a permission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HandOverView {
    /// To whom.
    pub to: String,
    /// Whether that is whoever looks at this.
    pub is_yours: bool,
    /// Whether they may still act on it: a role can be taken, an account suspended.
    pub may_act: bool,
    /// Who handed it over.
    pub by: String,
    /// What they wrote for whoever has it now.
    pub note: String,
    /// When.
    pub at: Timestamp,
    /// Where it was written down.
    pub operation: OperationId,
}
