//! Checking the chain as the database has it: every hash, every signature, a part at a time.

use evidence::{Break, Head, Link, verify_after};
use read_models::ids::OperationId;

use crate::operations::World;
use crate::projections::evidence_bundle::owned;
use crate::store::db::StoreError;
use crate::store::verifications::{self, Verification};
use crate::store::{chain, checkpoints, events};

/// Events that are read at a time.
const BATCH: i64 = 1_000;
/// Events of one part: a moment's work, far less than a lease.
const PART: i64 = 20_000;

/// A check of this range that has not looked at anything yet.
pub(super) async fn begun(
    world: &World,
    operation: OperationId,
    asked: (Option<i64>, Option<i64>),
) -> Result<Verification, StoreError> {
    let last = events::last(&world.db).await?;
    let from = asked.0.unwrap_or(1).max(1);
    let to = asked.1.map_or(last, |to| to.min(last));
    let before = match from - 1 {
        0 => String::new(),
        number => verifications::hash_at(&mut &world.db, &world.proof, number).await?.unwrap_or_default(),
    };
    Ok(Verification {
        operation,
        begun_at: world.now(),
        range: (from, to),
        reached: (from - 1, before),
        checkpoints: 0,
        finished_at: None,
        misfit: None,
    })
}

/// Looks at the next part. What does not fit ends it.
pub(super) async fn part(world: &World, check: &mut Verification) -> Result<(), StoreError> {
    let until = check.range.1.min(check.reached.0.saturating_add(PART));
    while check.reached.0 < until && check.misfit.is_none() {
        let upto = until.min(check.reached.0 + BATCH);
        batch(world, check, upto).await?;
    }
    if check.misfit.is_none() && check.reached.0 >= check.range.1 {
        end(world, check).await?;
    }
    if check.misfit.is_some() || check.reached.0 >= check.range.1 {
        check.finished_at = Some(world.now());
    }
    Ok(())
}

async fn batch(world: &World, check: &mut Verification, upto: i64) -> Result<(), StoreError> {
    let (db, proof) = (&world.db, &world.proof);
    let (after, hash) = check.reached.clone();
    let found = chain::between(db, proof, after + 1, upto).await?;
    let signed = checkpoints::within(db, proof, after, upto).await?;
    let mut head = Head { seq: after, hash };
    for event in found {
        let link = Link { seq: event.seq, hash: event.hash.clone(), previous: event.prev_hash.clone() };
        let expected = head.seq + 1;
        head = match verify_after(head.clone(), std::iter::once((owned(&event), link))) {
            Ok(next) => next,
            Err(broken) => {
                check.reached = (head.seq, head.hash);
                check.misfit = Some((place(&broken, expected), broken.to_string()));
                return Ok(());
            }
        };
        for checkpoint in signed.iter().filter(|one| one.seq == head.seq) {
            if let Err(bad) = checkpoint.check(&world.evidence) {
                check.misfit = Some((checkpoint.seq, bad.to_string()));
            } else if checkpoint.hash != head.hash {
                let sentence = format!(
                    "The checkpoint at event {} signs another hash than the chain has: the chain was written anew.",
                    checkpoint.seq
                );
                check.misfit = Some((checkpoint.seq, sentence));
            }
            if check.misfit.is_some() {
                return Ok(());
            }
            check.checkpoints += 1;
        }
        check.reached = (head.seq, head.hash.clone());
    }
    if check.reached.0 < upto {
        let missing = check.reached.0 + 1;
        check.misfit = Some((missing, format!("Event {missing} is missing: the chain ends before it.")));
    }
    Ok(())
}

/// A chain that was checked to its end ends where the sequencer and the newest checkpoint say.
async fn end(world: &World, check: &mut Verification) -> Result<(), StoreError> {
    let newest = checkpoints::newest(&world.db, &world.proof).await?;
    let last = events::last(&world.db).await?;
    if let Some(newest) = newest.filter(|newest| newest.seq > last) {
        let missing = last + 1;
        let sentence = format!(
            "Event {missing} is missing: a checkpoint signs event {}, and the chain ends before it.",
            newest.seq
        );
        check.misfit = Some((missing, sentence));
    }
    Ok(())
}

/// Where it is: the event itself, or the one that is missing.
const fn place(broken: &Break, expected: i64) -> i64 {
    match broken {
        Break::Gap { .. } => expected,
        Break::OtherLink { seq, .. } | Break::Previous { seq, .. } | Break::Hash { seq, .. } => *seq,
    }
}
