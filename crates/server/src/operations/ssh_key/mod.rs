//! Operations on the public keys people log in with over SSH.

pub(super) mod add;
mod public_key;
pub(super) mod remove;
