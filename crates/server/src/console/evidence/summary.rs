//! What an operation's bundle would hold now, without making it.

use read_models::Answer;
use read_models::audit::{
    AuditSearch, AuditView, CheckpointsView, EvidenceView, ExportsView, OperationsEvidence, OperationsSearch,
};
use read_models::error::ConsoleError;
use read_models::evidence::{BundleContents, Coverage, EvidenceConsole, OperationEvidence};
use read_models::ids::{DraftId, OperationId, ProjectId};
use read_models::time::Timestamp;

use crate::authz::{OperationRecords, Permit, Read};
use crate::console::Asking;
use crate::store::operations::StoredOperation;
use crate::store::{chain, checkpoints};

impl EvidenceConsole for Asking {
    fn operation_evidence(&self, id: OperationId) -> Answer<'_, OperationEvidence> {
        Box::pin(async move {
            let (stored, permit) = self.readable(&id).await?;
            let found = self.target_of(&stored.operation, &stored.target).await?;
            let declared = self.declaration(&stored.operation)?;
            let (holds, coverage) = self.held(&stored, &permit).await?;
            Ok(OperationEvidence {
                as_of: self.now(),
                title: declared.title.to_owned(),
                target_view: found.view,
                state: crate::projections::operation_words::state(stored.record.state),
                since: stored.state_since,
                requested_by: stored.requested_by,
                holds,
                coverage,
                action_required: Vec::new(),
                safe_to_ignore: safe_to_ignore(stored.state.is_over()).to_owned(),
                download: format!("/api/v1/operations/{id}/evidence"),
                key: "/api/v1/evidence/key".to_owned(),
                key_id: self.state().evidence.public().id(),
                verify: format!("slipway evidence verify {id}.evidence.json --key slipway-evidence-key.json"),
                id,
            })
        })
    }

    fn evidence(&self, draft: Option<DraftId>) -> Answer<'_, EvidenceView> {
        Box::pin(self.chain_posture(draft))
    }

    fn audit(
        &self,
        search: AuditSearch,
        cursor: Option<String>,
        draft: Option<DraftId>,
    ) -> Answer<'_, AuditView> {
        Box::pin(self.audit_page(search, cursor, draft))
    }

    fn project_audit(
        &self,
        project: Option<ProjectId>,
        search: AuditSearch,
        cursor: Option<String>,
    ) -> Answer<'_, AuditView> {
        Box::pin(self.audit_of_project(project, search, cursor))
    }

    fn operations_evidence(
        &self,
        search: OperationsSearch,
        cursor: Option<String>,
    ) -> Answer<'_, OperationsEvidence> {
        Box::pin(self.evidence_of_operations(search, cursor))
    }

    fn exports(&self, cursor: Option<String>, draft: Option<DraftId>) -> Answer<'_, ExportsView> {
        Box::pin(self.files_made(cursor, draft))
    }

    fn checkpoints(&self, cursor: Option<String>) -> Answer<'_, CheckpointsView> {
        Box::pin(self.checkpoints_page(cursor))
    }
}

fn safe_to_ignore(is_over: bool) -> &'static str {
    if is_over {
        "All of it: the evidence is kept without anybody doing something for it."
    } else {
        "All of it for now: what happens next is added, and a bundle of today stays good for what it says."
    }
}

impl Asking {
    async fn held(
        &self,
        stored: &StoredOperation,
        permit: &Permit<Read, OperationRecords>,
    ) -> Result<(BundleContents, Coverage), ConsoleError> {
        let (db, proof) = (&self.state().db, self.proof());
        let kinds = chain::kinds(db, permit, &stored.id).await.map_err(|error| self.broken(error))?;
        let waiting = chain::unnumbered(db, &proof, &stored.id).await.map_err(|error| self.broken(error))?;
        let last = kinds.iter().map(|(_, _, last)| *last).max();
        let newest = match last {
            Some(last) => {
                checkpoints::covering(db, &proof, last).await.map_err(|error| self.broken(error))?
            }
            None => None,
        };
        let of = |kind: &str| kinds.iter().filter(|one| one.0 == kind).map(|one| one.1).sum::<u32>();
        let all: u32 = kinds.iter().map(|one| one.1).sum();
        let (intent, decisions, outcome) = (of("audit.intent"), of("audit.decision"), of("audit.outcome"));
        let log = self.logs(stored, &mut Vec::new()).await?.pop();
        let holds = BundleContents {
            intent: intent > 0,
            decisions,
            observations: all - intent - decisions - outcome,
            outcome: outcome > 0,
            steps: u32::try_from(stored.record.steps.len()).unwrap_or(u32::MAX),
            log_bytes: log.map(|log| log.text.len() as u64),
        };
        let coverage = match (waiting, newest) {
            (0, Some(checkpoint)) => Coverage::Covered { signed_at: Timestamp::from_micros(checkpoint.at) },
            (0, None) => Coverage::Numbered,
            (events, _) => Coverage::Waiting { events: u32::try_from(events).unwrap_or(u32::MAX) },
        };
        Ok((holds, coverage))
    }
}
