//! Operations on the passkeys of one's own account.

pub(super) mod add;
pub(super) mod remove;
