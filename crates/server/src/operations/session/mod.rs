//! Operations on browser sessions.

pub(super) mod end;
