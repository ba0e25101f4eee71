//! What a bundle of an operation says beside the chain: it must be what its events say.

use serde_json::Value;

use super::walk::{Whose, own, walk};
use super::{Misfit, OfWhat, Verdict, is_of, sealed};
use crate::bundle::{Bundle, Contents, Subject};
use crate::chain::OwnedEvent;
use crate::key::PublicKey;

pub(super) fn verify(bundle: Bundle, key: &PublicKey) -> Result<Verdict, Misfit> {
    is_of(&bundle.seal, key)?;
    let whose = Whose::new([bundle.subject.id.as_str()], None);
    let walked = walk(&bundle.chain, &whose, key)?;
    about(&bundle)?;
    sealed(bundle.parts(), &bundle.seal, key)?;
    let first = bundle.chain.first().and_then(|stretch| stretch.entries.first()).ok_or(Misfit::Empty)?;
    let last = bundle.chain.last().ok_or(Misfit::Empty)?;
    Ok(Verdict {
        range: (first.seq(), last.checkpoint.seq),
        covered_at: last.checkpoint.at,
        events: own(&bundle.chain).count(),
        skipped: walked.skipped,
        of: OfWhat::Operation { id: bundle.subject.id, is_over: bundle.contents.outcome.is_some() },
        left_out: bundle.left_out,
    })
}

/// What the bundle says about the operation is what its events say.
fn about(bundle: &Bundle) -> Result<(), Misfit> {
    let first = own(&bundle.chain).next().ok_or(Misfit::Empty)?;
    if first.kind != "audit.intent" {
        return Err(Misfit::Intent { seq: first.seq });
    }
    if !is_intent_of(first, &bundle.subject) {
        return Err(Misfit::Part("subject".to_owned()));
    }
    if Contents::of(&bundle.chain) != bundle.contents {
        return Err(Misfit::Part("contents".to_owned()));
    }
    let state = bundle.subject.state.as_str();
    let is_over = matches!(state, "succeeded" | "failed" | "stuck" | "cancelled");
    match own(&bundle.chain).find(|event| event.kind == "audit.outcome") {
        None if is_over => {
            Err(Misfit::Outcome(format!("The operation is said to be {state}, and its outcome is missing.")))
        }
        None => Ok(()),
        Some(event) => is_outcome_of(event, &bundle.subject),
    }
}

/// Whether this intent is the one that is recorded.
pub(super) fn is_intent_of(event: &OwnedEvent, recorded: &Subject) -> bool {
    let said: Value = serde_json::from_str(&event.body).unwrap_or_default();
    let said = |name: &str, is: &str| said[name].as_str() == Some(is);
    said("operation", &recorded.operation)
        && said("plan_hash", &recorded.plan_hash)
        && event.resource.as_deref() == Some(recorded.target.as_str())
        && event.actor == recorded.requested_by
}

/// How it ended is how it is recorded.
pub(super) fn is_outcome_of(event: &OwnedEvent, recorded: &Subject) -> Result<(), Misfit> {
    let said: Value = serde_json::from_str(&event.body).unwrap_or_default();
    let state = recorded.state.as_str();
    if said["state"].as_str() == Some(state) {
        return Ok(());
    }
    Err(Misfit::Outcome(format!("Event {} says how it ended, and that is not {state}.", event.seq)))
}
