//! Bundles: all that is known about one operation, or about one thing in a time, in one file that proves itself.
//!
//! The file is JSON. Its events stand in stretches of the chain; each stretch ends at a signed checkpoint. Events of
//! others stand in it as digests: nobody learns what they were, and everybody can check that none of them belongs into
//! the bundle. What is not in the chain (how the engine recorded the steps, the logs) is covered by the seal: the server's
//! signature over a digest of every part. Whoever holds the file cannot change either; the server itself cannot change
//! what is in the chain without contradicting checkpoints that others keep.

mod resource;
mod seal;
#[cfg(test)]
mod tests;
mod verifying;

use serde::{Deserialize, Serialize};

pub use self::resource::{Claim, Numbers, Range, Recorded, ResourceBundle, ResourceDraft};
pub use self::seal::{Part, Seal};
pub use self::verifying::{Misfit, OfWhat, Verdict, verify_bundle};
use crate::chain::{OwnedEvent, Tags, digest, hashed_by};
use crate::checkpoint::Checkpoint;
use crate::key::SigningKey;

/// What a bundle of an operation begins with.
pub const FORMAT: &str = "slipway.evidence-bundle";
/// The version of the formats that this crate writes and reads.
pub const VERSION: u32 = 1;

/// A bundle of an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// The operation, as it was recorded when the bundle was made.
    pub subject: Subject,
    /// Which of the events are what.
    pub contents: Contents,
    /// Who else had to agree.
    pub approvals: Approvals,
    /// Its steps, as they were recorded when the bundle was made.
    pub steps: Vec<Step>,
    /// What workloads wrote.
    pub logs: Vec<Log>,
    /// What is not in it although it belongs here, in words.
    pub left_out: Vec<String>,
    /// The parts of the chain in which its events stand, in order.
    pub chain: Vec<Stretch>,
    /// The server's word for every part.
    pub seal: Seal,
}

/// A bundle that is not sealed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// See [`Bundle::subject`].
    pub subject: Subject,
    /// See [`Bundle::approvals`].
    pub approvals: Approvals,
    /// See [`Bundle::steps`].
    pub steps: Vec<Step>,
    /// See [`Bundle::logs`].
    pub logs: Vec<Log>,
    /// See [`Bundle::left_out`].
    pub left_out: Vec<String>,
    /// See [`Bundle::chain`].
    pub chain: Vec<Stretch>,
}

impl Draft {
    /// Finds out which event is what, and seals it.
    pub fn seal(self, key: &SigningKey, at: i64) -> Bundle {
        let contents = Contents::of(&self.chain);
        let Self { subject, approvals, steps, logs, left_out, chain } = self;
        let mut bundle = Bundle {
            format: FORMAT.to_owned(),
            version: VERSION,
            subject,
            contents,
            approvals,
            steps,
            logs,
            left_out,
            chain,
            seal: Seal::default(),
        };
        bundle.seal = Seal::of(bundle.parts(), key, at);
        bundle
    }
}

/// The operation a bundle is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// Its id.
    pub id: String,
    /// What it is: `node.drain`.
    pub operation: String,
    /// The version of its declaration.
    pub declaration: u32,
    /// What it is called.
    pub title: String,
    /// On what it was carried out: `node:node_…`.
    pub target: String,
    /// The project it belongs to.
    pub project: Option<String>,
    /// Who asked.
    pub requested_by: String,
    /// When they asked, in microseconds since the Unix epoch, as all times.
    pub requested_at: i64,
    /// The hash of the plan they saw and started; the plan itself is in the intent's body.
    pub plan_hash: String,
    /// Where it stood when the bundle was made.
    pub state: String,
    /// Since when.
    pub state_since: i64,
    /// How it ended.
    pub outcome: Option<String>,
    /// What was left over.
    pub debris: Vec<String>,
}

/// Numbers of events by what they are. It can be made from the events alone, and is compared with them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contents {
    /// What was asked for, and the plan: `audit.intent`.
    pub intent: Option<i64>,
    /// What people decided on the way: `audit.decision`.
    pub decisions: Vec<i64>,
    /// What was done and seen: everything else.
    pub observations: Vec<i64>,
    /// How it ended: `audit.outcome`.
    pub outcome: Option<i64>,
}

