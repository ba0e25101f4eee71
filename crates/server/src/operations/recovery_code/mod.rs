//! The operation on one's own recovery codes.

pub(super) mod issue;
