//! How the chain stands: how far it is, how much of it is signed, when it was checked and what came of that.

use std::time::Duration;

use evidence::Checkpoint;
use read_models::audit::{
    BrokenView, ChainView, CheckpointRow, CheckpointsView, EvidenceView, VerificationView,
};
use read_models::error::ConsoleError;
use read_models::ids::DraftId;
use read_models::operation::{OperationCard, Target, TargetKind};
use read_models::paging::{Page, PageRequest};
use read_models::time::{Timestamp, spoken};
use read_models::workloads::RunNext;

use super::exports::EXPORT;
use crate::authz::{Feed, OperationRecords, Permit, Read, Scope};
use crate::console::Asking;
use crate::store::operations::{self as stored, StoredOperation};
use crate::store::verifications::{self, Verification};
use crate::store::{checkpoints, events};

const VERIFY: &str = "audit.verify";
const PUBLISH: &str = "checkpoint.publish";
/// Past operations of each kind that are shown.
const PAST: i64 = 5;
/// Checkpoints come every minute something happens: after this long something is wrong.
const UNSIGNED: Duration = Duration::from_mins(5);
/// A check is worth making again after this long, and owed after that.
const CHECK_AGAIN: Duration = Duration::from_hours(24);
const CHECK_OWED: Duration = Duration::from_hours(24 * 7);

/// What every page of the family says of the chain.
pub(super) struct ChainStanding {
    chain: ChainView,
    verification: Option<VerificationView>,
    pub(super) action_required: Vec<String>,
    pub(super) run_next: Option<RunNext>,
    pub(super) safe_to_ignore: String,
}

impl Asking {
    pub(super) async fn chain_posture(&self, draft: Option<DraftId>) -> Result<EvidenceView, ConsoleError> {
        let standing = self.chain_standing().await?;
        let mut cards = Vec::new();
        for operation in [VERIFY, PUBLISH, EXPORT] {
            cards.push(self.evidence_card(operation).await?);
        }
        self.bring_back(draft.as_ref(), &mut cards).await?;
        for card in cards.iter_mut().filter(|card| card.operation == EXPORT) {
            // Here it is everything. A part of it is exported where it was searched for; what came back is shown.
            card.fields
                .retain(|field| field.name == "format" || !field.value.is_empty() || field.error.is_some());
        }
        let past = self.evidence_runs(&[VERIFY, PUBLISH, EXPORT]).await?;
        Ok(EvidenceView {
            as_of: self.now(),
            chain: standing.chain,
            verification: standing.verification,
            action_required: standing.action_required,
            run_next: standing.run_next,
            safe_to_ignore: standing.safe_to_ignore,
            cards,
            in_progress: past.iter().filter(|run| !run.state.is_over()).map(|run| self.brief(run)).collect(),
            past_operations: self.past_runs(&past),
        })
    }

    pub(super) async fn checkpoints_page(
        &self,
        cursor: Option<String>,
    ) -> Result<CheckpointsView, ConsoleError> {
        let Page { items, next_cursor } =
            self.signed_checkpoints(PageRequest { limit: None, cursor }).await?;
        let standing = self.chain_standing().await?;
        Ok(CheckpointsView {
            as_of: self.now(),
            chain: standing.chain,
            checkpoints: items.into_iter().map(row).collect(),
            next_cursor,
            agents: self.state().hub.connected().len(),
            action_required: standing.action_required,
            run_next: standing.run_next,
            safe_to_ignore: standing.safe_to_ignore,
            publish: self.evidence_card(PUBLISH).await?,
        })
    }

    /// One checkpoint, to be kept elsewhere.
    pub(crate) async fn checkpoint_at(&self, number: i64) -> Result<Checkpoint, ConsoleError> {
        let permit: Permit<Read, Feed> = self.permit(&Scope::Platform)?;
        let found = checkpoints::find(&self.state().db, &permit, number).await;
        found.map_err(|error| self.broken(error))?.ok_or_else(|| ConsoleError::not_found("checkpoint"))
    }

    pub(super) async fn chain_standing(&self) -> Result<ChainStanding, ConsoleError> {
        let permit: Permit<Read, Feed> = self.permit(&Scope::Platform)?;
        let (db, now) = (&self.state().db, self.now());
        let waiting = events::lag(db).await.map_err(|error| self.broken(error))?;
        let last = events::last(db).await.map_err(|error| self.broken(error))?;
        let newest = checkpoints::list(db, &permit, i64::MAX, 1).await.map_err(|error| self.broken(error))?;
        let signed = newest.into_iter().next().map(row);
        let behind = last - signed.as_ref().map_or(0, |signed| signed.number).min(last);
        let chain = ChainView { last, waiting, signed, behind, key_id: self.state().evidence.public().id() };
        let newest = verifications::newest(db, &permit).await.map_err(|error| self.broken(error))?;
        let verification = newest.map(view);
        Ok(ChainStanding {
            action_required: required(&chain, verification.as_ref(), now),
            run_next: next(&chain, verification.as_ref(), now),
            safe_to_ignore: ignorable(verification.as_ref()),
            chain,
            verification,
        })
    }

