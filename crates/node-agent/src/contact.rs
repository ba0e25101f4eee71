//! The last contact with the server, kept in a file so that `slipway-node status` can tell.

use serde::{Deserialize, Serialize};

use crate::data::{self, DataDir};
use crate::words;

/// What is known about the connection.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Contact {
    /// When the server was last heard.
    pub(crate) last_heard_us: Option<i64>,
    pub(crate) is_connected: bool,
    pub(crate) clock_skew_us: Option<i64>,
    /// Why there is no connection.
    pub(crate) problem: Option<String>,
}

impl Contact {
    pub(crate) fn load(data: &DataDir) -> Self {
        data::read_json(&data.contact()).ok().flatten().unwrap_or_default()
    }

    /// For people only, so a failure is logged and nothing else.
    pub(crate) fn save(&self, data: &DataDir) {
        if let Err(error) = data::write_json(&data.contact(), self) {
            tracing::warn!("the last contact cannot be written down: {}", words::chain(&error));
        }
    }
}
