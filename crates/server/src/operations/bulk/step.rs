//! The steps of a bulk, and what a person's choices do in it.

use super::super::world::{World, cannot_look, commit, operation_of, surely_nothing};
use super::choices::{choice, end, paused};
use super::counting::Tally;
use super::selection::{Selection, danger_of};
use crate::store::bulks::{self, Bulk, BulkTarget, NewTarget, Standing};
use crate::store::db::StoreError;
use async_trait::async_trait;
use operations::{
    AtDeadline, Attempt, Choice, Clearing, Danger, Effect, Observation, Performed, Repeat, Step, Trouble,
    Undo,
};
use read_models::ids::OperationId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;

/// The end of a child wakes its parent; this is for a wake-up that got lost.
pub(super) const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// What could not be started now is asked for again after a quarter of the time it has taken, between these.
const ASK_AGAIN: (Duration, Duration) = (Duration::from_secs(5), Duration::from_mins(10));
/// A child may wait for a person over a weekend.
const DEADLINE: Duration = Duration::from_hours(72);

/// What going on does.
const GO_ON: &str =
    "Lets those pass that did not succeed, and starts the next ones. It stops again after as many more.";
/// What trying again does.
const RETRY: &str = "Starts a new operation on each of those that failed, and on no other. One whose facts are others by then is not started, and says so.";

/// What it does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum BulkStep {
    Select(Selection),
    Run(Run),
    /// Put in front when a person pauses it.
    Pause {
        /// What is paused: to go on with it costs what it costs.
        #[serde(default)]
        operation: String,
    },
    /// Put in front when a person goes on although some did not succeed.
    LetPass,
    /// Put in front when a person has the failed ones tried again.
    TryAgain,
    /// Put in front when a person ends it.
    End,
}

/// Has the operation carried out on the first so many of the selection.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(super) operation: String,
    pub(super) title: String,
    pub(super) with: Value,
    /// `first on n1`.
    pub(super) whom: String,
    pub(super) until: u32,
    pub(super) parallelism: u32,
    pub(super) stop_after: u32,
    pub(super) is_last: bool,
}

/// The selection an operation's first step holds, when it is a bulk.
pub(crate) fn selection_of(record: &[operations::StepRecord]) -> Option<Selection> {
    record.iter().find_map(|step| match serde_json::from_value(step.payload.clone()) {
        Ok(BulkStep::Select(selection)) => Some(selection),
        Ok(
            BulkStep::Run(_)
            | BulkStep::Pause { .. }
            | BulkStep::LetPass
            | BulkStep::TryAgain
            | BulkStep::End,
        )
        | Err(_) => None,
    })
}

#[async_trait]
impl Step<World> for BulkStep {
    fn title(&self) -> String {
        match self {
            Self::Select(selection) => {
                let (included, left_out) = (selection.included.len(), selection.left_out.len());
                format!("Write down who is included ({included}) and who is not ({left_out})")
            }
            Self::Run(run) => format!("{} {}", run.title, run.whom),
            Self::Pause { .. } => "Pause".to_owned(),
            Self::LetPass => "Go on although some did not succeed".to_owned(),
            Self::TryAgain => "Have the failed ones tried again".to_owned(),
            Self::End => "Start no further one".to_owned(),
        }
    }

    fn observed_by(&self) -> Option<String> {
        Some(
            match self {
                Self::Select(_) => "the list that was written down",
                Self::Run(_) => "the end of each operation",
                Self::Pause { .. } => "a person's word",
                Self::LetPass | Self::TryAgain | Self::End => "what is written down about it",
            }
            .to_owned(),
        )
    }

    fn undo_promise(&self) -> Undo {
        match self {
            Self::Select(_) => Undo::Cannot(
                "What was done on some stays done: each has an operation of its own, with its own way back."
                    .to_owned(),
            ),
            Self::Run(_) => {
                Undo::TakesBack("No further one is started; those that run are waited for.".to_owned())
            }
            Self::Pause { .. } | Self::LetPass | Self::TryAgain | Self::End => Undo::Nothing,
        }
    }

    fn clearing(&self) -> Option<Clearing> {
        match self {
            Self::Select(_) | Self::Run(_) => Some(Clearing::by_hand(
                "No operation does it for all of them: each has an operation of its own, whose page says what clears it.",
            )),
            Self::Pause { .. } | Self::LetPass | Self::TryAgain | Self::End => None,
        }
    }

