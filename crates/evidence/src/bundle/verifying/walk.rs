//! The part of the chain that a bundle holds, entry by entry: each follows on the one before it, and none that belongs into
//! the bundle stands as another's.

use std::collections::BTreeSet;

use super::Misfit;
use crate::bundle::{Entry, Stretch};
use crate::chain::{
    Event, OwnedEvent, Tags, about_tag, hashed_by, link_hash, link_hash_v2, operation_tag, project_name,
};
use crate::key::PublicKey;

/// Whose events belong into a bundle.
pub(super) struct Whose<'a> {
    operations: BTreeSet<&'a str>,
    tags: BTreeSet<String>,
    resource: Option<&'a str>,
}

/// What was found on the way.
#[derive(Debug, Default)]
pub(super) struct Walked {
    /// What lies between the stretches.
    pub(super) skipped: Vec<(i64, i64)>,
    /// The chain does not say of every event what it is about.
    pub(super) untold: bool,
}

impl<'a> Whose<'a> {
    pub(super) fn new(operations: impl IntoIterator<Item = &'a str>, resource: Option<&'a str>) -> Self {
        let operations: BTreeSet<_> = operations.into_iter().collect();
        let tags = operations.iter().map(|id| operation_tag(Some(id))).collect();
        Self { operations, tags, resource }
    }

    fn has(&self, event: &Event<'_>) -> bool {
        event.operation.is_some_and(|id| self.operations.contains(id))
            || self.resource.is_some_and(|name| {
                event.resource == Some(name) || event.project.is_some_and(|id| project_name(id) == name)
            })
    }

    /// Whether an event with these tags belongs into the bundle.
    fn hides(&self, previous: &str, operation: &str, about: [Option<&str>; 2]) -> bool {
        self.tags.contains(operation)
            || self
                .resource
                .is_some_and(|name| about.contains(&Some(about_tag(previous, Some(name)).as_str())))
    }
}

/// Every stretch of the chain; says what lies between them.
pub(super) fn walk(chain: &[Stretch], whose: &Whose<'_>, key: &PublicKey) -> Result<Walked, Misfit> {
    let (mut walked, mut reached) = (Walked::default(), None);
    for stretch in chain {
        let first = stretch.entries.first().ok_or(Misfit::Empty)?.seq();
        if let Some(end) = reached {
            if first <= end {
                return Err(Misfit::Gap { expected: end + 1, found: first });
            }
            if first > end + 1 {
                walked.skipped.push((end + 1, first - 1));
            }
        }
        walked.untold |= entries(stretch, first, whose)?;
        let (last, checkpoint) = (stretch.entries.last().ok_or(Misfit::Empty)?, &stretch.checkpoint);
        checkpoint.check(key)?;
        if (checkpoint.seq, checkpoint.hash.as_str()) != (last.seq(), last.hash()) {
            let hash = if checkpoint.seq == last.seq() { " with another hash" } else { "" };
            return Err(Misfit::Uncovered { last: last.seq(), seq: checkpoint.seq, hash });
        }
        reached = Some(last.seq());
    }
    Ok(walked)
}

/// Whether the chain leaves it open what one of them is about.
fn entries(stretch: &Stretch, first: i64, whose: &Whose<'_>) -> Result<bool, Misfit> {
    let (mut previous, mut untold) = (stretch.previous.as_str(), false);
    for (expected, entry) in (first..).zip(&stretch.entries) {
        let seq = entry.seq();
        if seq != expected {
            return Err(Misfit::Gap { expected, found: seq });
        }
        let version = version(previous, entry).ok_or(Misfit::Event { seq })?;
        match entry {
            Entry::Event { event, .. } if !whose.has(&event.as_event()) => {
                return Err(Misfit::Foreign { seq });
            }
            Entry::Other { operation, resource, project, .. }
                if whose.hides(previous, operation, [resource.as_deref(), project.as_deref()]) =>
            {
                return Err(Misfit::Hidden { seq });
            }
            Entry::Event { .. } | Entry::Other { .. } => {}
        }
        untold |= version < 3;
        previous = entry.hash();
    }
    Ok(untold)
}

/// By which version of the encoding an entry is hashed; none when it does not follow on the one before it.
fn version(previous: &str, entry: &Entry) -> Option<u32> {
    match entry {
        Entry::Event { event, hash } => {
            hashed_by(previous, &event.as_event(), hash).filter(|version| *version > 1)
        }
        Entry::Other { seq, operation, resource: Some(resource), project: Some(project), digest, hash } => {
            let tags =
                Tags { operation: operation.clone(), resource: resource.clone(), project: project.clone() };
            (*hash == link_hash(previous, *seq, &tags, digest)).then_some(3)
        }
        Entry::Other { seq, operation, resource: None, project: None, digest, hash } => {
            (*hash == link_hash_v2(previous, *seq, operation, digest)).then_some(2)
        }
        Entry::Other { .. } => None,
    }
}

/// The events the bundle is about.
pub(super) fn own(chain: &[Stretch]) -> impl Iterator<Item = &OwnedEvent> {
    chain.iter().flat_map(|stretch| &stretch.entries).filter_map(|entry| match entry {
        Entry::Event { event, .. } => Some(event),
        Entry::Other { .. } => None,
    })
}
