//! What an operation declares: its words, its rules, its plan.

use crate::{Lock, Plan, Step};
use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// One intent carried out on one kind of target, declared whole.
///
/// `W` is the world that facts are read from and steps act on.
#[async_trait]
pub trait Operation<W: Sync + 'static>: Send + Sync + 'static {
    /// Everything about it that is only words.
    const DECLARATION: Declaration;
    /// Its rules, in the order they are shown.
    const RULES: &'static [Rule<Self::Facts>];
    /// Whether a browser has to give the password again although nothing is destroyed: what lets somebody in is not for a
    /// browser that was left open.
    const LETS_IN: bool = false;
    /// Why nothing holds it back: no standstill, no time to undo it in, no second person. None for what waits like
    /// everything else.
    const NEVER_HELD_BACK: Option<&'static str> = None;
    /// What rules and plan look at.
    type Facts: Send + Sync;
    /// What it is asked with.
    type Input: Serialize + DeserializeOwned + JsonSchema + Send + Sync;
    /// What it does.
    type Step: Step<W> + 'static;

    /// Refuses an input that cannot be meant, with a sentence for each field.
    fn check_input(_input: &Self::Input) -> Result<(), Vec<InputError>> {
        Ok(())
    }

    /// The input of the card, when it can be shown and planned without asking for one.
    fn usual_input() -> Option<Self::Input>;

    /// Looks at the target. Without an input for a card that needs one.
    async fn facts(world: &W, target: &str, input: Option<&Self::Input>) -> Result<Self::Facts, FactsError>;

    /// What must not be touched by others meanwhile.
    fn locks(target: &str, facts: &Self::Facts) -> Vec<Lock>;

    /// What it will do.
    fn plan(facts: &Self::Facts, input: &Self::Input) -> Plan<Self::Step>;
}

/// The words of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Declaration {
    /// `node.drain`.
    pub id: &'static str,
    /// Grows when stored steps of an older version could not be read any more.
    pub version: u32,
    /// The kind of its target: `node`.
    pub target: &'static str,
    /// The group its card stands in.
    pub intent: Intent,
    /// Verb and noun.
    pub title: &'static str,
    /// What it can cost.
    pub danger: Danger,
    /// What it does, in order, for whoever reads the catalogue; the plan says it for a target.
    pub steps: &'static [&'static str],
    /// What will be true afterwards.
    pub expected: &'static str,
    /// How that is verified.
    pub verified_by: &'static str,
    /// What happens when it fails.
    pub on_failure: &'static str,
    /// Where progress is followed.
    pub progress: &'static str,
    /// What evidence it leaves.
    pub evidence: &'static str,
    /// The sentence of its audit event: `asked to drain`.
    pub audit: &'static str,
}

/// What carrying an operation out can cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Danger {
    /// Nobody notices.
    Safe,
    /// Somebody notices.
    Disruptive,
    /// Data or a machine is lost.
    Destructive,
}

/// The group a card stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// Look.
    Inspect,
    /// Bring something new.
    SetUp,
    /// Keep going.
    Maintain,
    /// Mend.
    Repair,
    /// Deal with what went wrong.
    Recover,
    /// Decide what runs where.
    Scheduling,
    /// Install and re-install.
    Provisioning,
    /// Take out.
    Retirement,
    /// Lose something.
    Destructive,
}

/// A precondition: it holds, or it answers with a sentence and a way out.
pub struct Rule<F> {
    /// Stable word.
    pub code: &'static str,
    /// The sentence when it holds.
    pub holds: &'static str,
    /// Looks at the facts.
    pub check: fn(&F) -> Result<(), Blocker>,
}

/// Why a precondition does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocker {
    /// What is in the way, for people.
    pub sentence: String,
    /// What was looked at.
    pub evidence: Option<String>,
    /// The operation or page that would unblock it.
    pub unblocked_by: Option<String>,
}

impl Blocker {
    /// A blocker with its sentence.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), evidence: None, unblocked_by: None }
    }

    /// The same with what would unblock it.
    #[must_use]
    pub fn unblocked_by(mut self, what: &str) -> Self {
        self.unblocked_by = Some(what.to_owned());
        self
    }
}

/// A rule, judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleOutcome {
    /// Stable word.
    pub code: String,
    /// What holds, for people.
    pub holds: String,
    /// Why it does not.
    pub blocker: Option<Blocker>,
}

/// A part of an input that was wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputError {
    /// JSON pointer into the input (RFC 6901).
    pub pointer: String,
    /// What to write instead.
    pub sentence: String,
}

impl InputError {
    /// An error at a field.
    pub fn at(pointer: &str, sentence: impl Into<String>) -> Self {
        Self { pointer: pointer.to_owned(), sentence: sentence.into() }
    }
}

/// Why the facts of a target could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FactsError {
    /// There is no such target.
    #[error("there is no such target")]
    NoTarget,
    /// The input names something that is not there; where and what to write instead.
    #[error("the input names something that is not there")]
    Input(Vec<InputError>),
    /// They could not be read now; asking again may work.
    #[error("the facts could not be read: {0}")]
    Unavailable(String),
}
