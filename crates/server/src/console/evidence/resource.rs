//! The evidence bundle of a thing and a time: which part of the chain it is, what is in it, and the file, written as it is sent.

mod segment;
mod summary;

use std::collections::BTreeSet;
use std::io;
use std::pin::Pin;

use evidence::{Numbers, Range, Recorded, ResourceBundle, ResourceDraft};
use futures::Stream;
use futures::stream::try_unfold;
use read_models::audit::AuditSearch;
use read_models::error::{ConsoleError, ErrorKind};
use read_models::ids::{OperationId, ProjectId};
use read_models::navigation::Address;
use read_models::operation::{Target, TargetKind};
use read_models::time::Timestamp;

use self::segment::Segment;
use crate::authz::{Feed, Permit, Read, Scope, SystemProof};
use crate::console::Asking;
use crate::projections::evidence_bundle::{self, Unshowable};
use crate::store::chain::{self, Placed};
use crate::store::db::Db;
use crate::store::operations::find_system;

/// So much of the chain is in one bundle: some 40 MB when all of it is others'.
pub(super) const MOST_PLACES: i64 = 100_000;
/// Events of the thing that are in one bundle.
const MOST_EVENTS: i64 = 10_000;
/// Operations that are recorded in one bundle.
const MOST_OPERATIONS: usize = 200;
/// Events that are read at a time: so much of a file is in memory.
const BATCH: i64 = 1_000;

/// A bundle, as it is written.
pub(crate) struct ResourceFile {
    pub(crate) name: String,
    pub(crate) body: Pin<Box<dyn Stream<Item = io::Result<String>> + Send>>,
}

/// A thing that events are about, which this person may read the audit of.
pub(super) struct Thing {
    resource: String,
    name: String,
    page: Option<Address>,
    /// It is this project: everything in it belongs to it.
    project: Option<ProjectId>,
    permit: Permit<Read, Feed>,
}

/// All of a bundle but the part of the chain.
pub(super) struct Prepared {
    bundle: ResourceBundle,
    own: BTreeSet<i64>,
    segment: Segment,
}

impl Asking {
    /// Everything that happened to a thing in a time, as one file. Whoever may read its audit may have it.
    pub(crate) async fn resource_file(&self, search: &AuditSearch) -> Result<ResourceFile, ConsoleError> {
        let asked = self.asked_of(search)?;
        let thing = self.thing(&asked.0).await?;
        let prepared = self.prepared(&thing, asked.1).await?;
        let name = format!("{}.evidence.json", thing.resource.replace(':', "-"));
        let (head, tail) = prepared.bundle.frame();
        let writing = Writing {
            db: self.state().db.clone(),
            proof: self.proof(),
            own: prepared.own,
            next: prepared.segment.first(),
            last: prepared.segment.end.seq,
            head: Some(head),
            tail: Some(tail),
        };
        Ok(ResourceFile { name, body: Box::pin(try_unfold(writing, Writing::next)) })
    }

    /// The thing, when this person may read what happened to it; what may not be seen is not there.
    pub(super) async fn thing(&self, resource: &str) -> Result<Thing, ConsoleError> {
        let is_platform = self.who()?.is_platform();
        let hidden = |error: ConsoleError| {
            let tells = is_platform && error.kind != ErrorKind::NotFound;
            if tells { error } else { ConsoleError::not_found("thing") }
        };
        let found = match resource.parse::<Target>() {
            Ok(target) => self.target(&target).await.map(|found| (target, found)),
            Err(_) => Err(ConsoleError::not_found("thing")),
        };
        let (scope, name, page, project) = match found {
            Ok((target, found)) => {
                let project = found.project.clone().filter(|_| target.kind == TargetKind::Project);
                (found.scope(), found.view.name, Some(found.view.address), project)
            }
            // What is gone, or was never carried out anything on, still has events.
            Err(error) if is_platform && error.kind == ErrorKind::NotFound => {
                (Scope::Platform, resource.to_owned(), None, None)
            }
            Err(error) => return Err(hidden(error)),
        };
        let permit = self.permit(&scope).map_err(hidden)?;
        Ok(Thing { resource: resource.to_owned(), name, page, project, permit })
    }

    pub(super) async fn prepared(
        &self,
        thing: &Thing,
        (from, until): (Timestamp, Timestamp),
    ) -> Result<Prepared, ConsoleError> {
        let segment = self.segment(from, until).await?;
        let (own, operations) = self.own_events(thing, &segment).await?;
        let told = self.is_told(segment.first()).await?;
        let draft = ResourceDraft {
            subject: Range {
                resource: thing.resource.clone(),
                from: from.as_micros(),
                until: until.as_micros(),
            },
            told,
            contents: Numbers::of(own.iter().map(|one| (one.seq, one.kind.as_str()))),
            left_out: left_out(&own, &operations),
            operations,
            before: segment.before.clone(),
            end: segment.end.clone(),
        };
        let bundle = draft.seal(&self.state().evidence, self.now().as_micros());
        Ok(Prepared { bundle, own: own.into_iter().map(|one| one.seq).collect(), segment })
    }

