//! A bundle of a thing: everything that happened to it in a part of the chain without a gap, and the operations on it.
//!
//! The part begins behind a checkpoint and ends at one; where both were signed outside of the time that was asked for,
//! nothing of that time is missing. Each event of others carries the tags of what it is about: that none of them is about
//! the thing is checked, not believed. The file says itself what of this holds for it.

use serde::{Deserialize, Serialize};

use super::{Approvals, Entry, Seal, Step, Stretch, Subject, VERSION};
use crate::checkpoint::Checkpoint;
use crate::key::SigningKey;

/// What a bundle of a thing begins with.
pub(super) const RESOURCE_FORMAT: &str = "slipway.resource-evidence";

/// A bundle of a thing and a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceBundle {
    /// `slipway.resource-evidence`.
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// What was asked for.
    pub subject: Range,
    /// What the file proves, and what it does not.
    pub claim: Claim,
    /// Which of the events are what.
    pub contents: Numbers,
    /// The operations on it, as they were recorded when the bundle was made.
    pub operations: Vec<Recorded>,
    /// What is not in it although it belongs here, in words.
    pub left_out: Vec<String>,
    /// The checkpoint behind which its part of the chain begins; none when that is the beginning of the chain.
    pub before: Option<Checkpoint>,
    /// Its part of the chain: one, without a gap.
    pub chain: Vec<Stretch>,
    /// The server's word for every part.
    pub seal: Seal,
}

/// Which thing, and which time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// The thing, as events name it: `node:node_…`.
    pub resource: String,
    /// From when, in microseconds since the Unix epoch.
    pub from: i64,
    /// Until when.
    pub until: i64,
}

/// What a bundle of a thing proves. It can be found out from the events, and is compared with them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The first event of its part of the chain.
    pub first: i64,
    /// The last event of its part of the chain.
    pub last: i64,
    /// Whether the chain itself tells of every event of others that it is about something else. Where it does not
    /// (events of older versions), that none of them belongs here is the server's word.
    pub told: bool,
    /// Whether the checkpoints at both ends were signed before that time and after it.
    pub spans: bool,
    /// What is proved, in words.
    pub proved: Vec<String>,
    /// What is not, in words.
    pub not_proved: Vec<String>,
}

/// Numbers of events by what they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Numbers {
    /// What was asked for, with the plan: `audit.intent`.
    pub intents: Vec<i64>,
    /// What people decided, approvals too: `audit.decision`.
    pub decisions: Vec<i64>,
    /// What was done and seen: everything else.
    pub observations: Vec<i64>,
    /// How operations ended: `audit.outcome`.
    pub outcomes: Vec<i64>,
}

/// An operation on the thing, as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// What it is and how it stood.
    pub subject: Subject,
    /// Who else had to agree.
    pub approvals: Approvals,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// A bundle of a thing that is not sealed yet, and whose events need not be at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceDraft {
    /// See [`ResourceBundle::subject`].
    pub subject: Range,
    /// See [`Claim::told`].
    pub told: bool,
    /// See [`ResourceBundle::contents`].
    pub contents: Numbers,
    /// See [`ResourceBundle::operations`].
    pub operations: Vec<Recorded>,
    /// See [`ResourceBundle::left_out`].
    pub left_out: Vec<String>,
    /// See [`ResourceBundle::before`].
    pub before: Option<Checkpoint>,
    /// The checkpoint at which its part of the chain ends.
    pub end: Checkpoint,
}

impl Numbers {
    /// From numbers and kinds, lowest first.
    pub fn of<'a>(events: impl IntoIterator<Item = (i64, &'a str)>) -> Self {
        let mut numbers = Self::default();
        for (seq, kind) in events {
            match kind {
                "audit.intent" => numbers.intents.push(seq),
                "audit.decision" => numbers.decisions.push(seq),
                "audit.outcome" => numbers.outcomes.push(seq),
                _ => numbers.observations.push(seq),
            }
        }
        numbers
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        let Self { intents, decisions, observations, outcomes } = self;
        intents.len() + decisions.len() + observations.len() + outcomes.len()
    }
}

impl ResourceDraft {
    /// Says what it proves, and seals it. Its entries are not in it yet: see [`ResourceBundle::frame`].
    pub fn seal(self, key: &SigningKey, at: i64) -> ResourceBundle {
        let claim = Claim::of(&self.subject, self.before.as_ref(), &self.end, self.told);
        let Self { subject, told: _, contents, operations, left_out, before, end } = self;
        let previous = before.as_ref().map(|before| before.hash.clone()).unwrap_or_default();
        let mut bundle = ResourceBundle {
            format: RESOURCE_FORMAT.to_owned(),
            version: VERSION,
            subject,
            claim,
            contents,
            operations,
            left_out,
            before,
            chain: vec![Stretch { previous, entries: Vec::new(), checkpoint: end }],
            seal: Seal::default(),
        };
        bundle.seal = Seal::of(bundle.parts(), key, at);
        bundle
    }
}

impl Claim {
    /// What a part of the chain proves of a thing and a time: between two checkpoints, with events that tell what they are
    /// about or not.
    pub(super) fn of(asked: &Range, before: Option<&Checkpoint>, end: &Checkpoint, told: bool) -> Self {
        let (first, last) = (before.map_or(1, |before| before.seq + 1), end.seq);
        let spans = before.is_none_or(|before| before.at <= asked.from) && end.at >= asked.until;
        let mut proved = vec![format!(
            "Every event from {first} to {last} of the chain is in the file, whole or as a digest; none was changed."
        )];
        let mut not_proved = Vec::new();
        if told {
            proved.push(TOLD.to_owned());
        } else {
            not_proved.push(UNTOLD.to_owned());
        }
        if spans {
            proved.push(SPANS.to_owned());
            not_proved.push(LATE.to_owned());
        } else {
            not_proved.push(PARTLY.to_owned());
        }
        not_proved.push(RECORD.to_owned());
        Self { first, last, told, spans, proved, not_proved }
    }
}

const TOLD: &str = "No event about the thing, nor of an operation listed here, stands as a digest: the chain says of each \
    digest what it is not about.";
const UNTOLD: &str = "That no event about the thing stands as a digest: some are of an older version whose chain does not \
    say what they are about. It is the server's word, under its seal.";
const SPANS: &str = "Nothing that had its number in that time is missing: the file begins behind a checkpoint that was \
    signed before it, and ends at one that was signed after it.";
const LATE: &str =
    "What was written at the very end of that time and had its number only behind the last checkpoint.";
const PARTLY: &str =
    "That the file has all of that time: its checkpoints were not signed before it and after it.";
const RECORD: &str = "What the engine recorded of the steps of an operation beside its events: it is the server's word, \
    under its seal.";

impl ResourceBundle {
    /// What stands before its entries in the file and what stands behind them. The entries go between, each as JSON, with
    /// commas: so that a long one is written without being kept in memory.
    pub fn frame(&self) -> (String, String) {
        // None of the types has a map with keys that are no text: it cannot fail. A quotation mark inside of a text is
        // written with a backslash, so that this stands in it once.
        let all = serde_json::to_string(self).unwrap_or_default();
        let (head, tail) = all.rsplit_once(EMPTY).unwrap_or((&all, ""));
        (format!("{head}\"entries\":["), format!("]{tail}"))
    }

    /// The same with its entries.
    #[must_use]
    pub fn with(mut self, entries: Vec<Entry>) -> Self {
        if let Some(stretch) = self.chain.first_mut() {
            stretch.entries = entries;
        }
        self
    }
}

const EMPTY: &str = "\"entries\":[]";
