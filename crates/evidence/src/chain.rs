//! The chain of audit events: how an event is hashed, and how a chain is checked.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

/// An audit event, as it is hashed. Every field counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event<'a> {
    /// Its number in the chain. The first is 1, and none is left out.
    pub seq: i64,
    /// When it was written down, in microseconds since the Unix epoch.
    pub at: i64,
    /// What it is: `step.observed`.
    pub kind: &'a str,
    /// Who did it.
    pub actor: &'a str,
    /// What happened, for people.
    pub sentence: &'a str,
    /// The operation it belongs to.
    pub operation: Option<&'a str>,
    /// The step of that operation.
    pub step: Option<i64>,
    /// The project it belongs to.
    pub project: Option<&'a str>,
    /// What it happened to.
    pub resource: Option<&'a str>,
    /// The same for machines: the JSON text exactly as stored. It is never parsed and written anew, because then two
    /// programs that order keys or write numbers differently would not agree on its hash.
    pub body: &'a str,
    /// Its id.
    pub id: &'a str,
}

/// An audit event that owns its text, as it is read from a store or a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnedEvent {
    /// See [`Event::seq`].
    pub seq: i64,
    /// See [`Event::at`].
    pub at: i64,
    /// See [`Event::kind`].
    pub kind: String,
    /// See [`Event::actor`].
    pub actor: String,
    /// See [`Event::sentence`].
    pub sentence: String,
    /// See [`Event::operation`].
    pub operation: Option<String>,
    /// See [`Event::step`].
    pub step: Option<i64>,
    /// See [`Event::project`].
    pub project: Option<String>,
    /// See [`Event::resource`].
    pub resource: Option<String>,
    /// See [`Event::body`].
    pub body: String,
    /// See [`Event::id`].
    pub id: String,
}

impl OwnedEvent {
    /// The same, borrowed, as it is hashed.
    pub fn as_event(&self) -> Event<'_> {
        Event {
            seq: self.seq,
            at: self.at,
            kind: &self.kind,
            actor: &self.actor,
            sentence: &self.sentence,
            operation: self.operation.as_deref(),
            step: self.step,
            project: self.project.as_deref(),
            resource: self.resource.as_deref(),
            body: &self.body,
            id: &self.id,
        }
    }
}

/// What the store keeps beside an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The number of its event.
    pub seq: i64,
    /// The hash of its event.
    pub hash: String,
    /// The hash of the event before it; empty for the first.
    pub previous: String,
}

impl Link {
    /// The link of an event that follows on one with the hash `previous`.
    pub fn of(previous: &str, event: &Event<'_>) -> Self {
        Self { seq: event.seq, hash: hash(previous, event), previous: previous.to_owned() }
    }
}

/// Where a chain ends. Kept by somebody else, it shows later whether the chain was cut off or rewritten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The number of the last event; 0 before the first.
    pub seq: i64,
    /// The hash of the last event; empty before the first.
    pub hash: String,
}

impl Head {
    /// The end of a chain without events.
    pub const fn genesis() -> Self {
        Self { seq: 0, hash: String::new() }
    }
}

/// The first thing in a chain that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Break {
    /// A number is missing, or comes twice, or comes too early.
    #[error("Event {expected} is missing: event {found} stands in its place.")]
    Gap {
        /// The number that should come.
        expected: i64,
        /// The number that comes.
        found: i64,
    },
    /// The link beside an event belongs to another event.
    #[error("The link beside event {seq} belongs to event {link}.")]
    OtherLink {
        /// The number of the event.
        seq: i64,
        /// The number in its link.
        link: i64,
    },
    /// An event does not name the hash of the event before it.
    #[error(
        "Event {seq} follows on another event than the one before it: it names the hash “{found}”, \
         the event before it has “{expected}”."
    )]
    Previous {
        /// The number of the event.
        seq: i64,
        /// The hash of the event before it.
        expected: String,
        /// The hash it names.
        found: String,
    },
    /// An event is not what was hashed.
    #[error("Event {seq} was changed: its hash is “{expected}”, the chain has “{found}”.")]
    Hash {
        /// The number of the event.
        seq: i64,
        /// The hash of the event as it is now.
        expected: String,
        /// The hash in its link.
        found: String,
    },
}

