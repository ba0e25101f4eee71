//! Checking a bundle: from the chain outwards, so that what does not fit is named by the event it happened to.

use serde_json::Value;

use super::seal::parts;
use super::{Bundle, Contents, Entry, FORMAT, Stretch, VERSION};
use crate::chain::{OwnedEvent, hash, link_hash, operation_tag};
use crate::checkpoint::BadCheckpoint;
use crate::key::PublicKey;

/// What a bundle that fits proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The operation.
    pub operation: String,
    /// How many events of it there are.
    pub events: usize,
    /// The first and the last number in the bundle.
    pub range: (i64, i64),
    /// When the last checkpoint in it was signed.
    pub covered_at: i64,
    /// Whether the operation was over when the bundle was made. One that was not may have gone on since.
    pub is_over: bool,
    /// Ranges of numbers between two checkpoints that are not in the bundle.
    pub skipped: Vec<(i64, i64)>,
    /// What the bundle itself says is not in it.
    pub left_out: Vec<String>,
}

/// The first thing in a bundle that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// It cannot be read at all.
    #[error("The file is no evidence bundle: {0}.")]
    Unreadable(String),
    /// Of another format or version.
    #[error(
        "The file says it is `{format}` of version {version}; this program reads `{FORMAT}` of version {VERSION}."
    )]
    Format {
        /// What it says.
        format: String,
        /// What it says.
        version: u32,
    },
    /// Sealed with another key.
    #[error("The bundle was sealed with the key {sealed}, and this is the key {given}.")]
    OtherKey {
        /// The key it names.
        sealed: String,
        /// The key it is checked with.
        given: String,
    },
    /// It holds nothing of the chain.
    #[error("The bundle holds no event.")]
    Empty,
    /// A number is missing, comes twice or too early.
    #[error("Event {expected} is missing: event {found} stands in its place.")]
    Gap {
        /// The number that should come.
        expected: i64,
        /// The number that comes.
        found: i64,
    },
    /// An event is not what the chain holds.
    #[error("Event {seq} was changed, or does not follow on the one before it.")]
    Event {
        /// Its number.
        seq: i64,
    },
    /// An event of the operation stands as another's.
    #[error("Event {seq} belongs to the operation and is hidden.")]
    Hidden {
        /// Its number.
        seq: i64,
    },
    /// An event of another operation.
    #[error("Event {seq} does not belong to the operation.")]
    Foreign {
        /// Its number.
        seq: i64,
    },
    /// The end of a stretch is not what its checkpoint signs.
    #[error("The events end at event {last}, and the checkpoint behind them signs event {seq}{hash}.")]
    Uncovered {
        /// The last event.
        last: i64,
        /// What the checkpoint signs.
        seq: i64,
        /// Says so when the numbers are the same.
        hash: &'static str,
    },
    /// A checkpoint does not fit.
    #[error(transparent)]
    Checkpoint(#[from] BadCheckpoint),
    /// It does not begin with the intent.
    #[error("The first event of the operation is event {seq}, which is not its intent.")]
    Intent {
        /// Its number.
        seq: i64,
    },
    /// The end is missing, or is not the end.
    #[error("{0}")]
    Outcome(String),
    /// A part is not what was sealed.
    #[error("The part `{0}` was changed.")]
    Part(String),
    /// A part was added.
    #[error("The part `{0}` was added.")]
    Added(String),
    /// A part was taken out.
    #[error("The part `{0}` was taken out.")]
    TakenOut(String),
    /// The seal is not what was signed.
    #[error("The seal is not what was signed.")]
    Seal,
}

/// Checks a bundle with nothing but its bytes and the public key.
pub fn verify_bundle(file: &[u8], key: &PublicKey) -> Result<Verdict, Misfit> {
    let bundle = read(file)?;
    let given = key.id();
    if bundle.seal.key != given {
        return Err(Misfit::OtherKey { sealed: bundle.seal.key, given });
    }
    let skipped = chain(&bundle, key)?;
    about(&bundle)?;
    sealed(&bundle, key)?;
    let first = bundle.chain.first().and_then(|stretch| stretch.entries.first()).ok_or(Misfit::Empty)?;
    let last = bundle.chain.last().ok_or(Misfit::Empty)?;
    Ok(Verdict {
        range: (first.seq(), last.checkpoint.seq),
        covered_at: last.checkpoint.at,
        events: own(&bundle).count(),
        is_over: bundle.contents.outcome.is_some(),
        skipped,
        operation: bundle.subject.id,
        left_out: bundle.left_out,
    })
}

/// The format is looked at first: another version has other members.
fn read(file: &[u8]) -> Result<Bundle, Misfit> {
    let unreadable = |error: serde_json::Error| Misfit::Unreadable(error.to_string());
    match serde_json::from_slice(file) {
        Ok(bundle) => {
            let Bundle { format, version, .. } = &bundle;
            if format == FORMAT && *version == VERSION {
                return Ok(bundle);
            }
            Err(Misfit::Format { format: format.clone(), version: *version })
        }
        Err(error) => {
            let value: Value = serde_json::from_slice(file).map_err(unreadable)?;
            let format = value.get("format").and_then(Value::as_str);
            let version = value.get("version").and_then(Value::as_u64).and_then(|v| u32::try_from(v).ok());
            match (format, version) {
                (Some(format), Some(version)) if format != FORMAT || version != VERSION => {
                    Err(Misfit::Format { format: format.to_owned(), version })
                }
                (Some(_) | None, Some(_) | None) => Err(unreadable(error)),
            }
        }
    }
}

