//! Steps: what is performed, how its result is seen, how it is undone.

use crate::{Clearing, Micros};
use async_trait::async_trait;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::time::Duration;

/// The unit of progress.
///
/// A step is stored as JSON with its operation's version, so that a restarted worker can read what an older one
/// planned. `perform` and `undo` are called again with the same [`Attempt`] after a crash (unless [`Repeat`] forbids it)
/// and while they answer [`Performed::Pending`].
#[async_trait]
pub trait Step<W: Sync>: Serialize + DeserializeOwned + Send + Sync {
    /// What it does.
    fn title(&self) -> String;
    /// How its success is seen; none when nobody looks, which the card then says.
    fn observed_by(&self) -> Option<String>;
    /// How it is undone, or why it cannot be.
    fn undo_promise(&self) -> Undo;
    /// What clears what it leaves when it cannot be taken back, or when taking it back does not work; none only for what has
    /// nothing to undo. A test of the product goes over every step.
    fn clearing(&self) -> Option<Clearing> {
        None
    }
    /// How safe repeating it is.
    fn repeat(&self) -> Repeat;
    /// By when its result should be seen.
    fn deadline(&self) -> Duration;
    /// How often it is tried when it surely did nothing.
    fn retry(&self) -> Retry {
        Retry { attempts: 3, wait: Duration::from_secs(2) }
    }
    /// What happens when the deadline passes.
    fn at_deadline(&self) -> AtDeadline<Self>
    where
        Self: Sized,
    {
        AtDeadline::Fail
    }
    /// What can be chosen when [`Performed::Asks`] names it.
    fn asks(&self) -> Vec<Choice<Self>>
    where
        Self: Sized,
    {
        Vec::new()
    }
    /// What a person may choose at any time while the operation is at this step, without being asked.
    fn offers(&self) -> Vec<Choice<Self>>
    where
        Self: Sized,
    {
        Vec::new()
    }

    /// Does it, or asks somebody to.
    async fn perform(&self, world: &W, attempt: &Attempt) -> Result<Performed, Trouble>;
    /// Looks whether it is so, independently of who was asked.
    async fn observe(&self, world: &W, attempt: &Attempt) -> Observation;
    /// Takes it back, or asks somebody to.
    async fn undo(&self, world: &W, attempt: &Attempt) -> Result<Performed, Trouble>;
    /// Looks whether it is taken back.
    async fn observe_undone(&self, world: &W, attempt: &Attempt) -> Observation;
}

/// One try of one step, the same for every repetition after a crash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The operation.
    pub operation: String,
    /// The step's stable key within it.
    pub step: u32,
    /// Which try, from 1.
    pub number: u32,
    /// Whether it is the undo.
    pub undoing: bool,
    /// The fencing token of the worker that asks; it only grows.
    pub fencing_token: i64,
    /// Now.
    pub now: Micros,
    /// When the try began.
    pub begun_at: Micros,
    /// By when the result should be seen.
    pub deadline_at: Micros,
}

impl Attempt {
    /// The idempotency key: the same for every repetition of this try, whoever repeats it.
    pub fn key(&self) -> String {
        let what = if self.undoing { "undo" } else { "do" };
        format!("{}/{}/{}/{what}", self.operation, self.step, self.number)
    }
}

/// How safe repeating a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repeat {
    /// It changes nothing.
    Pure,
    /// Repeat freely with the same key.
    Idempotent,
    /// Look before repeating.
    Observable,
    /// A person decides.
    Manual,
}

/// How often a step is tried when it surely did nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// Tries in all.
    pub attempts: u32,
    /// The wait before the second try; it doubles with each.
    pub wait: Duration,
}

/// How a step is undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "sentence", rename_all = "snake_case")]
pub enum Undo {
    /// There is nothing to undo.
    Nothing,
    /// It is taken back, and how.
    TakesBack(String),
    /// It cannot be, and what is left.
    Cannot(String),
}

impl Undo {
    /// The sentence on plan and page.
    pub fn sentence(&self) -> &str {
        match self {
            Self::Nothing => "Nothing to undo.",
            Self::TakesBack(sentence) | Self::Cannot(sentence) => sentence,
        }
    }
}

/// What happens when a step's deadline passes.
#[derive(Debug, Clone)]
pub enum AtDeadline<S> {
    /// It has failed; what was done is undone.
    Fail,
    /// A person chooses.
    Ask {
        /// What is the matter.
        sentence: String,
        /// What can be chosen.
        choices: Vec<Choice<S>>,
    },
    /// It is left as it is and the next step begins.
    GoOn,
}

/// Something a person can choose.
#[derive(Debug, Clone)]
pub struct Choice<S> {
    /// Stable word.
    pub id: &'static str,
    /// The button.
    pub title: &'static str,
    /// What it will do.
    pub what: String,
    /// Whether somebody notices or something is lost.
    pub danger: crate::Danger,
    /// What it does.
    pub effect: Effect<S>,
}

/// What a choice does.
#[derive(Debug, Clone)]
pub enum Effect<S> {
    /// Looks on for another while.
    Wait(Duration),
    /// Tries the step again.
    Retry,
    /// Undoes what was done.
    Undo,
    /// Does this first, then looks on.
    First(S),
    /// The step is over by this person's word, and the next one begins.
    GoOn,
}

/// What came of performing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Performed {
    /// The other side said yes.
    Acknowledged(String),
    /// Asked, no answer yet: perform is called again, with the same attempt.
    Pending {
        /// What is waited for.
        on: String,
        /// When to ask again, if nobody wakes the operation before.
        look_again: Duration,
    },
    /// It does not go on without a person: perform is called again once one has chosen.
    Asks {
        /// What is the matter.
        sentence: String,
        /// Which of [`Step::asks`] can be chosen now, in this order.
        choices: Vec<&'static str>,
    },
}

/// What went wrong when performing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// It surely did nothing; trying again may work.
    #[error("{0}")]
    Retry(String),
    /// It surely did nothing, and trying again would not help.
    #[error("{0}")]
    Refused(String),
    /// It did not work, and may have left something: trying again would not help, taking it back does.
    #[error("{0}")]
    Failed(String),
    /// Nobody knows whether it did something.
    #[error("{0}")]
    Unknown(String),
}

/// What was seen when looking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Observation {
    /// It is so.
    Seen {
        /// What was seen.
        sentence: String,
        /// The same for machines; kept as evidence.
        evidence: Value,
    },
    /// It is not so yet.
    NotYet {
        /// What was seen instead.
        sentence: String,
        /// When to look again, if nobody wakes the operation before.
        look_again: Duration,
    },
    /// It surely was not done: repeating is safe.
    Absent(String),
    /// It will not become so.
    Contrary(String),
    /// Looking did not work.
    CannotTell {
        /// Why.
        sentence: String,
        /// When to look again.
        look_again: Duration,
    },
}

impl Observation {
    /// Seen, with evidence.
    pub fn seen(sentence: impl Into<String>, evidence: Value) -> Self {
        Self::Seen { sentence: sentence.into(), evidence }
    }

    /// Not so yet; somebody wakes us, and we look again anyway after a while.
    pub fn not_yet(sentence: impl Into<String>, look_again: Duration) -> Self {
        Self::NotYet { sentence: sentence.into(), look_again }
    }
}
