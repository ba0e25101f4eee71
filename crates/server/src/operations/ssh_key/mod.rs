//! Operations on the public keys people log in with over SSH.

pub(super) mod add;
pub(super) mod public_key;
pub(super) mod remove;