    fn repeat(&self) -> Repeat {
        match self {
            Self::Pause { .. } => Repeat::Pure,
            Self::Select(_) | Self::Run(_) | Self::LetPass | Self::TryAgain | Self::End => Repeat::Idempotent,
        }
    }

    fn deadline(&self) -> Duration {
        match self {
            Self::Run(_) => DEADLINE,
            Self::Select(_) | Self::Pause { .. } | Self::LetPass | Self::TryAgain | Self::End => {
                Duration::from_mins(5)
            }
        }
    }

    fn at_deadline(&self) -> AtDeadline<Self> {
        match self {
            Self::Run(_) => AtDeadline::Ask {
                sentence: "It has gone on for three days, and some are not over.".to_owned(),
                choices: vec![
                    Choice {
                        id: "wait",
                        title: "Wait",
                        what: "Goes on for another three days.".to_owned(),
                        danger: Danger::Safe,
                        effect: Effect::Wait(DEADLINE),
                    },
                    end("stop_here"),
                ],
            },
            Self::Select(_) | Self::Pause { .. } | Self::LetPass | Self::TryAgain | Self::End => {
                AtDeadline::Fail
            }
        }
    }

    fn asks(&self) -> Vec<Choice<Self>> {
        match self {
            Self::Run(run) => vec![
                Choice {
                    danger: danger_of(&run.operation),
                    ..choice("go_on", "Go on", GO_ON, Self::LetPass)
                },
                Choice {
                    danger: danger_of(&run.operation),
                    ..choice("retry_failed", "Retry the failed ones", RETRY, Self::TryAgain)
                },
                end("stop_here"),
                end("end_here"),
            ],
            Self::Pause { operation } => vec![
                Choice {
                    id: "resume",
                    title: "Resume",
                    what: "Starts the next ones again, as planned.".to_owned(),
                    danger: danger_of(operation),
                    effect: Effect::GoOn,
                },
                end("stop_here"),
            ],
            Self::Select(_) | Self::LetPass | Self::TryAgain | Self::End => Vec::new(),
        }
    }

    fn offers(&self) -> Vec<Choice<Self>> {
        match self {
            Self::Run(run) => vec![Choice {
                danger: Danger::Safe,
                ..choice(
                    "pause",
                    "Pause",
                    "Starts no further one until somebody resumes it; those that run finish.",
                    Self::Pause { operation: run.operation.clone() },
                )
            }],
            Self::Select(_) | Self::Pause { .. } | Self::LetPass | Self::TryAgain | Self::End => Vec::new(),
        }
    }

    async fn perform(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let parent = operation_of(attempt)?;
        match self {
            Self::Select(selection) => write_down(world, attempt, &parent, selection).await,
            Self::Run(run) => run.carry_on(world, attempt, &parent).await,
            Self::Pause { .. } => paused(world, &parent).await,
            Self::LetPass | Self::TryAgain | Self::End => self.decided(world, attempt, &parent).await,
        }
    }

    async fn observe(&self, world: &World, attempt: &Attempt) -> Observation {
        let Ok((bulk, targets)) = look(world, attempt).await.map_err(|error| tracing::debug!(?error)) else {
            return cannot_look(&StoreError::NotFound);
        };
        let tally = Tally::of(&targets);
        match self {
            Self::Select(selection) => {
                let wanted = selection.included.len() + selection.left_out.len();
                if targets.len() < wanted {
                    return Observation::Absent("Not all of them are written down.".to_owned());
                }
                let sentence = format!("{} are written down.", targets.len());
                Observation::seen(sentence, json!({ "targets": told(&targets) }))
            }
            Self::Run(run) => {
                let here: Vec<_> = targets.into_iter().filter(|one| one.position < run.until).collect();
                let tally = Tally::of(&here);
                if tally.over() < tally.all() {
                    return Observation::not_yet(tally.sentence(), LOOK_AGAIN);
                }
                Observation::seen(tally.sentence(), json!({ "targets": told(&here) }))
            }
            Self::Pause { .. } => Observation::seen("It does not wait for a person.", Value::Null),
            Self::LetPass => {
                let sentence = format!("{} that did not succeed are let pass.", bulk.forgiven);
                Observation::seen(sentence, json!({ "let_pass": bulk.forgiven }))
            }
            Self::TryAgain if tally.failed > 0 => {
                Observation::Absent("Some that failed do not wait for their turn yet.".to_owned())
            }
            Self::TryAgain => {
                Observation::seen(format!("{} wait for their turn.", tally.waiting), json!(tally.waiting))
            }
            Self::End if !bulk.stopped => Observation::Absent("It may still start some.".to_owned()),
            Self::End => {
                Observation::seen(format!("No further one starts. {}", tally.sentence()), json!(null))
            }
        }
    }

