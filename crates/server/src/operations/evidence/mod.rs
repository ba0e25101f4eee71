//! The operation that makes files of the audit.

pub(super) mod export;
mod writing;
