//! Evidence that can be checked by whoever doubts it: the chain of audit events, signed checkpoints, bundles.
//!
//! Every event carries the hash of the one before it, so that an event that was changed, removed, added or moved shows.
//! What a chain alone cannot show is that its end was cut off or that all of it was rewritten: for that, a
//! [`Checkpoint`] says under a signature where it ended, and others keep it. A [`Bundle`] holds all that is known about
//! one operation, with the part of the chain it stands in; [`verify_bundle`] needs nothing but the file and the public
//! key. This crate reads no database, no file and no clock; it is useful on its own.
#![deny(missing_docs)]

mod bundle;
mod chain;
mod checkpoint;
mod encoding;
mod key;

pub use bundle::{
    Approvals, Bundle, Claim, Contents, Draft, Entry, FORMAT, Log, Misfit, Numbers, OfWhat, Part, Range,
    Recorded, ResourceBundle, ResourceDraft, Seal, Step, Stretch, Subject, VERSION, Verdict, verify_bundle,
};
pub use chain::{
    Break, Event, Head, Link, OwnedEvent, Tags, about_tag, digest, hash, hash_v1, hash_v2, hashed_by,
    link_hash, link_hash_v2, operation_tag, project_name, verify, verify_after,
};
pub use checkpoint::{BadCheckpoint, Checkpoint, Follows};
pub use key::{NoKey, PublicKey, SigningKey};
