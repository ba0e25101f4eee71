//! The operation on one's own password.

pub(super) mod change;
