//! What a bundle of a thing says beside the chain: what it claims, and the operations it records.

use super::operation::{is_intent_of, is_outcome_of};
use super::walk::{Walked, Whose, own, walk};
use super::{Misfit, OfWhat, Verdict, is_of, sealed};
use crate::bundle::{Claim, Numbers, Recorded, ResourceBundle, Stretch};
use crate::key::PublicKey;

pub(super) fn verify(bundle: ResourceBundle, key: &PublicKey) -> Result<Verdict, Misfit> {
    is_of(&bundle.seal, key)?;
    let [stretch] = bundle.chain.as_slice() else { return Err(Misfit::Part("chain".to_owned())) };
    beginning(&bundle, stretch, key)?;
    let operations = bundle.operations.iter().map(|one| one.subject.id.as_str());
    let walked = walk(&bundle.chain, &Whose::new(operations, Some(&bundle.subject.resource)), key)?;
    let claim = claimed(&bundle, stretch, &walked)?;
    let numbers = Numbers::of(own(&bundle.chain).map(|event| (event.seq, event.kind.as_str())));
    if numbers != bundle.contents {
        return Err(Misfit::Part("contents".to_owned()));
    }
    for (index, one) in bundle.operations.iter().enumerate() {
        recorded(index, one, &bundle.chain)?;
    }
    sealed(bundle.parts(), &bundle.seal, key)?;
    let Claim { first, last, told: _, spans: _, proved, not_proved } = claim;
    Ok(Verdict {
        events: numbers.count(),
        range: (first, last),
        covered_at: stretch.checkpoint.at,
        skipped: walked.skipped,
        left_out: bundle.left_out,
        of: OfWhat::Resource {
            resource: bundle.subject.resource,
            time: (bundle.subject.from, bundle.subject.until),
            operations: bundle.operations.into_iter().map(|one| one.subject.id).collect(),
            proved,
            not_proved,
        },
    })
}

/// It begins where the checkpoint before it ends, or where the chain does.
fn beginning(bundle: &ResourceBundle, stretch: &Stretch, key: &PublicKey) -> Result<(), Misfit> {
    let first = stretch.entries.first().ok_or(Misfit::Empty)?.seq();
    let (seq, hash) = match &bundle.before {
        None => (0, ""),
        Some(before) => {
            before.check(key)?;
            (before.seq, before.hash.as_str())
        }
    };
    if (seq + 1, hash) == (first, stretch.previous.as_str()) {
        Ok(())
    } else {
        Err(Misfit::Beginning { first })
    }
}

/// What it says it proves is what it does. The words are this program's: those of the file may be of another version.
fn claimed(bundle: &ResourceBundle, stretch: &Stretch, walked: &Walked) -> Result<Claim, Misfit> {
    let is = Claim::of(&bundle.subject, bundle.before.as_ref(), &stretch.checkpoint, !walked.untold);
    let facts = |of: &Claim| (of.first, of.last, of.told, of.spans);
    if facts(&is) == facts(&bundle.claim) { Ok(is) } else { Err(Misfit::Part("claim".to_owned())) }
}

/// What is recorded of an operation is what its events say, as far as they are in this part of the chain.
fn recorded(index: usize, one: &Recorded, chain: &[Stretch]) -> Result<(), Misfit> {
    let of = |kind: &'static str| {
        own(chain)
            .find(move |event| event.kind == kind && event.operation.as_deref() == Some(&one.subject.id))
    };
    if of("audit.intent").is_some_and(|intent| !is_intent_of(intent, &one.subject)) {
        return Err(Misfit::Part(format!("operations/{index}")));
    }
    of("audit.outcome").map_or(Ok(()), |outcome| is_outcome_of(outcome, &one.subject))
}
