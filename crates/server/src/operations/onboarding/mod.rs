//! Operations on onboardings: begin one, choose role and name, take a token, give it up.

pub(super) mod abandon;
mod act;
pub(super) mod begin;
pub(super) mod choose;
pub(super) mod use_token;
