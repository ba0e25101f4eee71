//! A family of toy operations: steps of each `Repeat`, each `Undo` and each way to meet a deadline.

use super::{
    agents::Act,
    world::{Shared, World, pause},
};
use crate::{
    AtDeadline, Attempt, Choice, Danger, Declaration, Effect, FactsError, Intent, Lock, Observation,
    Operation, Performed, Plan, Repeat, Retry, Rule, Step, Trouble, Undo,
};
use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

pub(super) struct Build;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(super) struct BuildInput {
    #[schemars(with = "serde_json::Value")]
    pub(super) steps: Vec<Brick>,
}

/// A step that leaves an effect in the ledger, unless it is pure.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Brick {
    pub(super) name: String,
    pub(super) repeat: Repeat,
    pub(super) undo: Undo,
    pub(super) then: Then,
    /// Whether it waits for a person's word before it is over.
    #[serde(default)]
    pub(super) asks: bool,
}

/// What happens when its time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Then {
    Fail,
    Ask,
    GoOn,
}

impl Brick {
    pub(super) fn new(name: &str, repeat: Repeat) -> Self {
        let undo = match repeat {
            Repeat::Pure => Undo::Nothing,
            Repeat::Idempotent | Repeat::Observable | Repeat::Manual => {
                Undo::TakesBack("It is taken out.".to_owned())
            }
        };
        Self { name: name.to_owned(), repeat, undo, then: Then::Fail, asks: false }
    }

    /// What cannot be undone names itself in what is left, so that the ledger can be compared with it.
    pub(super) fn stays(self) -> Self {
        Self { undo: Undo::Cannot(format!("“{}” stays.", self.name)), ..self }
    }

    pub(super) fn then(self, then: Then) -> Self {
        Self { then, ..self }
    }

    /// It does nothing but wait for a person's word.
    pub(super) fn gate(name: &str) -> Self {
        Self { asks: true, ..Self::new(name, Repeat::Pure) }
    }

    pub(super) fn of_dice(name: &str, shared: &mut Shared) -> Self {
        let repeat = [
            Repeat::Pure,
            Repeat::Idempotent,
            Repeat::Idempotent,
            Repeat::Observable,
            Repeat::Observable,
            Repeat::Manual,
        ][shared.pick(6)];
        if repeat == Repeat::Pure && shared.chance(50) {
            return Self::gate(name);
        }
        let brick = Self::new(name, repeat).then([Then::Fail, Then::Ask, Then::GoOn][shared.pick(3)]);
        if repeat != Repeat::Pure && shared.chance(20) { brick.stays() } else { brick }
    }
}

#[async_trait]
impl Operation<World> for Build {
    const DECLARATION: Declaration = Declaration {
        id: "toy.build",
        version: 1,
        target: "toy",
        intent: Intent::SetUp,
        title: "Build toy",
        danger: Danger::Safe,
        steps: &["Lay each brick"],
        expected: "Every brick is there.",
        verified_by: "Somebody counts the bricks.",
        on_failure: "What was built is taken out again.",
        progress: "On the page of the toy.",
        evidence: "What was seen of each brick.",
        audit: "asked to build",
    };
    const RULES: &'static [Rule<()>] = &[];
    type Facts = ();
    type Input = BuildInput;
    type Step = Brick;

    fn usual_input() -> Option<BuildInput> {
        None
    }

    async fn facts(_: &World, _: &str, _: Option<&BuildInput>) -> Result<(), FactsError> {
        Ok(())
    }

    fn locks(target: &str, (): &()) -> Vec<Lock> {
        vec![Lock::exclusive(format!("toy/{target}"))]
    }

    fn plan((): &(), input: &BuildInput) -> Plan<Brick> {
        Plan::new().each(&input.steps, Brick::clone)
    }
}

#[async_trait]
impl Step<World> for Brick {
    fn title(&self) -> String {
        self.name.clone()
    }
    fn observed_by(&self) -> Option<String> {
        Some("Somebody counts.".to_owned())
    }
    fn undo_promise(&self) -> Undo {
        self.undo.clone()
    }
    fn repeat(&self) -> Repeat {
        self.repeat
    }
    fn deadline(&self) -> Duration {
        Duration::from_mins(1)
    }
    fn retry(&self) -> Retry {
        Retry { attempts: 3, wait: Duration::from_secs(2) }
    }

    fn at_deadline(&self) -> AtDeadline<Self> {
        let prop = Self::new(&format!("prop of {}", self.name), Repeat::Idempotent);
        match self.then {
            Then::Fail => AtDeadline::Fail,
            Then::GoOn => AtDeadline::GoOn,
            Then::Ask => AtDeadline::Ask {
                sentence: format!("“{}” takes long.", self.name),
                choices: vec![
                    choice("wait", Effect::Wait(Duration::from_secs(30))),
                    choice("retry", Effect::Retry),
                    choice("undo", Effect::Undo),
                    choice("prop", Effect::First(prop)),
                ],
            },
        }
    }

    fn asks(&self) -> Vec<Choice<Self>> {
        let named = [choice("pass", Effect::GoOn), choice("undo", Effect::Undo)];
        if self.asks { named.into() } else { vec![] }
    }

    fn offers(&self) -> Vec<Choice<Self>> {
        let pause = || choice("pause", Effect::First(Self::gate("pause")));
        if self.asks { vec![] } else { vec![pause()] }
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        if self.asks {
            pause().await;
            let sentence = format!("“{}” waits for a word.", self.name);
            return Ok(Performed::Asks { sentence, choices: vec!["pass", "undo"] });
        }
        if self.repeat == Repeat::Pure || self.repeat == Repeat::Idempotent {
            self.maybe_before(world, attempt).await;
        }
        self.call(world, attempt).await
    }

    async fn observe(&self, world: &World, attempt: &Attempt) -> Observation {
        self.look(world, attempt).await
    }

    async fn undo(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        self.maybe_before(world, attempt).await;
        self.call(world, attempt).await
    }

    async fn observe_undone(&self, world: &World, attempt: &Attempt) -> Observation {
        self.look(world, attempt).await
    }
}

impl Brick {
    /// Where everything is done twice, once before the call that counts.
    async fn maybe_before(&self, world: &World, attempt: &Attempt) {
        let twice = world.shared().faults.everything_twice;
        if twice {
            // What came of it is lost, as it is when a worker dies.
            let _lost = self.call(world, attempt).await;
        }
    }

    async fn call(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        pause().await;
        let answer = world.shared().act(&Act::new(self, attempt));
        pause().await;
        answer
    }

    async fn look(&self, world: &World, attempt: &Attempt) -> Observation {
        let twice = world.shared().faults.everything_twice;
        pause().await;
        if twice {
            let _first = world.shared().look(&Act::new(self, attempt));
        }
        let seen = world.shared().look(&Act::new(self, attempt));
        pause().await;
        seen
    }
}

fn choice(id: &'static str, effect: Effect<Brick>) -> Choice<Brick> {
    Choice { id, title: id, what: "It does so.".to_owned(), danger: Danger::Safe, effect }
}
