//! The register: operations of different types side by side, and what they answer about a target.

use crate::{
    AtDeadline, Attempt, Blocker, Choice, Declaration, Effect, FactsError, InputError, Lock, Observation,
    Operation, Performed, Plan, RuleOutcome, Step, StepRecord, StepState, StoredAtDeadline, StoredChoice,
    StoredEffect, Trouble, Undo,
};
use async_trait::async_trait;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{marker::PhantomData, sync::Arc, time::Duration};

/// Every operation there is.
pub struct Register<W: Sync + 'static> {
    operations: Vec<Arc<dyn AnyOperation<W>>>,
}

impl<W: Sync + 'static> Default for Register<W> {
    fn default() -> Self {
        Self { operations: Vec::new() }
    }
}

impl<W: Sync + 'static> Register<W> {
    /// The same with one more.
    #[must_use]
    pub fn with<O: Operation<W>>(mut self) -> Self {
        self.operations.push(Arc::new(Erased::<W, O>(PhantomData)));
        self
    }

    /// Finds one by its id.
    pub fn find(&self, id: &str) -> Option<&Arc<dyn AnyOperation<W>>> {
        self.operations.iter().find(|operation| operation.declaration().id == id)
    }

    /// All of them, in the order of the register.
    pub fn all(&self) -> &[Arc<dyn AnyOperation<W>>] {
        &self.operations
    }
}

/// An operation whose types are forgotten.
#[async_trait]
pub trait AnyOperation<W: Sync>: Send + Sync {
    /// Its words.
    fn declaration(&self) -> &'static Declaration;
    /// Whether it lets somebody in: see [`Operation::LETS_IN`].
    fn lets_in(&self) -> bool;
    /// Why nothing holds it back: see [`Operation::NEVER_HELD_BACK`].
    fn never_held_back(&self) -> Option<&'static str>;
    /// The JSON Schema of its input.
    fn input_schema(&self) -> Value;
    /// The input of its card, when it needs no asking.
    fn usual_input(&self) -> Option<Value>;
    /// The codes of its rules and the sentences when they hold.
    fn rules(&self) -> Vec<(&'static str, &'static str)>;
    /// Its judgement on a target today. Changes nothing. Without an input: for a card.
    async fn evaluate(
        &self,
        world: &W,
        target: &str,
        input: Option<&Value>,
    ) -> Result<Evaluated, EvaluateError>;
    /// Reads a stored step.
    fn step(&self, version: u32, payload: &Value) -> Result<Box<dyn AnyStep<W>>, String>;
}

/// A step whose type is forgotten.
#[async_trait]
pub trait AnyStep<W: Sync>: Send + Sync {
    /// See [`Step::perform`].
    async fn perform(&self, world: &W, attempt: &Attempt) -> Result<Performed, Trouble>;
    /// See [`Step::observe`].
    async fn observe(&self, world: &W, attempt: &Attempt) -> Observation;
    /// See [`Step::undo`].
    async fn undo(&self, world: &W, attempt: &Attempt) -> Result<Performed, Trouble>;
    /// See [`Step::observe_undone`].
    async fn observe_undone(&self, world: &W, attempt: &Attempt) -> Observation;
}

/// An operation's judgement on a target.
#[derive(Debug, Clone)]
pub struct Evaluated {
    /// Each rule, judged.
    pub rules: Vec<RuleOutcome>,
    /// The input as it was understood; none for a card that needs asking.
    pub input: Option<Value>,
    /// What it would do; empty without an input.
    pub steps: Vec<StepRecord>,
    /// Who will notice.
    pub blast_radius: Vec<String>,
    /// Facts it stands on beyond rules and steps.
    pub revisions: Vec<(String, String)>,
    /// What it would lock.
    pub locks: Vec<Lock>,
    /// Covers everything a person decides on, lower-case hex SHA-256.
    pub hash: String,
}

impl Evaluated {
    /// What is in the way.
    pub fn blockers(&self) -> impl Iterator<Item = (&str, &Blocker)> {
        self.rules
            .iter()
            .filter_map(|rule| rule.blocker.as_ref().map(|blocker| (rule.code.as_str(), blocker)))
    }
}

