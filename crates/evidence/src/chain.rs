//! The chain of audit events: how an event is hashed, and how a chain is checked.

use crate::encoding::Encoding;
use serde::{Deserialize, Serialize};

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
#[serde(deny_unknown_fields)]
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

/// The hash of an event that follows on one with the hash `previous`: SHA-256 in lower-case hex, by version 3 of the
/// encoding ([`digest`], [`Tags`] and [`link_hash`]).
pub fn hash(previous: &str, event: &Event<'_>) -> String {
    link_hash(previous, event.seq, &Tags::of(previous, event), &digest(event))
}

/// How events were hashed before the chain said what they are about: without the last two of the [`Tags`]. Chains go on
/// from such events; new events are never hashed so.
pub fn hash_v2(previous: &str, event: &Event<'_>) -> String {
    link_hash_v2(previous, event.seq, &operation_tag(event.operation), &digest(event))
}

/// What stands for an event in the chain: a digest of everything in it but its number.
///
/// | Field | Encoding |
/// |---|---|
/// | domain `slipway.audit-event.v2` | text |
/// | `at` | number |
/// | `kind`, `actor`, `sentence` | text |
/// | `operation` | optional text |
/// | `step` | optional number |
/// | `project`, `resource` | optional text |
/// | `body`, `id` | text |
///
/// The id holds 74 random bits, so that nobody finds out by trying what a digest stands for. How text, numbers and what
/// is optional are written is said at [`Encoding`].
pub fn digest(event: &Event<'_>) -> String {
    let mut encoding = Encoding::of("slipway.audit-event.v2");
    all_but_its_number(&mut encoding, event);
    encoding.finish()
}

fn all_but_its_number(encoding: &mut Encoding, event: &Event<'_>) {
    // Taken apart without `..`, so that a new field does not compile before it is hashed.
    let Event { seq: _, at, kind, actor, sentence, operation, step, project, resource, body, id } = *event;
    encoding.number(at);
    for text in [kind, actor, sentence] {
        encoding.text(text);
    }
    encoding.optional(operation, Encoding::text);
    encoding.optional(step, Encoding::number);
    encoding.optional(project, Encoding::text);
    encoding.optional(resource, Encoding::text);
    encoding.text(body);
    encoding.text(id);
}

/// Says whether two events belong to one operation, without saying to which: domain `slipway.audit-operation.v2`, then
/// the operation as optional text.
pub fn operation_tag(operation: Option<&str>) -> String {
    let mut encoding = Encoding::of("slipway.audit-operation.v2");
    encoding.optional(operation, Encoding::text);
    encoding.finish()
}

/// Says whether an event is about something, to whoever knows its name already: domain `slipway.audit-about.v3`, the
/// hash of the event before it, then the name (`node:node_…`, `project:prj_…`) as optional text. Because of the hash the
/// tags of one thing differ from event to event: nobody counts events of a thing they cannot name.
pub fn about_tag(previous: &str, name: Option<&str>) -> String {
    let mut encoding = Encoding::of("slipway.audit-about.v3");
    encoding.text(previous);
    encoding.optional(name, Encoding::text);
    encoding.finish()
}

/// How a project is named among the things that events are about.
pub fn project_name(project: &str) -> String {
    format!("project:{project}")
}

/// What the chain says of an event without telling what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tags {
    /// [`operation_tag`] of its operation.
    pub operation: String,
    /// [`about_tag`] of its resource.
    pub resource: String,
    /// [`about_tag`] of its project, as [`project_name`] names it.
    pub project: String,
}

impl Tags {
    /// Those of an event that follows on one with the hash `previous`.
    pub fn of(previous: &str, event: &Event<'_>) -> Self {
        Self {
            operation: operation_tag(event.operation),
            resource: about_tag(previous, event.resource),
            project: about_tag(previous, event.project.map(project_name).as_deref()),
        }
    }
}

/// What joins an event to the one before it: domain `slipway.audit-link.v3`, `previous` (empty for the first event),
/// `seq`, the tags of its operation, its resource and its project, the digest. Whoever may not see an event can still
/// check that it stands in its place, and that it is of another operation and about another thing than theirs.
pub fn link_hash(previous: &str, seq: i64, tags: &Tags, digest: &str) -> String {
    let Tags { operation, resource, project } = tags;
    let mut encoding = Encoding::of("slipway.audit-link.v3");
    encoding.text(previous);
    encoding.number(seq);
    for text in [operation, resource, project] {
        encoding.text(text);
    }
    encoding.text(digest);
    encoding.finish()
}

/// The same as it was: domain `slipway.audit-link.v2`, `previous`, `seq`, the operation's tag, the digest.
pub fn link_hash_v2(previous: &str, seq: i64, operation_tag: &str, digest: &str) -> String {
    let mut encoding = Encoding::of("slipway.audit-link.v2");
    encoding.text(previous);
    encoding.number(seq);
    encoding.text(operation_tag);
    encoding.text(digest);
    encoding.finish()
}

/// How events were hashed before they could be left out of a part of the chain. Chains that begin with such events are
/// checked as before; new events are never hashed so.
///
/// Domain `slipway.audit-event.v1`, `previous`, `seq`, `at`, then as in [`digest`].
pub fn hash_v1(previous: &str, event: &Event<'_>) -> String {
    let mut encoding = Encoding::of("slipway.audit-event.v1");
    encoding.text(previous);
    encoding.number(event.seq);
    all_but_its_number(&mut encoding, event);
    encoding.finish()
}

/// By which version of the encoding an event was hashed; none when this is not its hash.
pub fn hashed_by(previous: &str, event: &Event<'_>, is: &str) -> Option<u32> {
    if is == hash(previous, event) {
        Some(3)
    } else if is == hash_v2(previous, event) {
        Some(2)
    } else {
        (is == hash_v1(previous, event)).then_some(1)
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
    if hashed_by(&head.hash, &event.as_event(), &link.hash).is_none() {
        let expected = hash(&head.hash, &event.as_event());
        return Err(Break::Hash { seq, expected, found: link.hash });
    }
    Ok(Head { seq, hash: link.hash })
}
