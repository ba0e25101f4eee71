//! Checking a bundle: from the chain outwards, so that what does not fit is named by the event it happened to.

mod operation;
mod resource;
mod walk;

use serde::{Deserialize, de::DeserializeOwned};

use super::resource::RESOURCE_FORMAT;
use super::{Bundle, FORMAT, Part, ResourceBundle, Seal, VERSION};
use crate::checkpoint::BadCheckpoint;
use crate::key::PublicKey;

/// What a bundle that fits proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// What it is about.
    pub of: OfWhat,
    /// How many events of that there are.
    pub events: usize,
    /// The first and the last number in the bundle.
    pub range: (i64, i64),
    /// When the last checkpoint in it was signed.
    pub covered_at: i64,
    /// Ranges of numbers between two checkpoints that are not in the bundle.
    pub skipped: Vec<(i64, i64)>,
    /// What the bundle itself says is not in it.
    pub left_out: Vec<String>,
}

/// What a bundle is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfWhat {
    /// One operation.
    Operation {
        /// Which.
        id: String,
        /// Whether it was over when the bundle was made. One that was not may have gone on since.
        is_over: bool,
    },
    /// What happened to a thing in a time.
    Resource {
        /// Which: `node:node_…`.
        resource: String,
        /// From when until when.
        time: (i64, i64),
        /// The operations on it that are recorded in it.
        operations: Vec<String>,
        /// What was proved.
        proved: Vec<String>,
        /// What was not.
        not_proved: Vec<String>,
    },
}

/// The first thing in a bundle that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// It cannot be read at all.
    #[error("The file is no evidence bundle: {0}.")]
    Unreadable(String),
    /// Of another format or version.
    #[error(
        "The file says it is `{format}` of version {version}; this program reads `{FORMAT}` and `{RESOURCE_FORMAT}` \
         of version {VERSION}."
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
    /// An event that belongs into it stands as another's.
    #[error("Event {seq} belongs into the bundle and is hidden.")]
    Hidden {
        /// Its number.
        seq: i64,
    },
    /// An event of something else.
    #[error("Event {seq} does not belong into the bundle.")]
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
    /// Its part of the chain does not begin behind the checkpoint it names.
    #[error("The events begin with event {first}, which does not follow on the checkpoint before them.")]
    Beginning {
        /// The first event.
        first: i64,
    },
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

/// Checks a bundle of either kind with nothing but its bytes and the public key.
pub fn verify_bundle(file: &[u8], key: &PublicKey) -> Result<Verdict, Misfit> {
    let Head { format, version } = read(file)?;
    match (format.as_str(), version) {
        (FORMAT, VERSION) => operation::verify(read::<Bundle>(file)?, key),
        (RESOURCE_FORMAT, VERSION) => resource::verify(read::<ResourceBundle>(file)?, key),
        _ => Err(Misfit::Format { format, version }),
    }
}

/// What every version of every kind begins with. It is looked at first: another version has other members.
#[derive(Deserialize)]
struct Head {
    format: String,
    version: u32,
}

fn read<T: DeserializeOwned>(file: &[u8]) -> Result<T, Misfit> {
    serde_json::from_slice(file).map_err(|error| Misfit::Unreadable(error.to_string()))
}

fn is_of(seal: &Seal, key: &PublicKey) -> Result<(), Misfit> {
    let given = key.id();
    if seal.key == given { Ok(()) } else { Err(Misfit::OtherKey { sealed: seal.key.clone(), given }) }
}

/// Every part is what was sealed. What was changed is named before the signature, which only says that something was.
fn sealed(are: Vec<Part>, seal: &Seal, key: &PublicKey) -> Result<(), Misfit> {
    match parts_differ(are, seal) {
        Some(misfit) => Err(misfit),
        None if seal.is_signed_by(key) => Ok(()),
        None => Err(Misfit::Seal),
    }
}

fn parts_differ(are: Vec<Part>, seal: &Seal) -> Option<Misfit> {
    let mut sealed = seal.parts.iter();
    let was_sealed = |name: &str| seal.parts.iter().any(|part| part.part == name);
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