/// Why there is no judgement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EvaluateError {
    /// The input is wrong, and where.
    #[error("the input is wrong")]
    Input(Vec<InputError>),
    /// There is no such target.
    #[error("there is no such target")]
    NoTarget,
    /// Asking again may work.
    #[error("{0}")]
    Unavailable(String),
}

/// Forgets the types of an operation.
pub struct Erased<W, O>(PhantomData<fn(W) -> O>);

#[async_trait]
impl<W: Sync + 'static, O: Operation<W>> AnyOperation<W> for Erased<W, O> {
    fn declaration(&self) -> &'static Declaration {
        const { &O::DECLARATION }
    }

    fn lets_in(&self) -> bool {
        O::LETS_IN
    }

    fn never_held_back(&self) -> Option<&'static str> {
        O::NEVER_HELD_BACK
    }

    fn input_schema(&self) -> Value {
        schemars::schema_for!(O::Input).to_value()
    }

    fn usual_input(&self) -> Option<Value> {
        O::usual_input().and_then(|input| serde_json::to_value(input).ok())
    }

    fn rules(&self) -> Vec<(&'static str, &'static str)> {
        O::RULES.iter().map(|rule| (rule.code, rule.holds)).collect()
    }

    async fn evaluate(
        &self,
        world: &W,
        target: &str,
        input: Option<&Value>,
    ) -> Result<Evaluated, EvaluateError> {
        let input = match input {
            Some(given) => Some(read_input::<W, O>(given)?),
            None => O::usual_input(),
        };
        let facts = O::facts(world, target, input.as_ref()).await.map_err(|error| match error {
            FactsError::NoTarget => EvaluateError::NoTarget,
            FactsError::Input(errors) => EvaluateError::Input(errors),
            FactsError::Unavailable(why) => EvaluateError::Unavailable(why),
        })?;
        let rules = O::RULES.iter().map(|rule| RuleOutcome {
            code: rule.code.to_owned(),
            holds: rule.holds.to_owned(),
            blocker: (rule.check)(&facts).err(),
        });
        let rules: Vec<_> = rules.collect();
        let plan = input.as_ref().map_or_else(Plan::new, |input| O::plan(&facts, input));
        let steps: Vec<_> = (1u32..).zip(&plan.steps).map(|(key, step)| stored(key, step)).collect();
        let input = input.and_then(|input| serde_json::to_value(input).ok());
        let hash = plan_hash(&O::DECLARATION, target, input.as_ref(), &rules, &steps, &plan);
        let locks = O::locks(target, &facts);
        Ok(Evaluated {
            rules,
            input,
            steps,
            blast_radius: plan.blast_radius,
            revisions: plan.revisions,
            locks,
            hash,
        })
    }

    fn step(&self, version: u32, payload: &Value) -> Result<Box<dyn AnyStep<W>>, String> {
        if version != O::DECLARATION.version {
            return Err(format!(
                "it was planned with version {version} of {}, this program has version {}",
                O::DECLARATION.id,
                O::DECLARATION.version
            ));
        }
        let step: O::Step = serde_json::from_value(payload.clone()).map_err(|error| error.to_string())?;
        Ok(Box::new(ErasedStep(step)))
    }
}

struct ErasedStep<S>(S);

#[async_trait]
impl<W: Sync, S: Step<W>> AnyStep<W> for ErasedStep<S> {
    async fn perform(&self, world: &W, attempt: &Attempt) -> Result<Performed, Trouble> {
        self.0.perform(world, attempt).await
    }
    async fn observe(&self, world: &W, attempt: &Attempt) -> Observation {
        self.0.observe(world, attempt).await
    }
    async fn undo(&self, world: &W, attempt: &Attempt) -> Result<Performed, Trouble> {
        self.0.undo(world, attempt).await
    }
    async fn observe_undone(&self, world: &W, attempt: &Attempt) -> Observation {
        self.0.observe_undone(world, attempt).await
    }
}

