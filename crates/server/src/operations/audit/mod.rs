//! The operation that checks the audit chain.

mod checking;
pub(super) mod verify;
