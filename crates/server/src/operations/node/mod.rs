//! Operations on nodes.

pub(super) mod drain;
mod policy;
pub(super) mod probe;
pub(super) mod resume;