/// Every stretch of the chain; says what lies between them.
fn chain(bundle: &Bundle, key: &PublicKey) -> Result<Vec<(i64, i64)>, Misfit> {
    let (own, mut skipped, mut reached) = (operation_tag(Some(&bundle.subject.id)), Vec::new(), None);
    for stretch in &bundle.chain {
        let first = stretch.entries.first().ok_or(Misfit::Empty)?.seq();
        if let Some(end) = reached {
            if first <= end {
                return Err(Misfit::Gap { expected: end + 1, found: first });
            }
            if first > end + 1 {
                skipped.push((end + 1, first - 1));
            }
        }
        entries(stretch, first, &own, &bundle.subject.id)?;
        let (last, checkpoint) = (stretch.entries.last().ok_or(Misfit::Empty)?, &stretch.checkpoint);
        checkpoint.check(key)?;
        if (checkpoint.seq, checkpoint.hash.as_str()) != (last.seq(), last.hash()) {
            let hash = if checkpoint.seq == last.seq() { " with another hash" } else { "" };
            return Err(Misfit::Uncovered { last: last.seq(), seq: checkpoint.seq, hash });
        }
        reached = Some(last.seq());
    }
    Ok(skipped)
}

fn entries(stretch: &Stretch, first: i64, own: &str, operation: &str) -> Result<(), Misfit> {
    let mut previous = stretch.previous.as_str();
    for (expected, entry) in (first..).zip(&stretch.entries) {
        let seq = entry.seq();
        if seq != expected {
            return Err(Misfit::Gap { expected, found: seq });
        }
        let is = match entry {
            Entry::Event { event, .. } => hash(previous, &event.as_event()),
            Entry::Other { operation, digest, .. } => link_hash(previous, seq, operation, digest),
        };
        if is != entry.hash() {
            return Err(Misfit::Event { seq });
        }
        match entry {
            Entry::Event { event, .. } if event.operation.as_deref() != Some(operation) => {
                return Err(Misfit::Foreign { seq });
            }
            Entry::Other { operation, .. } if operation == own => return Err(Misfit::Hidden { seq }),
            Entry::Event { .. } | Entry::Other { .. } => {}
        }
        previous = entry.hash();
    }
    Ok(())
}

fn own(bundle: &Bundle) -> impl Iterator<Item = &OwnedEvent> {
    bundle.chain.iter().flat_map(|stretch| &stretch.entries).filter_map(|entry| match entry {
        Entry::Event { event, .. } => Some(event),
        Entry::Other { .. } => None,
    })
}

/// What the bundle says about the operation is what its events say.
fn about(bundle: &Bundle) -> Result<(), Misfit> {
    let first = own(bundle).next().ok_or(Misfit::Empty)?;
    if first.kind != "audit.intent" {
        return Err(Misfit::Intent { seq: first.seq });
    }
    let said: Value = serde_json::from_str(&first.body).unwrap_or_default();
    let intent = [("operation", &bundle.subject.operation), ("plan_hash", &bundle.subject.plan_hash)];
    if intent.iter().any(|(name, is)| said[name].as_str() != Some(is.as_str()))
        || first.resource.as_deref() != Some(bundle.subject.target.as_str())
        || first.actor != bundle.subject.requested_by
    {
        return Err(Misfit::Part("subject".to_owned()));
    }
    if Contents::of(&bundle.chain) != bundle.contents {
        return Err(Misfit::Part("contents".to_owned()));
    }
    outcome(bundle)
}

fn outcome(bundle: &Bundle) -> Result<(), Misfit> {
    let state = bundle.subject.state.as_str();
    let is_over = matches!(state, "succeeded" | "failed" | "stuck" | "cancelled");
    let outcome = own(bundle).find(|event| event.kind == "audit.outcome");
    match outcome {
        None if is_over => {
            Err(Misfit::Outcome(format!("The operation is said to be {state}, and its outcome is missing.")))
        }
        None => Ok(()),
        Some(event) => {
            let said: Value = serde_json::from_str(&event.body).unwrap_or_default();
            if said["state"].as_str() == Some(state) {
                return Ok(());
            }
            let sentence = format!("Event {} says how it ended, and that is not {state}.", event.seq);
            Err(Misfit::Outcome(sentence))
        }
    }
}

/// Every part is what was sealed. What was changed is named before the signature, which only says that something was.
fn sealed(bundle: &Bundle, key: &PublicKey) -> Result<(), Misfit> {
    match parts_differ(bundle) {
        Some(misfit) => Err(misfit),
        None if bundle.seal.is_signed_by(key) => Ok(()),
        None => Err(Misfit::Seal),
    }
}

fn parts_differ(bundle: &Bundle) -> Option<Misfit> {
    let (are, mut sealed) = (parts(bundle), bundle.seal.parts.iter());
    let was_sealed = |name: &str| bundle.seal.parts.iter().any(|part| part.part == name);
    for is in are {
        match sealed.next() {
            Some(was) if *was == is => {}
            Some(was) if was.part == is.part => return Some(Misfit::Part(is.part)),
            Some(was) if was_sealed(&is.part) => return Some(Misfit::TakenOut(was.part.clone())),
            Some(_) | None => return Some(Misfit::Added(is.part)),
        }
    }
    sealed.next().map(|was| Misfit::TakenOut(was.part.clone()))
}
