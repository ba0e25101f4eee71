//! Operations on workloads.

pub(super) mod launch;
pub(super) mod release;