    /// Whether the chain says of this event, and so of each behind it, what it is about.
    async fn is_told(&self, first: i64) -> Result<bool, ConsoleError> {
        let read = chain::between(&self.state().db, &self.proof(), first, first).await;
        let event = read.map_err(|error| self.broken(error))?.pop();
        match event.as_ref().and_then(evidence_bundle::version) {
            Some(1) => Err(self.unshowable(Unshowable::Old(first))),
            Some(version) => Ok(version > 2),
            None => Err(self.unshowable(Unshowable::Broken(first))),
        }
    }

    /// The events that belong into the bundle, and the operations on the thing, as they are recorded.
    async fn own_events(
        &self,
        thing: &Thing,
        segment: &Segment,
    ) -> Result<(BTreeSet<Placed>, Vec<Recorded>), ConsoleError> {
        let (db, range) = (&self.state().db, (segment.first(), segment.end.seq));
        let about = (thing.resource.as_str(), thing.project.as_ref());
        let found = chain::about(db, &thing.permit, range, about, MOST_EVENTS + 1).await;
        let mut own: BTreeSet<_> = found.map_err(|error| self.broken(error))?.into_iter().collect();
        let named: BTreeSet<_> = own.iter().filter_map(|one| one.operation.clone()).collect();
        let mut operations = Vec::new();
        for id in named {
            let Some(recorded) = self.operation_on(thing, &id).await? else { continue };
            operations.push(recorded);
            let events = chain::of_operation(db, &thing.permit, range, &id).await;
            own.extend(events.map_err(|error| self.broken(error))?);
        }
        let many = i64::try_from(own.len()).unwrap_or(i64::MAX);
        if many > MOST_EVENTS || operations.len() > MOST_OPERATIONS {
            let sentence = format!(
                "More happened to it in that time than a bundle holds: at most {MOST_EVENTS} events and {MOST_OPERATIONS} operations."
            );
            return Err(too_large(sentence, None));
        }
        Ok((own, operations))
    }

    /// An operation, when it was carried out on the thing, or in the project the thing is.
    async fn operation_on(&self, thing: &Thing, id: &OperationId) -> Result<Option<Recorded>, ConsoleError> {
        let found = find_system(&mut &self.state().db, &self.proof(), id).await;
        let stored = found.map_err(|error| self.broken(error))?;
        let is_in = thing.project.is_some() && stored.project == thing.project;
        if !is_in && stored.target.to_string() != thing.resource {
            return Ok(None);
        }
        Ok(Some(evidence_bundle::recorded(&stored, self.title_of(&stored.operation))))
    }
}

/// What belongs here and is not in it.
fn left_out(own: &BTreeSet<Placed>, operations: &[Recorded]) -> Vec<String> {
    let of = |id: &str, kind: &str| {
        own.iter().any(|one| one.kind == kind && one.operation.as_ref().is_some_and(|own| own.as_str() == id))
    };
    let begun_before = operations.iter().filter(|one| !of(&one.subject.id, "audit.intent")).map(|one| {
        let Recorded { subject, .. } = one;
        format!(
            "What was asked for and planned with {} ({}): that was before. It is in the operation's own bundle.",
            subject.id, subject.title
        )
    });
    let mut all: Vec<_> = begun_before.collect();
    all.extend(operations.iter().filter(|one| !of(&one.subject.id, "audit.outcome")).map(|one| {
        let Recorded { subject, .. } = one;
        format!("How {} ({}) ended: that was not within this part of the chain.", subject.id, subject.title)
    }));
    if !operations.is_empty() {
        all.push("What workloads wrote: it is in the bundles of their operations.".to_owned());
    }
    all
}

pub(super) fn too_large(sentence: String, fits: Option<Timestamp>) -> ConsoleError {
    let next = match fits {
        Some(until) => {
            format!("Ask until {} at the latest, and for the rest in further bundles.", until.rfc3339())
        }
        None => "Ask for a shorter time, and for the rest in further bundles.".to_owned(),
    };
    ConsoleError::new(ErrorKind::Conflict, "bundle_too_large", sentence).next(next)
}

/// A bundle that is being sent.
struct Writing {
    db: Db,
    proof: SystemProof,
    own: BTreeSet<i64>,
    next: i64,
    last: i64,
    head: Option<String>,
    tail: Option<String>,
}

impl Writing {
    /// The next part. What is not what was hashed ends the connection: a file that is cut off is no bundle.
    async fn next(mut self) -> io::Result<Option<(String, Self)>> {
        if self.next > self.last {
            return Ok(self.tail.take().map(|tail| (tail, self)));
        }
        let to = self.last.min(self.next.saturating_add(BATCH - 1));
        let found = chain::between(&self.db, &self.proof, self.next, to).await.map_err(io::Error::other)?;
        let mut part = self.head.take().unwrap_or_else(|| ",".to_owned());
        for (index, event) in found.into_iter().enumerate() {
            let is_own = self.own.contains(&event.seq);
            let entry = evidence_bundle::entry(event, is_own).map_err(|place| {
                tracing::error!(?place, "the audit chain does not fit, and a bundle of it was cut off");
                io::Error::other("the audit chain does not fit")
            })?;
            if index > 0 {
                part.push(',');
            }
            part.push_str(&serde_json::to_string(&entry).map_err(io::Error::other)?);
        }
        self.next = to + 1;
        Ok(Some((part, self)))
    }
}
