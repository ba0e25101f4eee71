//! Answers what pages, forms and the API ask: permit, query, project, answer. One file per family.
//!
//! An [`Asking`] is made for each request, with whoever was recognised. Everything asked of it is checked here: a server
//! function called while a page is rendered passes no HTTP layer.

mod account;
mod cards;
mod compute;
mod evidence;
mod find;
mod iam;
mod measures;
mod nodes;
mod onboarding;
mod operations;
mod ops;
mod session;
mod targets;
mod workload_metrics;
mod workloads;

pub(crate) use self::account::check_new_password;
pub(crate) use self::evidence::{ExportFile, ResourceFile};
pub(crate) use self::operations::starts_children;
use crate::authz::system::for_worker;
use crate::authz::{ActionMarker, Permit, Principal, ResourceMarker, Scope, SystemProof, authorize};
use crate::operations::World;
use crate::state::AppState;
use crate::store::db::StoreError;
use crate::store::form_drafts::{self, FormDraft};
use crate::store::projects::{self, Project};
use crate::store::sessions;
use read_models::Answer;
use read_models::error::{ConsoleError, ErrorKind, FieldError};
use read_models::ids::{DraftId, ProjectId};
use read_models::time::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;
use tracing::error;

/// The longest form that is kept when it comes back with errors.
const LONGEST_DRAFT: usize = 32 * 1024;

/// One request, and who makes it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Asking(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    state: AppState,
    who: Option<Principal>,
    request_id: Option<String>,
    world: World,
}

impl Asking {
    /// For one request.
    pub fn new(state: &AppState, who: Option<Principal>, request_id: Option<String>) -> Self {
        Self(Arc::new(Inner { world: World::of(state), state: state.clone(), who, request_id }))
    }

