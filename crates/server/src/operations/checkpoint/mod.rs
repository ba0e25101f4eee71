//! The operation that has the end of the audit chain signed.

pub(super) mod publish;
