//! What would be done, what is being done, and who decides?

mod approval;
mod bulk;
mod bulk_offer;
mod children;
mod choosing;
mod confirming;
mod decide;
mod hand_over;
mod held;
mod leftovers;
mod plan;
mod start;
mod view;

pub(crate) use children::starts_children;

use super::Asking;
use crate::authz::{OperationRecords, Permit, Read, Scope};
use crate::projections::{event_view, operation_view};
use crate::store::events;
use crate::store::operations::{self as stored, StoredOperation};
use read_models::Answer;
use read_models::error::{ConsoleError, ErrorKind};
use read_models::evidence::EventView;
use read_models::ids::{DraftId, OperationId, PlanId};
use read_models::operation::{
    Decision, OperationView, PlanRequest, PlanView, Question, StartRequest, Target,
};
use read_models::operations::{OperationRow, OperationsConsole, OperationsFilter, Started};
use read_models::paging::{Page, PageRequest};

impl OperationsConsole for Asking {
    fn plan(&self, request: PlanRequest) -> Answer<'_, PlanView> {
        Box::pin(self.make_plan(request))
    }

    fn planned(&self, id: PlanId) -> Answer<'_, PlanView> {
        Box::pin(self.show_plan(id))
    }

    fn start(&self, request: StartRequest, idempotency_key: String) -> Answer<'_, Started> {
        Box::pin(self.start_plan(request, idempotency_key))
    }

    fn operation(&self, id: OperationId) -> Answer<'_, OperationView> {
        self.operation_page(id, None)
    }

    fn operation_page(&self, id: OperationId, draft: Option<DraftId>) -> Answer<'_, OperationView> {
        Box::pin(async move {
            let (stored, _) = self.readable(&id).await?;
            let mut view = self.operation_view(stored).await?;
            self.bring_back(draft.as_ref(), &mut view.caring).await?;
            Ok(view)
        })
    }

    fn operations(&self, filter: OperationsFilter, page: PageRequest) -> Answer<'_, Page<OperationRow>> {
        Box::pin(async move {
            let (db, limit) = (&self.state().db, i64::from(page.limit()) + 1);
            let below = page.cursor.as_deref().map(super::cursor_of::<OperationId>).transpose()?;
            let found = if filter.handed_to_me {
                let scope = match &filter.target {
                    Some(target) => self.target(target).await?.scope(),
                    None => self.widest_scope(None)?,
                };
                let permit: Permit<Read, OperationRecords> = self.permit(&scope)?;
                let (own, target) = (&self.who()?.user_id, filter.target.as_ref());
                let only = (target, filter.only_open);
                stored::handed_to(db, &permit, own, only, below.as_deref(), limit).await
            } else if let Some(target) = &filter.target {
                let permit = self.reading_operations_of(target).await?;
                stored::newest_of_target(db, &permit, target, filter.only_open, below.as_deref(), limit).await
            } else {
                let permit: Permit<Read, OperationRecords> = self.permit(&self.widest_scope(None)?)?;
                stored::list(db, &permit, filter.only_open, below.as_deref(), limit).await
            };
            let found = found.map_err(|error| self.broken(error))?;
            let mut rows = Vec::with_capacity(found.len());
            for one in &found {
                let handed = self.handed(one).await?;
                rows.push(operation_view::row(one, self.title_of(&one.operation), handed));
            }
            Ok(Page::from_overfull(rows, page.limit(), |row: &OperationRow| row.id.as_str().to_owned()))
        })
    }

    fn events(&self, id: OperationId, page: PageRequest) -> Answer<'_, Page<EventView>> {
        Box::pin(async move {
            let (_, permit) = self.readable(&id).await?;
            let after = match page.cursor.as_deref() {
                None => 0,
                Some(text) => event_view::read_cursor(text, &self.state().sealing).ok_or_else(|| {
                    ConsoleError::new(
                        ErrorKind::BadRequest,
                        "bad_cursor",
                        "The cursor is not one this list gave.",
                    )
                    .next("Use `next_cursor` as it came, or leave it out to begin at the start.")
                })?,
            };
            let limit = i64::from(page.limit()) + 1;
            let happened = events::of_operation(&self.state().db, &permit, &id, after, limit).await;
            let views = self.seal_events(happened.map_err(|error| self.broken(error))?);
            Ok(Page::from_overfull(views, page.limit(), |event| event.cursor.clone()))
        })
    }

    fn question(&self, id: OperationId) -> Answer<'_, Question> {
        Box::pin(async move { self.ask(&id).await })
    }

    fn decide(&self, id: OperationId, decision: Decision) -> Answer<'_, OperationView> {
        Box::pin(self.decide_operation(id, decision))
    }

    fn cancel(&self, id: OperationId, reason: String) -> Answer<'_, OperationView> {
        Box::pin(self.cancel_operation(id, reason))
    }
}

impl Asking {
    /// The operation, when this person may read it. Whose it is decides; what may not be seen is not there.
    pub(in crate::console) async fn readable(
        &self,
        id: &OperationId,
    ) -> Result<(StoredOperation, Permit<Read, OperationRecords>), ConsoleError> {
        self.who()?;
        let found = stored::find_system(&mut &self.state().db, &self.proof(), id).await;
        let stored = found.map_err(|error| self.missing("operation", error))?;
        let scope = Scope::of_target(&stored.target, stored.project.as_ref());
        let permit = self.permit(&scope).map_err(|error| {
            // A tenant does not learn that a platform operation exists.
            let hides = self.who().is_ok_and(|who| !who.is_platform());
            if hides { ConsoleError::not_found("operation") } else { error }
        })?;
        Ok((stored, permit))
    }

    async fn reading_operations_of(
        &self,
        target: &Target,
    ) -> Result<Permit<Read, OperationRecords>, ConsoleError> {
        let found = self.target(target).await?;
        self.permit(&found.scope())
    }
}
