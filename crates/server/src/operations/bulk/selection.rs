//! Which targets a bulk includes and which it leaves out, and why: each is judged as if it were asked for alone.

use super::super::register;
use super::super::world::{World, no_facts};
use super::input::BulkInput;
use super::over::Whose;
use crate::store::db::StoreError;
use crate::store::{nodes, workloads};
use operations::{
    AnyOperation, Danger, Declaration, EvaluateError, Evaluated, FactsError, InputError, Register,
};
use read_models::ids::{NodeId, WorkloadId};
use read_models::operation::{Target, TargetKind};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, LazyLock};

/// A register of its own: the world has none.
static REGISTER: LazyLock<Register<World>> = LazyLock::new(register);

/// What a person looked at for one target, as far as they would notice that it is different.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Looked {
    /// The codes of the rules that held.
    pub(crate) held: Vec<String>,
    /// The titles of its steps.
    pub(crate) steps: Vec<String>,
    /// Who notices.
    pub(crate) noticed_by: Vec<String>,
}

/// A target that is included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Included {
    pub(crate) target: Target,
    pub(crate) name: String,
    pub(crate) plan_hash: String,
    pub(crate) looked: Looked,
}

/// A target that is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LeftOut {
    pub(crate) target: Target,
    pub(crate) name: String,
    pub(crate) why: String,
    /// The operation or page that would unblock it.
    pub(crate) unblocked_by: Option<String>,
}

/// A selection, judged: those that come first stand first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Selection {
    pub(crate) operation: String,
    pub(crate) title: String,
    pub(crate) included: Vec<Included>,
    pub(crate) left_out: Vec<LeftOut>,
}

impl Looked {
    /// What is there to be looked at today.
    pub(crate) fn of(evaluated: &Evaluated) -> Self {
        let held = evaluated.rules.iter().filter(|rule| rule.blocker.is_none());
        Self {
            held: held.map(|rule| rule.code.clone()).collect(),
            steps: evaluated.steps.iter().map(|step| step.title.clone()).collect(),
            noticed_by: evaluated.blast_radius.clone(),
        }
    }

    /// What a person would notice between then and what is judged today.
    pub(crate) fn differences(&self, today: &Evaluated) -> Vec<String> {
        let now = Self::of(today);
        let fails = today.rules.iter().filter(|rule| self.held.contains(&rule.code));
        let mut found: Vec<String> =
            fails.filter_map(|rule| rule.blocker.as_ref().map(|blocker| blocker.sentence.clone())).collect();
        let new = now.steps.iter().filter(|title| !self.steps.contains(title));
        found.extend(new.map(|title| format!("New step: {title}.")));
        let gone = self.steps.iter().filter(|title| !now.steps.contains(title));
        found.extend(gone.map(|title| format!("No longer a step: {title}.")));
        if found.is_empty() && self.noticed_by != now.noticed_by {
            found.push("Somebody else would notice than was planned.".to_owned());
        }
        if found.is_empty() {
            found.push("What it stands on is another than was planned.".to_owned());
        }
        found
    }
}

impl Selection {
    /// Judges each target.
    pub(super) async fn judge(world: &World, whose: &Whose, input: &BulkInput) -> Result<Self, FactsError> {
        let Some(operation) = REGISTER.find(&input.operation) else {
            return Err(FactsError::Input(vec![InputError::at("/operation", "There is no such operation.")]));
        };
        let title = operation.declaration().title.to_owned();
        let mut judged = Self { operation: input.operation.clone(), title, ..Self::default() };
        let mut seen: Vec<&str> = Vec::new();
        for id in &input.targets {
            if !seen.contains(&id.as_str()) {
                seen.push(id);
                judged.judge_one(world, operation, (whose, id), input).await?;
            }
        }
        Ok(judged)
    }

