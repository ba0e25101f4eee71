//! The other side: agents that act now, late, never or unheard, and the ledger of what they really did.

use super::{
    toy::Brick,
    world::{SECOND, Shared},
};
use crate::{Attempt, Micros, Observation, Performed, Repeat, Trouble};
use serde_json::json;
use std::{collections::BTreeMap, time::Duration};

#[derive(Clone, Default)]
pub(super) struct Agents {
    /// What was really done, never shortened.
    pub(super) ledger: Vec<LedgerLine>,
    pub(super) letters: Vec<Letter>,
    /// The highest fencing token that was seen of each operation.
    fences: BTreeMap<String, i64>,
    /// Calls that were told a deadline which is not in the future.
    pub(super) late_calls: usize,
    /// How agents answer the next calls for a step (its key, and whether it is undone); used up in order.
    pub(super) script: BTreeMap<(u32, bool), Vec<Behaviour>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LedgerLine {
    pub(super) operation: String,
    pub(super) step: u32,
    key: String,
    pub(super) undone: bool,
}

/// A call that is not answered at once.
#[derive(Debug, Clone)]
pub(super) struct Letter {
    act: Act,
    pub(super) due: Option<Micros>,
    fails: bool,
    pub(super) answered: bool,
    /// It came from a worker that another had taken over from. That is known of this order from then on, whoever asks: asking again
    /// under its key is no new order.
    refused: bool,
}

/// What is asked of an agent.
#[derive(Debug, Clone)]
pub(super) struct Act {
    pub(super) operation: String,
    step: u32,
    number: u32,
    key: String,
    undoing: bool,
    repeat: Repeat,
    token: i64,
    is_late: bool,
    begun_at: Micros,
}

impl Act {
    pub(super) fn new(brick: &Brick, attempt: &Attempt) -> Self {
        Self {
            operation: attempt.operation.clone(),
            step: attempt.step,
            number: attempt.number,
            key: attempt.key(),
            undoing: attempt.undoing,
            repeat: brick.repeat,
            token: attempt.fencing_token,
            is_late: attempt.deadline_at <= attempt.now,
            begun_at: attempt.begun_at,
        }
    }
}

/// How an agent answers a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Behaviour {
    Acts,
    ActsLate,
    FailsLate,
    Never,
    ActsUnheard,
    IsNotReached,
    FailsSurely,
    Refuses,
    OnlySaysYes,
}

impl Behaviour {
    pub(super) const ALL: [Self; 9] = [
        Self::Acts,
        Self::ActsLate,
        Self::FailsLate,
        Self::Never,
        Self::ActsUnheard,
        Self::IsNotReached,
        Self::FailsSurely,
        Self::Refuses,
        Self::OnlySaysYes,
    ];
}

impl Shared {
    /// Somebody calls. The answer speaks of this call alone, unless it is the answer to a letter.
    pub(super) fn act(&mut self, act: &Act) -> Result<Performed, Trouble> {
        if !self.admits(act) {
            return Err(Trouble::Refused("Another worker asks now.".to_owned()));
        }
        self.demand_intent(act);
        self.demand_that_it_began_before(act);
        self.agents.late_calls += usize::from(act.is_late);
        if let Some(letter) = self.agents.letters.iter_mut().find(|letter| letter.act.key == act.key) {
            letter.act.token = letter.act.token.max(act.token);
            return match (letter.answered, letter.fails || letter.refused) {
                (false, _) => Ok(pending()),
                (true, false) => Ok(yes()),
                (true, true) => Err(Trouble::Retry("The agent could not.".to_owned())),
            };
        }
        match self.behaviour(act) {
            Behaviour::Acts => {
                self.carry_out(act);
                Ok(yes())
            }
            Behaviour::ActsLate => Ok(self.post(act, true, false)),
            Behaviour::FailsLate => Ok(self.post(act, true, true)),
            Behaviour::Never => Ok(self.post(act, false, false)),
            Behaviour::ActsUnheard => {
                self.carry_out(act);
                Err(Trouble::Unknown("The answer was lost.".to_owned()))
            }
            Behaviour::IsNotReached => Err(Trouble::Unknown("No answer came.".to_owned())),
            Behaviour::FailsSurely => Err(Trouble::Retry("The connection was refused.".to_owned())),
            Behaviour::Refuses => Err(Trouble::Refused("The agent refuses.".to_owned())),
            Behaviour::OnlySaysYes => Ok(yes()),
        }
    }

    /// Somebody looks. An agent that was looked at by a newer worker takes nothing from an older one any more.
    pub(super) fn look(&mut self, act: &Act) -> Observation {
        let admitted = self.admits(act);
        let fooled = self.faults.agents && self.chance(25);
        match if fooled { self.pick(20) } else { 20 } {
            0 => return Observation::Contrary("It broke.".to_owned()),
            1..=8 => {
                let sentence = "Nobody answers.".to_owned();
                return Observation::CannotTell { sentence, look_again: Duration::from_secs(10) };
            }
            9..=19 => return Observation::not_yet("It is not reported yet.", Duration::from_secs(4)),
            _ => {}
        }
        let is_done =
            if act.undoing { self.live(act) == 0 && !self.expects(act, false) } else { self.live(act) > 0 };
        if is_done || act.repeat == Repeat::Pure {
            Observation::seen("It is so.", json!({ "live": self.live(act) }))
        } else if self.expects(act, act.undoing) || !admitted {
            Observation::not_yet("The agent works on it.", Duration::from_secs(7))
        } else {
            Observation::Absent("It is not there.".to_owned())
        }
    }