/// Who else had to agree before it began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approvals {
    /// Each as a sentence.
    pub given: Vec<String>,
    /// Whether any was needed, in words.
    pub sentence: String,
}

/// A step, as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its place, from 1.
    pub number: u32,
    /// What it does.
    pub title: String,
    /// Where it stood.
    pub state: String,
    /// How often it was tried.
    pub attempts: u32,
    /// How its success is seen.
    pub observed_by: Option<String>,
    /// How it is undone.
    pub undo: String,
    /// When its last try began.
    pub begun_at: Option<i64>,
    /// When the other side said yes.
    pub acknowledged_at: Option<i64>,
    /// When its result was seen.
    pub observed_at: Option<i64>,
    /// When it ended.
    pub finished_at: Option<i64>,
    /// What was seen or heard last.
    pub last_observation: Option<String>,
}

/// The end of what a workload wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// Whose.
    pub of: String,
    /// The text.
    pub text: String,
    /// How many bytes before it are not in it.
    pub omitted_bytes: u64,
    /// When the last of it arrived.
    pub received_at: Option<i64>,
}

/// A part of the chain without a gap, up to a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stretch {
    /// The hash of the event before the first one here; empty at the beginning of the chain.
    pub previous: String,
    /// Every event in it.
    pub entries: Vec<Entry>,
    /// Signs the last of them.
    pub checkpoint: Checkpoint,
}

/// One place in the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
pub enum Entry {
    /// An event the bundle is about.
    Event {
        /// The event.
        event: OwnedEvent,
        /// Its hash in the chain.
        hash: String,
    },
    /// An event of something else: only what the chain needs of it.
    Other {
        /// Its number.
        seq: i64,
        /// [`crate::operation_tag`] of the operation it belongs to.
        operation: String,
        /// [`crate::about_tag`] of what it is about; absent from version 2 of the chain's encoding.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resource: Option<String>,
        /// [`crate::about_tag`] of its project; absent from version 2 of the chain's encoding.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        project: Option<String>,
        /// [`crate::digest`] of it.
        digest: String,
        /// Its hash in the chain.
        hash: String,
    },
}

impl Entry {
    /// An event that follows on one with the hash `previous`: whole, or what the chain needs of it. `None` when the hash
    /// is not the event's, or of the first version of the encoding, which no bundle can show.
    pub fn of(previous: &str, event: OwnedEvent, hash: String, is_own: bool) -> Option<Self> {
        let version = hashed_by(previous, &event.as_event(), &hash).filter(|version| *version > 1)?;
        if is_own {
            return Some(Self::Event { event, hash });
        }
        let Tags { operation, resource, project } = Tags::of(previous, &event.as_event());
        let (resource, project) = (version > 2).then_some((resource, project)).unzip();
        let digest = digest(&event.as_event());
        Some(Self::Other { seq: event.seq, operation, resource, project, digest, hash })
    }

    /// Its number.
    pub fn seq(&self) -> i64 {
        match self {
            Self::Event { event, .. } => event.seq,
            Self::Other { seq, .. } => *seq,
        }
    }

    /// Its hash in the chain.
    pub fn hash(&self) -> &str {
        match self {
            Self::Event { hash, .. } | Self::Other { hash, .. } => hash,
        }
    }
}

impl Contents {
    fn of(chain: &[Stretch]) -> Self {
        let mut contents = Self::default();
        for entry in chain.iter().flat_map(|stretch| &stretch.entries) {
            let Entry::Event { event, .. } = entry else { continue };
            match event.kind.as_str() {
                "audit.intent" => contents.intent = contents.intent.or(Some(event.seq)),
                "audit.decision" => contents.decisions.push(event.seq),
                "audit.outcome" => contents.outcome = contents.outcome.or(Some(event.seq)),
                _ => contents.observations.push(event.seq),
            }
        }
        contents
    }
}
