//! Operations on enrolment tokens.

pub(super) mod issue;
pub(super) mod revoke;