    /// A letter arrives at its agent.
    pub(super) fn deliver(&mut self, index: usize) {
        let letter = self.agents.letters[index].clone();
        self.agents.letters[index].answered = true;
        if !self.admits(&letter.act) {
            self.agents.letters[index].refused = true;
            return;
        }
        if !letter.fails {
            self.carry_out(&letter.act);
        }
        if self.chance(70) {
            self.wake(&letter.act.operation);
        }
    }

    /// Even what would never have arrived arrives now.
    pub(super) fn answer_letters(&mut self) {
        self.agents.letters.iter_mut().for_each(|letter| letter.due = Some(self.now));
    }

    /// Letters that could arrive now.
    pub(super) fn due_letters(&self) -> Vec<usize> {
        let due = |letter: &Letter| !letter.answered && letter.due.is_some_and(|due| due <= self.now);
        (0..self.agents.letters.len()).filter(|index| due(&self.agents.letters[*index])).collect()
    }

    /// Remembers the highest token, and lets nothing with a lower one pass.
    fn admits(&mut self, act: &Act) -> bool {
        let fence = self.agents.fences.entry(act.operation.clone()).or_insert(act.token);
        *fence = act.token.max(*fence);
        *fence == act.token || !self.faults.fenced
    }

    fn carry_out(&mut self, act: &Act) {
        let agents = &mut self.agents;
        let same = |operation: &str, step: u32| operation == act.operation && step == act.step;
        if act.undoing {
            agents
                .letters
                .retain(|letter| letter.act.undoing || !same(&letter.act.operation, letter.act.step));
            agents
                .ledger
                .iter_mut()
                .filter(|line| same(&line.operation, line.step))
                .for_each(|line| line.undone = true);
            return;
        }
        if act.repeat != Repeat::Pure && !agents.has_done(act) {
            let (operation, key) = (act.operation.clone(), act.key.clone());
            agents.ledger.push(LedgerLine { operation, step: act.step, key, undone: false });
        }
    }

    fn post(&mut self, act: &Act, arrives: bool, fails: bool) -> Performed {
        // Answers to letters speak of the whole try, so an agent that has done it already says so.
        if self.agents.has_done(act) {
            return yes();
        }
        let seconds = if self.faults.agents { self.dice_up_to(90) } else { 30 };
        let delay = Micros::from(seconds) * SECOND;
        let due = arrives.then_some(self.now + delay);
        self.agents.letters.push(Letter { act: act.clone(), due, fails, answered: false, refused: false });
        pending()
    }

    fn dice_up_to(&mut self, most: u8) -> u8 {
        u8::try_from(self.pick(usize::from(most))).unwrap_or(most)
    }

    fn behaviour(&mut self, act: &Act) -> Behaviour {
        if let Some(script) =
            self.agents.script.get_mut(&(act.step, act.undoing)).filter(|script| !script.is_empty())
        {
            return script.remove(0);
        }
        if !self.faults.agents || self.chance(55) {
            return Behaviour::Acts;
        }
        Behaviour::ALL[self.pick(Behaviour::ALL.len())]
    }

    fn live(&self, act: &Act) -> usize {
        self.agents.live(&act.operation, act.step)
    }

    /// Whether a letter is on its way, forward or back, that its agent would still take.
    fn expects(&self, act: &Act, undoing: bool) -> bool {
        let fence = self.agents.fences.get(&act.operation).copied().unwrap_or_default();
        self.agents.letters.iter().filter(|letter| !letter.answered && letter.act.undoing == undoing).any(
            |letter| {
                let admitted = letter.act.token >= fence || !self.faults.fenced;
                admitted && letter.act.operation == act.operation && letter.act.step == act.step
            },
        )
    }

    /// While everything stands still, only what had begun before is finished.
    fn demand_that_it_began_before(&mut self, act: &Act) {
        if self.store.still_since.is_some_and(|since| act.begun_at > since) {
            self.violation(format!("{} began while everything stands still", act.key));
        }
    }

    /// Durable before effect: what is asked of an agent was written down before.
    fn demand_intent(&mut self, act: &Act) {
        let kind = if act.undoing { "step.undo_begun" } else { "step.begun" };
        let begun = self
            .store
            .notes_of(&act.operation)
            .filter(|note| note.kind == kind && note.step == Some(act.step));
        let needed = if act.undoing { 1 } else { act.number as usize };
        if begun.count() < needed {
            self.violation(format!("{} was asked before it was written down", act.key));
        }
    }
}

impl Agents {
    fn has_done(&self, act: &Act) -> bool {
        act.repeat == Repeat::Idempotent && !act.undoing && self.ledger.iter().any(|line| line.key == act.key)
    }

    /// Effects of a step that are still there.
    pub(super) fn live(&self, operation: &str, step: u32) -> usize {
        self.ledger
            .iter()
            .filter(|line| line.operation == operation && line.step == step && !line.undone)
            .count()
    }

    /// Effects of a step that ever were.
    pub(super) fn ever(&self, operation: &str, step: u32) -> usize {
        self.ledger.iter().filter(|line| line.operation == operation && line.step == step).count()
    }
}

fn yes() -> Performed {
    Performed::Acknowledged("The agent said yes.".to_owned())
}

fn pending() -> Performed {
    Performed::Pending {
        on: "The agent has not answered yet.".to_owned(),
        look_again: Duration::from_secs(5),
    }
}
