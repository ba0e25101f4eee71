//! Operations on enrolment tokens.

pub(super) mod issue;
