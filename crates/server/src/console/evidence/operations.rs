//! Operations with their evidence: what was carried out, whether its bundle is whole, whether it is signed.

use read_models::audit::{EvidenceRow, OperationsEvidence, OperationsSearch};
use read_models::error::ConsoleError;
use read_models::evidence::Coverage;
use read_models::ids::OperationId;
use read_models::navigation::Address;
use read_models::paging::PageRequest;

use crate::authz::{OperationRecords, Permit, Read, Scope};
use crate::console::{Asking, cursor_of};
use crate::store::views::operations_evidence::{self, Evidenced, Found};

impl Asking {
    pub(super) async fn evidence_of_operations(
        &self,
        search: OperationsSearch,
        cursor: Option<String>,
    ) -> Result<OperationsEvidence, ConsoleError> {
        let permit: Permit<Read, OperationRecords> = self.permit(&Scope::Platform)?;
        let standing = self.chain_standing().await?;
        let below = cursor.as_deref().map(cursor_of::<OperationId>).transpose()?;
        let nothing = Found { operations: Vec::new(), next: None, looked_back_to: None };
        let (found, wrong) = match search.read() {
            Err(wrong) => (nothing, wrong),
            Ok(filter) => {
                let limit = PageRequest { limit: None, cursor }.limit();
                let db = &self.state().db;
                let found = operations_evidence::search(db, &permit, &filter, below.as_deref(), limit).await;
                (found.map_err(|error| self.broken(error))?, Vec::new())
            }
        };
        let declared = self.state().register.all().iter().map(|one| one.declaration());
        let mut known: Vec<_> =
            declared.map(|one| (one.id.to_owned(), format!("{} ({})", one.title, one.id))).collect();
        known.sort_by(|one, other| one.1.cmp(&other.1));
        Ok(OperationsEvidence {
            as_of: self.now(),
            search,
            wrong,
            known,
            projects: self.all_projects().await?,
            next_cursor: found.next.map(|id| id.to_string()),
            looked_back_to: found.looked_back_to,
            operations: found.operations.into_iter().map(|one| self.evidence_row(one)).collect(),
            action_required: standing.action_required,
            run_next: standing.run_next,
            safe_to_ignore: standing.safe_to_ignore,
        })
    }

    fn evidence_row(&self, one: Evidenced) -> EvidenceRow {
        let coverage = match (one.waiting, one.signed_at) {
            (0, Some(signed_at)) => Coverage::Covered { signed_at },
            (0, None) => Coverage::Numbered,
            (events, _) => Coverage::Waiting { events },
        };
        let target = one.target.to_string();
        EvidenceRow {
            title: self.title_of(&one.operation).to_owned(),
            operation: one.operation,
            target_page: Address::of_resource(&target),
            target,
            requested_by: one.requested_by,
            requested_at: one.requested_at,
            state: one.state,
            since: one.state_since,
            events: one.events,
            complete: one.has_outcome && one.waiting == 0,
            coverage,
            download: format!("/api/v1/operations/{}/evidence", one.id),
            id: one.id,
        }
    }
}