    pub(super) async fn evidence_card(&self, operation: &str) -> Result<OperationCard, ConsoleError> {
        let target = platform();
        let found = self.target_of(operation, &target).await?;
        let past = self.evidence_runs(&[operation]).await?;
        let Some(known) = self.state().register.find(operation) else {
            return Err(ConsoleError::not_found("operation"));
        };
        self.card(known, &target, &found, &past).await
    }

    /// What was carried out here, newest first.
    pub(super) async fn evidence_runs(&self, of: &[&str]) -> Result<Vec<StoredOperation>, ConsoleError> {
        let permit: Permit<Read, OperationRecords> = self.permit(&Scope::Platform)?;
        let mut all = Vec::new();
        for operation in of {
            let past =
                stored::newest_of_operation(&self.state().db, &permit, &platform(), operation, PAST).await;
            all.extend(past.map_err(|error| self.broken(error))?);
        }
        all.sort_by(|one, other| other.id.cmp(&one.id));
        Ok(all)
    }
}

fn platform() -> Target {
    Target { kind: TargetKind::Platform, id: "platform".to_owned() }
}

fn row(one: Checkpoint) -> CheckpointRow {
    CheckpointRow {
        number: one.seq,
        hash: one.hash,
        at: Timestamp::from_micros(one.at),
        key_id: one.key,
        download: format!("/api/v1/evidence/checkpoints/{}", one.seq),
    }
}

fn view(check: Verification) -> VerificationView {
    VerificationView {
        operation: check.operation,
        begun_at: check.begun_at,
        finished_at: check.finished_at,
        from: check.range.0,
        to: check.range.1,
        checked_to: check.reached.0,
        checkpoints: check.checkpoints,
        broken: check.misfit.map(|(number, sentence)| BrokenView { number, sentence }),
    }
}

fn required(chain: &ChainView, check: Option<&VerificationView>, now: Timestamp) -> Vec<String> {
    let mut all = Vec::new();
    if let Some(broken) = check.and_then(|check| check.broken.as_ref()) {
        all.push(format!(
            "The audit chain does not fit at event {}: {} Find out who wrote to the database, and keep a copy of it as it is.",
            broken.number, broken.sentence
        ));
    }
    let since = chain.signed.as_ref().map(|signed| now.since(signed.at));
    if chain.behind > 0 && since.is_some_and(|since| since > UNSIGNED) {
        all.push(format!(
            "{} events are not signed, and the newest checkpoint is {} old: look whether the sequencer works.",
            chain.behind,
            spoken(since.unwrap_or_default())
        ));
    }
    let checked = check.and_then(|check| check.finished_at).map(|at| now.since(at));
    if checked.is_some_and(|checked| checked > CHECK_OWED) {
        all.push(format!("The chain was last checked {} ago.", spoken(checked.unwrap_or_default())));
    }
    all
}

fn next(chain: &ChainView, check: Option<&VerificationView>, now: Timestamp) -> Option<RunNext> {
    let next = |operation: &str, title: &str, reason: &str| {
        Some(RunNext { operation: operation.to_owned(), title: title.to_owned(), reason: reason.to_owned() })
    };
    let verify = |reason| next(VERIFY, "Verify audit chain", reason);
    let Some(check) = check else { return verify("It was never checked here.") };
    if check.broken.is_some() {
        return verify("The last check found something that does not fit.");
    }
    if check.finished_at.is_some_and(|at| now.since(at) > CHECK_AGAIN) {
        return verify("The last check was more than a day ago.");
    }
    if chain.behind > 0 {
        return next(PUBLISH, "Publish checkpoint", "What happened since the last one is not signed yet.");
    }
    None
}

fn ignorable(check: Option<&VerificationView>) -> String {
    match check {
        Some(VerificationView { broken: None, from, to, .. }) => {
            format!(
                "Events {from} to {to}: they were checked and fit. What happens next is chained and signed by itself."
            )
        }
        Some(VerificationView { broken: Some(_), .. }) => {
            "Nothing: look at what does not fit first.".to_owned()
        }
        None => "Numbers and checkpoints: they are made by themselves, within a minute of what happens."
            .to_owned(),
    }
}
