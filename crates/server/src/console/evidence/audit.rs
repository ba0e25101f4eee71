//! What happened, searched: the page and the list of the API.

use read_models::audit::{AuditEventView, AuditSearch, AuditView};
use read_models::error::{ConsoleError, ErrorKind, FieldError};
use read_models::ids::DraftId;
use read_models::navigation::Address;
use read_models::operation::OperationCard;
use read_models::paging::{Page, PageRequest};
use read_models::session::ProjectRef;
use read_models::time::Timestamp;

use super::exports::EXPORT;
use crate::authz::{Feed, Permit, Projects, Read, Scope};
use crate::console::{Asking, bad_cursor};
use crate::store::events::StoredEvent;
use crate::store::views::audit::{self, Found, Place};
use crate::store::{exports, projects};

/// Files that are shown beside a search.
const FILES: i64 = 5;

impl Asking {
    /// What was found, for programs: a search that cannot be meant is refused.
    pub(crate) async fn audit_events(
        &self,
        search: AuditSearch,
        page: PageRequest,
    ) -> Result<Page<AuditEventView>, ConsoleError> {
        let found = self.search(&search, &page).await?.map_err(unmeant)?;
        let next_cursor = found.next.map(written);
        Ok(Page { items: found.events.into_iter().map(view).collect(), next_cursor })
    }

    pub(super) async fn audit_page(
        &self,
        search: AuditSearch,
        cursor: Option<String>,
        draft: Option<DraftId>,
    ) -> Result<AuditView, ConsoleError> {
        let permit: Permit<Read, Feed> = self.permit(&Scope::Platform)?;
        let page = PageRequest { limit: None, cursor };
        let (found, wrong) = match self.search(&search, &page).await? {
            Ok(found) => (found, Vec::new()),
            Err(wrong) => (Found { events: Vec::new(), next: None, looked_enough: false }, wrong),
        };
        let db = &self.state().db;
        let kinds = audit::kinds(db, &permit).await.map_err(|error| self.broken(error))?;
        let made = exports::list(db, &permit, None, FILES).await.map_err(|error| self.broken(error))?;
        let mut export = self.evidence_card(EXPORT).await?;
        searched(&mut export, &search);
        self.bring_back(draft.as_ref(), [&mut export]).await?;
        let standing = self.chain_standing().await?;
        Ok(AuditView {
            as_of: self.now(),
            kinds,
            projects: self.all_projects().await?,
            looked_back_to: found.next.filter(|_| found.looked_enough).map(|place| place.at),
            next_cursor: found.next.map(written),
            events: found.events.into_iter().map(view).collect(),
            action_required: standing.action_required,
            run_next: standing.run_next,
            safe_to_ignore: standing.safe_to_ignore,
            export,
            exports: made.into_iter().map(super::exports::row).collect(),
            search,
            wrong,
        })
    }

    async fn search(
        &self,
        search: &AuditSearch,
        page: &PageRequest,
    ) -> Result<Result<Found, Vec<FieldError>>, ConsoleError> {
        let permit: Permit<Read, Feed> = self.permit(&Scope::Platform)?;
        let below = page.cursor.as_deref().map(read).transpose()?;
        let filter = match search.read() {
            Ok(filter) => filter,
            Err(wrong) => return Ok(Err(wrong)),
        };
        let found = audit::search(&self.state().db, &permit, &filter, below, page.limit()).await;
        found.map(Ok).map_err(|error| self.broken(error))
    }

    async fn all_projects(&self) -> Result<Vec<ProjectRef>, ConsoleError> {
        let _: Permit<Read, Projects> = self.permit(&Scope::Platform)?;
        let all = projects::visible_to(&self.state().db, self.who()?).await;
        let all = all.map_err(|error| self.broken(error))?;
        Ok(all.into_iter().map(|one| ProjectRef { id: one.id, name: one.name }).collect())
    }
}

/// The card's fields hold what was searched for.
fn searched(card: &mut OperationCard, search: &AuditSearch) {
    for (name, part) in search.parts() {
        if let Some(field) = card.fields.iter_mut().find(|field| field.name == name) {
            part.unwrap_or_default().clone_into(&mut field.value);
        }
    }
}

fn unmeant(wrong: Vec<FieldError>) -> ConsoleError {
    let sentence = wrong.first().map_or_else(String::new, |first| first.sentence.clone());
    ConsoleError::new(ErrorKind::Invalid, "invalid_search", sentence)
        .next("Mend the named parts of the query and ask again.")
        .with_fields(wrong)
}

fn written(place: Place) -> String {
    format!("{}.{}", place.at.as_micros(), place.seq)
}

fn read(cursor: &str) -> Result<Place, ConsoleError> {
    let parts = cursor.split_once('.').and_then(|(at, seq)| Some((at.parse().ok()?, seq.parse().ok()?)));
    let (at, seq) = parts.ok_or_else(bad_cursor)?;
    Ok(Place { at: Timestamp::from_micros(at), seq })
}

fn view(event: StoredEvent) -> AuditEventView {
    AuditEventView {
        number: event.seq,
        at: event.at,
        kind: event.kind,
        actor: event.actor,
        sentence: event.sentence,
        operation: event.operation,
        project: event.project,
        resource_page: event.resource.as_deref().and_then(Address::of_resource),
        resource: event.resource,
        hash: event.hash,
    }
}
