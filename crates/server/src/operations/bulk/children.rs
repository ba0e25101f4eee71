//! How a parent starts a child: the way every operation is started, as the person who asked, with what they may do now.
//!
//! That way is the Console's, and it stands above the operations: so it comes in with the world, as a port.

use super::selection::Looked;
use async_trait::async_trait;
use read_models::ids::OperationId;
use read_models::operation::Target;
use serde_json::Value;

/// Starts the operations of a parent's targets.
#[async_trait]
pub(crate) trait StartsChildren: Send + Sync + std::fmt::Debug {
    /// Judges the target again and accepts the operation; once, however often this is asked for the same try.
    async fn start(&self, child: &Child) -> ChildStart;
}

/// A child whose turn has come.
#[derive(Debug, Clone)]
pub(crate) struct Child {
    pub(crate) parent: OperationId,
    /// Whoever lost the parent's lease starts nothing.
    pub(crate) fencing_token: i64,
    pub(crate) position: u32,
    /// Which try.
    pub(crate) attempt: u32,
    pub(crate) operation: String,
    pub(crate) target: Target,
    pub(crate) input: Value,
    /// The hash of the plan that was looked at.
    pub(crate) plan_hash: String,
    /// What that plan looked like, to say what is different.
    pub(crate) looked: Looked,
}

impl Child {
    /// The same for every repetition of a try, whoever repeats it.
    pub(crate) fn key(&self) -> String {
        format!("bulk/{}/{}/{}", self.parent, self.position, self.attempt)
    }
}

/// What came of starting a child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ChildStart {
    /// It is durably ours, now or since an earlier time.
    Accepted,
    /// It was not started and will not be: why.
    NotStarted(String),
    /// It could not be started now; asking again may work.
    NotNow(String),
}
