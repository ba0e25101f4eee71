//! What happened, searched: the page and the list of the API.

use std::collections::HashMap;

use read_models::audit::{AuditEventView, AuditSearch, AuditView};
use read_models::error::{ConsoleError, ErrorKind, FieldError};
use read_models::ids::{DraftId, OperationId, ProjectId};
use read_models::navigation::Address;
use read_models::operation::OperationCard;
use read_models::paging::{Page, PageRequest};
use read_models::session::ProjectRef;
use read_models::time::Timestamp;

use super::exports::EXPORT;
use crate::authz::{Feed, Permit, Projects, Read, Scope};
use crate::console::{Asking, bad_cursor};
use crate::store::events::StoredEvent;
use crate::store::operations::find_system;
use crate::store::views::audit::{self, Found, Place};
use crate::store::{exports, projects};

/// Files that are shown beside a search.
const FILES: i64 = 5;

impl Asking {
    /// What was found, for programs: a search that cannot be meant is refused. Who has no role on the platform names a
    /// project of theirs.
    pub(crate) async fn audit_events(
        &self,
        search: AuditSearch,
        page: PageRequest,
    ) -> Result<Page<AuditEventView>, ConsoleError> {
        let project = search.project.as_deref().and_then(|id| ProjectId::parse(id).ok());
        let scope = match project.filter(|_| self.who().is_ok_and(|who| !who.is_platform())) {
            Some(project) => Scope::Project(project),
            None => Scope::Platform,
        };
        let permit = self.permit(&scope)?;
        let found = self.search(&permit, &search, &page).await?.map_err(unmeant)?;
        let next_cursor = found.next.map(written);
        Ok(Page { items: self.views(found.events, &scope).await?, next_cursor })
    }

    /// The audit of one project, for whoever has a role in it.
    pub(super) async fn audit_of_project(
        &self,
        project: Option<ProjectId>,
        search: AuditSearch,
        cursor: Option<String>,
    ) -> Result<AuditView, ConsoleError> {
        let project = match project {
            Some(project) => Some(project),
            None => self.project_of(search.resource.as_deref()).await,
        };
        let project = self.project(project).await?;
        let scope = Scope::Project(project.id.clone());
        let permit: Permit<Read, Feed> = self.permit(&scope)?;
        let search = search.with("project", Some(project.id.to_string()));
        let page = PageRequest { limit: None, cursor };
        let (found, wrong) = found_or_wrong(self.search(&permit, &search, &page).await?);
        let all = projects::visible_to(&self.state().db, self.who()?).await;
        let all = all.map_err(|error| self.broken(error))?;
        // Where nothing is named, it is the project itself.
        let whole = format!("project:{}", project.id);
        let of = search.resource.clone().filter(|said| !said.trim().is_empty()).unwrap_or(whole);
        Ok(AuditView {
            as_of: self.now(),
            scope: Some(ProjectRef { id: project.id, name: project.name }),
            kinds: Vec::new(),
            projects: all.into_iter().map(|one| ProjectRef { id: one.id, name: one.name }).collect(),
            looked_back_to: found.next.filter(|_| found.looked_enough).map(|place| place.at),
            next_cursor: found.next.map(written),
            events: self.views(found.events, &scope).await?,
            action_required: Vec::new(),
            run_next: None,
            safe_to_ignore: "All of it: the audit is kept without anybody doing something for it.".to_owned(),
            bundle: self.resource_evidence(&search.clone().with("resource", Some(of))).await?,
            export: None,
            exports: Vec::new(),
            search,
            wrong,
        })
    }

    /// The project of the thing that is searched for, when there is such a thing for this person.
    async fn project_of(&self, resource: Option<&str>) -> Option<ProjectId> {
        let target = resource?.trim().parse().ok()?;
        self.target(&target).await.ok()?.project
    }

    /// As they travel. A tenant is not led to operations they may not read.
    async fn views(
        &self,
        events: Vec<StoredEvent>,
        scope: &Scope,
    ) -> Result<Vec<AuditEventView>, ConsoleError> {
        let mut views: Vec<_> = events.into_iter().map(view).collect();
        let Some(project) = scope.project() else { return Ok(views) };
        let mut known: HashMap<OperationId, bool> = HashMap::new();
        for event in &mut views {
            let Some(id) = &event.operation else { continue };
            let is_theirs = if let Some(is) = known.get(id) {
                *is
            } else {
                let found = find_system(&mut &self.state().db, &self.proof(), id).await;
                let is = found.map_err(|error| self.broken(error))?.project.as_ref() == Some(project);
                known.insert(id.clone(), is);
                is
            };
            if !is_theirs {
                event.operation = None;
            }
        }
        Ok(views)
    }

    pub(super) async fn audit_page(
        &self,
        search: AuditSearch,
        cursor: Option<String>,
        draft: Option<DraftId>,
    ) -> Result<AuditView, ConsoleError> {
        let permit: Permit<Read, Feed> = self.permit(&Scope::Platform)?;
        let page = PageRequest { limit: None, cursor };
        let (found, wrong) = found_or_wrong(self.search(&permit, &search, &page).await?);
        let db = &self.state().db;
        let kinds = audit::kinds(db, &permit).await.map_err(|error| self.broken(error))?;
        let made = exports::list(db, &permit, None, FILES).await.map_err(|error| self.broken(error))?;
        let mut export = self.evidence_card(EXPORT).await?;
        searched(&mut export, &search);
        self.bring_back(draft.as_ref(), [&mut export]).await?;
        let standing = self.chain_standing().await?;
        Ok(AuditView {
            as_of: self.now(),
            scope: None,
            kinds,
            projects: self.all_projects().await?,
            looked_back_to: found.next.filter(|_| found.looked_enough).map(|place| place.at),
            next_cursor: found.next.map(written),
            events: found.events.into_iter().map(view).collect(),
            action_required: standing.action_required,
            run_next: standing.run_next,
            safe_to_ignore: standing.safe_to_ignore,
            bundle: self.resource_evidence(&search).await?,
            export: Some(export),
            exports: made.into_iter().map(super::exports::row).collect(),
            search,
            wrong,
        })
    }

    async fn search(
        &self,
        permit: &Permit<Read, Feed>,
        search: &AuditSearch,
        page: &PageRequest,
    ) -> Result<Result<Found, Vec<FieldError>>, ConsoleError> {
        let below = page.cursor.as_deref().map(read).transpose()?;
        let filter = match search.read() {
            Ok(filter) => filter,
            Err(wrong) => return Ok(Err(wrong)),
        };
        let found = audit::search(&self.state().db, permit, &filter, below, page.limit()).await;
        found.map(Ok).map_err(|error| self.broken(error))
    }

    pub(super) async fn all_projects(&self) -> Result<Vec<ProjectRef>, ConsoleError> {
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

fn found_or_wrong(found: Result<Found, Vec<FieldError>>) -> (Found, Vec<FieldError>) {
    match found {
        Ok(found) => (found, Vec::new()),
        Err(wrong) => (Found { events: Vec::new(), next: None, looked_enough: false }, wrong),
    }
}

/// A question that cannot be meant.
pub(super) fn unmeant(wrong: Vec<FieldError>) -> ConsoleError {
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
