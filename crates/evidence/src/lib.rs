//! Evidence that can be checked by whoever doubts it: the chain of audit events.
//!
//! Every event carries the hash of the one before it, so that an event that was changed, removed, added or moved shows.
//! What a chain alone cannot show is that its end was cut off or that all of it was rewritten: for that, somebody else
//! must have kept a [`Head`] from before. This crate reads no database and asks no clock; it is useful on its own.
#![deny(missing_docs)]

mod chain;

pub use chain::{Break, Event, Head, Link, OwnedEvent, hash, verify, verify_after};