    /// Of a cancelled one: those that run finish, and then it is over.
    async fn undo(&self, world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
        let Self::Run(_) = self else {
            return Ok(Performed::Acknowledged("There is nothing to undo.".to_owned()));
        };
        let parent = operation_of(attempt)?;
        let mut tx = world.effect(attempt).await?;
        let why = "It was ended before its turn.";
        bulks::stop(&mut tx, &world.proof, &parent, why).await.map_err(surely_nothing)?;
        commit(tx).await?;
        let (_, targets) = look(world, attempt).await.map_err(surely_nothing)?;
        let tally = Tally::of(&targets);
        if tally.running > 0 {
            let on = format!("those that run to end: {}", tally.sentence());
            return Ok(Performed::Pending { on, look_again: LOOK_AGAIN });
        }
        Ok(Performed::Acknowledged(tally.sentence()))
    }

    async fn observe_undone(&self, world: &World, attempt: &Attempt) -> Observation {
        match look(world, attempt).await {
            Err(error) => cannot_look(&error),
            Ok((_, targets)) => {
                let tally = Tally::of(&targets);
                if tally.running > 0 {
                    return Observation::not_yet(tally.sentence(), LOOK_AGAIN);
                }
                Observation::seen(tally.sentence(), json!({ "targets": told(&targets) }))
            }
        }
    }
}

async fn write_down(
    world: &World,
    attempt: &Attempt,
    parent: &OperationId,
    selection: &Selection,
) -> Result<Performed, Trouble> {
    let included =
        selection.included.iter().map(|one| (&one.target, &one.name, one.plan_hash.as_str(), None));
    let left_out = selection.left_out.iter().map(|one| (&one.target, &one.name, "", Some(one.why.as_str())));
    let targets: Vec<_> = (0..)
        .zip(included.chain(left_out))
        .map(|(position, (target, name, plan_hash, left_out))| NewTarget {
            position,
            target,
            name,
            plan_hash,
            left_out,
        })
        .collect();
    let mut tx = world.effect(attempt).await?;
    bulks::put_targets(&mut tx, &world.proof, parent, &targets).await.map_err(surely_nothing)?;
    commit(tx).await?;
    Ok(Performed::Acknowledged(format!("{} are written down.", targets.len())))
}

pub(super) async fn look(world: &World, attempt: &Attempt) -> Result<(Bulk, Vec<BulkTarget>), StoreError> {
    let parent = OperationId::parse(&attempt.operation).map_err(|_| StoreError::NotFound)?;
    let bulk = bulks::find(&mut &world.db, &world.proof, &parent).await?;
    Ok((bulk, bulks::targets(&mut &world.db, &world.proof, &parent).await?))
}

/// Each of them, as evidence: which operation it got and how that ended.
fn told(targets: &[BulkTarget]) -> Vec<Value> {
    let word = |standing| match standing {
        Standing::LeftOut => "left_out",
        Standing::Waiting => "waiting",
        Standing::Running => "running",
        Standing::Succeeded => "succeeded",
        Standing::Failed => "failed",
        Standing::NotStarted => "not_started",
    };
    let one = |target: &BulkTarget| {
        json!({ "target": target.target.to_string(), "name": target.name, "standing": word(target.standing()),
            "operation": target.child.as_ref().map(|child| &child.id), "attempt": target.attempt,
            "why": target.why })
    };
    targets.iter().map(one).collect()
}

pub(super) fn not_now(attempt: &Attempt, on: String) -> Performed {
    let taken = Duration::from_micros(attempt.now.saturating_sub(attempt.begun_at).unsigned_abs());
    Performed::Pending { on, look_again: (taken / 4).clamp(ASK_AGAIN.0, ASK_AGAIN.1) }
}
