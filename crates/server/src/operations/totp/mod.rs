//! Operations on the authenticator app, the second factor of one's own account.

pub(super) mod add;
pub(super) mod remove;