fn read_input<W: Sync + 'static, O: Operation<W>>(given: &Value) -> Result<O::Input, EvaluateError> {
    // An absent input means an empty one: `{}` with every default.
    let given = if given.is_null() { json!({}) } else { given.clone() };
    if !given.is_object() {
        // Derived structs also read lists, which would say what is meant by position only.
        return Err(EvaluateError::Input(vec![InputError::at(
            "",
            "The input is an object with named parts.",
        )]));
    }
    let input: O::Input = serde_json::from_value(given).map_err(|error| {
        EvaluateError::Input(vec![InputError::at(
            "",
            format!("The input does not have the form it needs: {error}."),
        )])
    })?;
    O::check_input(&input).map_err(EvaluateError::Input)?;
    Ok(input)
}

fn stored<W: Sync, S: Step<W>>(key: u32, step: &S) -> StepRecord {
    let at_deadline = match step.at_deadline() {
        AtDeadline::Fail => StoredAtDeadline::Fail,
        AtDeadline::GoOn => StoredAtDeadline::GoOn,
        AtDeadline::Ask { sentence, choices } => StoredAtDeadline::Ask {
            sentence,
            choices: choices.into_iter().map(stored_choice::<W, S>).collect(),
        },
    };
    StepRecord {
        key,
        payload: serde_json::to_value(step).unwrap_or(Value::Null),
        title: step.title(),
        observed_by: step.observed_by(),
        undo: step.undo_promise(),
        clearing: step.clearing(),
        repeat: step.repeat(),
        deadline: step.deadline(),
        retry: step.retry(),
        at_deadline,
        asks: step.asks().into_iter().map(stored_choice::<W, S>).collect(),
        offers: step.offers().into_iter().map(stored_choice::<W, S>).collect(),
        state: StepState::Pending,
        attempts: 0,
        begun_at: None,
        deadline_at: None,
        acknowledged_at: None,
        observed_at: None,
        finished_at: None,
        not_before: None,
        last_observation: None,
        in_flight: false,
        may_have_acted: false,
        acted_before: false,
        settled_back: false,
    }
}

fn stored_choice<W: Sync, S: Step<W>>(choice: Choice<S>) -> StoredChoice {
    let effect = match choice.effect {
        Effect::Wait(duration) => StoredEffect::Wait { duration },
        Effect::Retry => StoredEffect::Retry,
        Effect::Undo => StoredEffect::Undo,
        Effect::GoOn => StoredEffect::GoOn,
        // Its key is given when it is put in front.
        Effect::First(step) => StoredEffect::First { step: Box::new(stored::<W, S>(0, &step)) },
    };
    StoredChoice {
        id: choice.id.to_owned(),
        title: choice.title.to_owned(),
        what: choice.what,
        danger: choice.danger,
        effect,
    }
}

#[derive(Serialize)]
struct Hashed<'a> {
    operation: &'a str,
    version: u32,
    target: &'a str,
    input: Option<&'a Value>,
    rules: Vec<(&'a str, bool)>,
    steps: Vec<(&'a Value, &'a str, &'a Undo, Duration)>,
    blast_radius: &'a [String],
    revisions: &'a [(String, String)],
}

/// Covers what a person decides on: not every heartbeat, but every changed outcome.
fn plan_hash<S>(
    declaration: &Declaration,
    target: &str,
    input: Option<&Value>,
    rules: &[RuleOutcome],
    steps: &[StepRecord],
    plan: &Plan<S>,
) -> String {
    let hashed = Hashed {
        operation: declaration.id,
        version: declaration.version,
        target,
        input,
        rules: rules.iter().map(|rule| (rule.code.as_str(), rule.blocker.is_none())).collect(),
        steps: steps.iter().map(|s| (&s.payload, s.title.as_str(), &s.undo, s.deadline)).collect(),
        blast_radius: &plan.blast_radius,
        revisions: &plan.revisions,
    };
    let text = serde_json::to_vec(&hashed).unwrap_or_default();
    hex::encode(Sha256::digest(text))
}