    async fn judge_one(
        &mut self,
        world: &World,
        operation: &Arc<dyn AnyOperation<World>>,
        (whose, id): (&Whose, &str),
        input: &BulkInput,
    ) -> Result<(), FactsError> {
        let target = Target { kind: self.kind(), id: id.to_owned() };
        let Some(name) = name_of(world, whose, id).await? else {
            self.leaves_out(target, id.to_owned(), nobody(whose).to_owned(), None);
            return Ok(());
        };
        match operation.evaluate(world, id, Some(&input.of_each())).await {
            Ok(evaluated) => {
                if evaluated.blockers().next().is_some() {
                    let way = evaluated.blockers().find_map(|(_, blocker)| blocker.unblocked_by.clone());
                    self.leaves_out(target, name, why_not(&evaluated), way);
                    return Ok(());
                }
                let looked = Looked::of(&evaluated);
                self.included.push(Included { target, name, plan_hash: evaluated.hash, looked });
                Ok(())
            }
            Err(EvaluateError::NoTarget) => {
                self.leaves_out(target, name, "It is not there any more.".to_owned(), None);
                Ok(())
            }
            Err(EvaluateError::Unavailable(why)) => Err(FactsError::Unavailable(why)),
            Err(EvaluateError::Input(errors)) => {
                Err(FactsError::Input(errors.into_iter().map(inside).collect()))
            }
        }
    }

    fn leaves_out(&mut self, target: Target, name: String, why: String, unblocked_by: Option<String>) {
        self.left_out.push(LeftOut { target, name, why, unblocked_by });
    }

    /// `9 of 11 nodes`.
    pub(crate) fn how_many(&self) -> String {
        let (included, all) = (self.included.len(), self.included.len() + self.left_out.len());
        let word = self.kind().word();
        match (included, all) {
            (1, 1) => format!("1 {word}"),
            (some, all) if some == all => format!("{all} {word}s"),
            (some, all) => format!("{some} of {all} {word}s"),
        }
    }

    /// What its targets are: what the operation each of them gets is carried out on.
    pub(crate) fn kind(&self) -> TargetKind {
        self.declaration().and_then(|known| TargetKind::parse(known.target)).unwrap_or(TargetKind::Node)
    }

    /// The words of the operation each of them gets.
    pub(crate) fn declaration(&self) -> Option<&'static Declaration> {
        REGISTER.find(&self.operation).map(|known| known.declaration())
    }
}

/// What it costs to go on with an operation on many: what it costs on one, and never nothing.
pub(super) fn danger_of(operation: &str) -> Danger {
    match REGISTER.find(operation).map(|known| known.declaration().danger) {
        Some(Danger::Destructive) => Danger::Destructive,
        Some(Danger::Safe | Danger::Disruptive) | None => Danger::Disruptive,
    }
}

/// What is wrong with what each of them would be asked with.
fn inside(error: InputError) -> InputError {
    InputError { pointer: format!("/with{}", error.pointer), ..error }
}

/// Which rules do not hold, without what moves in a blocker's sentence (`No heartbeat for 12 s`): the plan's hash covers it.
fn why_not(evaluated: &Evaluated) -> String {
    let broken = evaluated.rules.iter().filter(|rule| rule.blocker.is_some());
    let rules: Vec<_> = broken.map(|rule| format!("“{}”", rule.holds.trim_end_matches('.'))).collect();
    format!("Does not hold: {}.", rules.join(", "))
}

/// What is not there and what is somebody else's get the same sentence.
fn nobody(whose: &Whose) -> &'static str {
    match whose {
        Whose::Platform => "There is no such node.",
        Whose::Project(_) => "There is no such workload in this project.",
    }
}

/// The target's name; none when it is not there, or is not theirs.
async fn name_of(world: &World, whose: &Whose, id: &str) -> Result<Option<String>, FactsError> {
    let (db, proof) = (&mut &world.db, &world.proof);
    let found = match whose {
        Whose::Platform => {
            let Ok(id) = NodeId::parse(id) else { return Ok(None) };
            nodes::find(db, proof, &id).await.map(|node| Some(node.name))
        }
        Whose::Project(project) => {
            let Ok(id) = WorkloadId::parse(id) else { return Ok(None) };
            let found = workloads::find_system(db, proof, &id).await;
            found.map(|found| Some(found).filter(|found| found.project == *project).map(|found| found.name))
        }
    };
    match found {
        Ok(name) => Ok(name),
        Err(StoreError::NotFound) => Ok(None),
        Err(error) => Err(no_facts(error)),
    }
}