/// Begins every hashed text, so that it is never mistaken for something else that is hashed, nor for another version.
const DOMAIN: &[u8] = b"slipway.audit-event.v1";

/// The hash of an event that follows on one with the hash `previous`: SHA-256 in lower-case hex.
///
/// `previous` is empty for the first event of a chain. What is hashed is version 1 of this encoding; fields follow each
/// other in this order, and a new field or another order makes a new version:
///
/// | Field | Encoding |
/// |---|---|
/// | domain `slipway.audit-event.v1` | text |
/// | `previous` | text |
/// | `seq`, `at` | number |
/// | `kind`, `actor`, `sentence` | text |
/// | `operation` | optional text |
/// | `step` | optional number |
/// | `project`, `resource` | optional text |
/// | `body`, `id` | text |
///
/// *text*: the length in bytes as 8 bytes, big-endian, then its bytes in UTF-8. *number*: 8 bytes, two's complement,
/// big-endian. *optional*: one byte 0 when absent, or one byte 1 and then the value. The lengths keep a character from
/// moving unseen from the end of one field to the beginning of the next; the byte in front keeps "absent" and "empty"
/// apart.
pub fn hash(previous: &str, event: &Event<'_>) -> String {
    // Taken apart without `..`, so that a new field does not compile before it is hashed.
    let Event { seq, at, kind, actor, sentence, operation, step, project, resource, body, id } = *event;
    let mut encoding = Encoding(Sha256::new());
    encoding.bytes(DOMAIN);
    encoding.bytes(previous.as_bytes());
    encoding.number(seq);
    encoding.number(at);
    for text in [kind, actor, sentence] {
        encoding.bytes(text.as_bytes());
    }
    encoding.optional(operation, |encoding, text| encoding.bytes(text.as_bytes()));
    encoding.optional(step, Encoding::number);
    for text in [project, resource] {
        encoding.optional(text, |encoding, text| encoding.bytes(text.as_bytes()));
    }
    for text in [body, id] {
        encoding.bytes(text.as_bytes());
    }
    hex::encode(encoding.0.finalize())
}

struct Encoding(Sha256);

impl Encoding {
    fn bytes(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
    }

    fn number(&mut self, number: i64) {
        self.0.update(number.to_be_bytes());
    }

    fn optional<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.0.update([u8::from(value.is_some())]);
        if let Some(value) = value {
            write(self, value);
        }
    }
}

/// Checks a whole chain from its first event and says where it ends, or names the first thing that does not fit.
pub fn verify(events: impl Iterator<Item = (OwnedEvent, Link)>) -> Result<Head, Break> {
    verify_after(Head::genesis(), events)
}

/// Checks the part of a chain that follows on `head`, which somebody kept.
pub fn verify_after(head: Head, mut events: impl Iterator<Item = (OwnedEvent, Link)>) -> Result<Head, Break> {
    events.try_fold(head, |head, (event, link)| follows(&head, &event, link))
}

fn follows(head: &Head, event: &OwnedEvent, link: Link) -> Result<Head, Break> {
    let (seq, next) = (event.seq, head.seq.saturating_add(1));
    if seq != next {
        return Err(Break::Gap { expected: next, found: seq });
    }
    if link.seq != seq {
        return Err(Break::OtherLink { seq, link: link.seq });
    }
    if link.previous != head.hash {
        return Err(Break::Previous { seq, expected: head.hash.clone(), found: link.previous });
    }
    let is = hash(&head.hash, &event.as_event());
    if link.hash != is {
        return Err(Break::Hash { seq, expected: is, found: link.hash });
    }
    Ok(Head { seq, hash: is })
}
