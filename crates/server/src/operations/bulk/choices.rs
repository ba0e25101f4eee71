//! What a person can choose in a bulk, and what that does.

use super::super::world::{World, commit, surely_nothing};
use super::counting::Tally;
use super::step::BulkStep;
use crate::store::bulks;
use operations::{Attempt, Choice, Danger, Effect, Performed, Trouble};
use read_models::ids::OperationId;

impl BulkStep {
    /// Writes a person's choice down.
    pub(super) async fn decided(
        &self,
        world: &World,
        attempt: &Attempt,
        parent: &OperationId,
    ) -> Result<Performed, Trouble> {
        let (proof, mut tx) = (&world.proof, world.effect(attempt).await?);
        let said = match self {
            Self::LetPass => {
                let targets = bulks::targets(&mut tx, proof, parent).await.map_err(surely_nothing)?;
                let unsuccessful = Tally::of(&targets).unsuccessful();
                bulks::forgive(&mut tx, proof, parent, unsuccessful).await.map_err(surely_nothing)?;
                format!("{unsuccessful} that did not succeed are let pass.")
            }
            Self::TryAgain => {
                bulks::try_again(&mut tx, proof, parent).await.map_err(surely_nothing)?;
                "Those that failed wait for their turn again.".to_owned()
            }
            Self::End => {
                let why = "It was ended before its turn.";
                bulks::stop(&mut tx, proof, parent, why).await.map_err(surely_nothing)?;
                "No further one is started.".to_owned()
            }
            Self::Select(_) | Self::Run(_) | Self::Pause { .. } => String::new(),
        };
        commit(tx).await?;
        Ok(Performed::Acknowledged(said))
    }
}

/// A pause waits for a person, unless one has ended it meanwhile.
pub(super) async fn paused(world: &World, parent: &OperationId) -> Result<Performed, Trouble> {
    let bulk = bulks::find(&mut &world.db, &world.proof, parent).await.map_err(surely_nothing)?;
    if bulk.stopped {
        return Ok(Performed::Acknowledged("It was ended.".to_owned()));
    }
    let sentence = "It is paused: no further one starts; those that run finish.".to_owned();
    Ok(Performed::Asks { sentence, choices: vec!["resume", "stop_here"] })
}

pub(super) fn choice(id: &'static str, title: &'static str, what: &str, step: BulkStep) -> Choice<BulkStep> {
    Choice { id, title, what: what.to_owned(), danger: Danger::Disruptive, effect: Effect::First(step) }
}

/// Ends it: in the middle, or when every one is over.
pub(super) fn end(id: &'static str) -> Choice<BulkStep> {
    let (title, what) = if id == "end_here" {
        ("End it as it is", "Tries nothing again. It ends as failed, with what became of each.")
    } else {
        ("Stop here", "Starts no further one; those that run finish. What is done stays done.")
    };
    Choice { danger: Danger::Safe, ..choice(id, title, what, BulkStep::End) }
}