    /// Keeps a form that came back with errors, so that nothing typed is lost.
    pub fn keep_draft(
        &self,
        operation: String,
        fields: BTreeMap<String, String>,
        errors: Vec<FieldError>,
    ) -> Answer<'_, DraftId> {
        Box::pin(async move {
            let who = self.who()?;
            let typed: usize = fields.iter().map(|(name, value)| name.len() + value.len()).sum();
            let known = self.state().register.find(&operation).filter(|_| typed <= LONGEST_DRAFT);
            let Some(known) = known else {
                let sentence =
                    "What was typed cannot be kept: it is too long, or for an operation there is not.";
                return Err(
                    ConsoleError::new(ErrorKind::Invalid, "draft_refused", sentence).next("Shorten it.")
                );
            };
            let id = DraftId::from_uuid(&self.state().ids.uuid());
            // Pasted by mistake into a field for a public key: that must be nowhere.
            let schema = known.input_schema();
            let is_secret = |name: &str| schema["properties"][name]["x-secret"] == true;
            let kept = |(name, value): (String, String)| {
                (!value.contains("PRIVATE KEY") && !is_secret(&name)).then_some((name, value))
            };
            let fields = fields.into_iter().filter_map(kept).collect();
            let draft = FormDraft { operation, fields, errors };
            let mut tx = self.state().db.begin().await.map_err(|error| self.broken(error))?;
            let kept = form_drafts::keep(&mut tx, &who.user_id, &id, &draft, self.now()).await;
            kept.map_err(|error| self.broken(error))?;
            tx.commit().await.map_err(|error| self.broken(error))?;
            Ok(id)
        })
    }

    /// Remembers the project this person looks at.
    pub fn use_project(&self, project: ProjectId) -> Answer<'_, ()> {
        Box::pin(async move {
            let who = self.who()?;
            let _: Permit<crate::authz::Read, crate::authz::Projects> =
                self.permit(&Scope::Project(project.clone()))?;
            let crate::authz::Via::Session { id, .. } = &who.via else { return Ok(()) };
            let mut tx = self.state().db.begin().await.map_err(|error| self.broken(error))?;
            let used = sessions::use_project(&mut tx, &self.proof(), id, &project).await;
            used.map_err(|error| self.broken(error))?;
            tx.commit().await.map_err(|error| self.broken(error))
        })
    }

    fn state(&self) -> &AppState {
        &self.0.state
    }

    fn world(&self) -> &World {
        &self.0.world
    }

    fn now(&self) -> Timestamp {
        self.0.state.clock.now()
    }

    /// For looking up what something belongs to before the person's permit for it can be asked for.
    #[expect(clippy::unused_self, reason = "only whoever asks has it")]
    fn proof(&self) -> SystemProof {
        for_worker("console")
    }

    fn who(&self) -> Result<&Principal, ConsoleError> {
        self.0.who.as_ref().ok_or_else(|| {
            ConsoleError::new(
                ErrorKind::NotSignedIn,
                "not_signed_in",
                "You are not signed in. Nothing was changed.",
            )
            .next("Sign in, or send an API token: `Authorization: Bearer slw_…`.")
        })
    }

    fn permit<A: ActionMarker, R: ResourceMarker>(
        &self,
        scope: &Scope,
    ) -> Result<Permit<A, R>, ConsoleError> {
        authorize(self.who()?, scope).map_err(ConsoleError::from)
    }

    /// The permit for everything this person may read of a kind: the platform's, else the named project's.
    fn widest_scope(&self, project: Option<&ProjectId>) -> Result<Scope, ConsoleError> {
        if self.who()?.is_platform() {
            return Ok(project.map_or(Scope::Platform, |id| Scope::Project(id.clone())));
        }
        let own = self.who()?.projects();
        let chosen = project.cloned().or_else(|| self.session_project()).or_else(|| own.first().cloned());
        chosen.map(Scope::Project).ok_or_else(|| {
            ConsoleError::new(ErrorKind::Denied, "no_project", "You have no role in any project.")
                .next("Ask a platform administrator for a role in one.")
        })
    }

    fn session_project(&self) -> Option<ProjectId> {
        match &self.0.who.as_ref()?.via {
            crate::authz::Via::Session { project, .. } => project.clone(),
            crate::authz::Via::Token { .. } => None,
        }
    }

    /// The project a tenant page shows: the one asked for, else the one used last, else the first there is.
    async fn project(&self, asked: Option<ProjectId>) -> Result<Project, ConsoleError> {
        let mut visible =
            projects::visible_to(&self.state().db, self.who()?).await.map_err(|e| self.broken(e))?;
        let asked_for = asked.is_some();
        let wanted = asked.or_else(|| self.session_project());
        let at = wanted.and_then(|id| visible.iter().position(|project| project.id == id));
        match at {
            Some(at) => Ok(visible.swap_remove(at)),
            None if asked_for => Err(ConsoleError::not_found("project")),
            None if visible.is_empty() => {
                Err(ConsoleError::new(ErrorKind::NotFound, "no_project", "There is no project you may see.")
                    .next("An administrator makes the first one with `slipway admin starter`."))
            }
            None => Ok(visible.swap_remove(0)),
        }
    }

    /// What a failing store means to whoever asked. What is ours to mend is logged here, once.
    #[expect(clippy::needless_pass_by_value, reason = "it ends here: callers map an error they own")]
    fn broken(&self, error: StoreError) -> ConsoleError {
        let id = self.0.request_id.clone();
        let mut answer = match error {
            StoreError::NotFound => return ConsoleError::not_found("thing"),
            StoreError::Unavailable(_) => ConsoleError::new(
                ErrorKind::Unavailable,
                "database_unavailable",
                "The database does not answer.",
            )
            .next("Try again in a moment. Whether a change was made can be read on its page."),
            StoreError::Conflict { .. } | StoreError::LeaseLost => ConsoleError::new(
                ErrorKind::Conflict,
                "changed_meanwhile",
                "Somebody else changed this at the same moment. Nothing of yours was changed.",
            )
            .next("Look again, then decide."),
            StoreError::Unstorable => ConsoleError::new(
                ErrorKind::Invalid,
                "nul_byte",
                "Text with a NUL byte cannot be kept. Nothing was changed.",
            )
            .next("Take the NUL byte out of the text."),
            StoreError::Corrupt { .. } | StoreError::Newer { .. } => {
                ConsoleError::new(ErrorKind::Internal, "defect", "The server found something it cannot read.")
                    .next("Give an operator the request id.")
            }
        };
        if !matches!(answer.kind, ErrorKind::Conflict | ErrorKind::Invalid) {
            error!(
                request.id = id,
                error = &error as &dyn std::error::Error,
                "a question could not be answered: {error}"
            );
        }
        answer.request_id = id;
        answer
    }
}

/// What a person wrote, as a sentence.
fn as_sentence(words: &str) -> String {
    if words.ends_with(['.', '!', '?']) { words.to_owned() } else { format!("{words}.") }
}

/// A cursor of a list is the id its page ended with.
fn cursor_of<T: std::str::FromStr>(text: &str) -> Result<String, ConsoleError> {
    text.parse::<T>().map(|_| text.to_owned()).map_err(|_| bad_cursor())
}

fn bad_cursor() -> ConsoleError {
    ConsoleError::new(
        ErrorKind::BadRequest,
        "bad_cursor",
        "The cursor is not one this list gave. Nothing was read.",
    )
    .next("Use `next_cursor` as it came, or leave it out to begin at the start.")
}
