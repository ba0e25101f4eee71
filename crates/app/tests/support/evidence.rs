//! Samples of what proves what happened.

use read_models::{
    Answer,
    audit::{
        AuditSearch, AuditView, CheckpointsView, EvidenceView, ExportsView, OperationsEvidence,
        OperationsSearch,
    },
    evidence::{BundleContents, Coverage, EvidenceConsole, OperationEvidence},
    ids::{DraftId, OperationId, ProjectId},
    operations::OperationsConsole as _,
};

use super::{FakeConsole, Scene, ago, audit};

impl EvidenceConsole for FakeConsole {
    fn operation_evidence(&self, id: OperationId) -> Answer<'_, OperationEvidence> {
        Box::pin(async move {
            let of = self.operation(id).await?;
            let busy = self.0 == Scene::Busy;
            Ok(OperationEvidence {
                as_of: of.as_of,
                download: format!("/api/v1/operations/{}/evidence", of.id),
                verify: format!(
                    "slipway evidence verify {}.evidence.json --key slipway-evidence-key.json",
                    of.id
                ),
                id: of.id,
                title: of.title,
                target_view: of.target_view,
                state: of.state,
                since: of.since,
                requested_by: of.requested_by,
                holds: BundleContents {
                    intent: true,
                    decisions: u32::from(busy),
                    observations: 12,
                    outcome: !busy,
                    steps: 3,
                    log_bytes: busy.then_some(4096),
                },
                coverage: if busy {
                    Coverage::Covered { signed_at: ago(40) }
                } else {
                    Coverage::Waiting { events: 2 }
                },
                action_required: Vec::new(),
                safe_to_ignore: "All of it: nothing has to be done for the evidence to be kept.".to_owned(),
                key: "/api/v1/evidence/key".to_owned(),
                key_id: "0f1e2d3c4b5a6978".to_owned(),
            })
        })
    }

    fn evidence(&self, _: Option<DraftId>) -> Answer<'_, EvidenceView> {
        self.answer(|| audit::posture(self.0))
    }

    fn audit(&self, search: AuditSearch, _: Option<String>, _: Option<DraftId>) -> Answer<'_, AuditView> {
        self.answer(move || audit::search(self.0, search))
    }

    fn project_audit(
        &self,
        _: Option<ProjectId>,
        search: AuditSearch,
        _: Option<String>,
    ) -> Answer<'_, AuditView> {
        self.answer(move || audit::of_project(self.0, search))
    }

    fn operations_evidence(
        &self,
        search: OperationsSearch,
        _: Option<String>,
    ) -> Answer<'_, OperationsEvidence> {
        self.answer(move || audit::operations(self.0, search))
    }

    fn exports(&self, _: Option<String>, _: Option<DraftId>) -> Answer<'_, ExportsView> {
        self.answer(|| audit::files(self.0))
    }

    fn checkpoints(&self, _: Option<String>) -> Answer<'_, CheckpointsView> {
        self.answer(|| audit::signed(self.0))
    }
}
