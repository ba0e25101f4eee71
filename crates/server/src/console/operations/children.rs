//! Starting the child of a bulk: the way every operation is started, as the person who asked, with what they may do now.

use super::plan::Made;
use super::start::{Began, check_blockers};
use crate::authz::{Principal, Via};
use crate::console::Asking;
use crate::operations::{BulkOver, Child, ChildStart, StartsChildren};
use crate::state::AppState;
use crate::store::db::{StoreError, Tx};
use crate::store::events::{self, NewEvent};
use crate::store::operations::{self as stored, fence};
use crate::store::{bulks, tokens, users};
use async_trait::async_trait;
use read_models::error::{ConsoleError, ErrorKind};
use read_models::ids::OperationId;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::sync::Arc;

/// What starts children in a running server.
pub(crate) fn starts_children(state: &AppState) -> Arc<dyn StartsChildren> {
    Arc::new(Children(state.clone()))
}

#[derive(Debug)]
struct Children(AppState);

#[async_trait]
impl StartsChildren for Children {
    async fn start(&self, child: &Child) -> ChildStart {
        let nobody = Asking::new(&self.0, None, None);
        let started = match nobody.who_asked_for(&child.parent).await {
            Ok(who) => Asking::new(&self.0, Some(who), None).start_child(child).await,
            Err(error) => Err(error),
        };
        match started {
            Ok(()) => ChildStart::Accepted,
            Err(error) if is_final(&error) => ChildStart::NotStarted(error.sentence),
            Err(error) => ChildStart::NotNow(error.sentence),
        }
    }
}

/// Whether asking again for the same would get the same answer. What only stands in the way for now is asked again.
fn is_final(error: &ConsoleError) -> bool {
    match error.kind {
        ErrorKind::Denied | ErrorKind::NotFound | ErrorKind::Gone | ErrorKind::Invalid => true,
        ErrorKind::Conflict => matches!(error.code.as_str(), "plan_changed" | "blocked"),
        ErrorKind::NotSignedIn
        | ErrorKind::BadRequest
        | ErrorKind::TooMany
        | ErrorKind::Unavailable
        | ErrorKind::Internal => false,
    }
}

impl Asking {
    /// The person who asked for a bulk, with what they may do now: at most what the token allows they asked with.
    async fn who_asked_for(&self, parent: &OperationId) -> Result<Principal, ConsoleError> {
        let (db, proof) = (&mut &self.state().db, self.proof());
        let asked = stored::find_system(db, &proof, parent).await.map_err(|error| self.broken(error))?;
        let bulk = bulks::find(db, &proof, parent).await.map_err(|error| self.broken(error))?;
        let account = users::by_id(db, &proof, &asked.user).await.map_err(|error| self.broken(error))?;
        if account.suspended_at.is_some() {
            return Err(no_more(format!("{} is suspended.", account.email)));
        }
        let via = match (bulk.token, bulk.session) {
            (Some(id), _) => {
                let token = match tokens::find(db, &proof, &id).await {
                    Ok(token) => Some(token).filter(|token| token.is_good(self.now())),
                    Err(StoreError::NotFound) => None,
                    Err(error) => return Err(self.broken(error)),
                };
                let over = || no_more("The API token it was asked with is not good any more.".to_owned());
                Via::Token { id, scope: token.ok_or_else(over)?.scope }
            }
            // The session may be over by now: what the person may do is not.
            (None, Some(id)) => Via::Session { id, stepped_up_at: asked.accepted_at, project: None },
            (None, None) => return Err(no_more("Nobody knows how it was asked for.".to_owned())),
        };
        let grants = users::grants(db, &proof, &asked.user).await.map_err(|error| self.broken(error))?;
        let (email, display_name, landing) = (account.email, account.display_name, account.landing);
        Ok(Principal { user_id: asked.user, email, display_name, grants, landing, via })
    }

    /// As [`Self::start_plan`], but for what was confirmed with the bulk: the plan, the names, the fresh factor.
    async fn start_child(&self, child: &Child) -> Result<(), ConsoleError> {
        let (key, request_hash) = (child.key(), hash_of(child));
        if self.started_before(&key, &request_hash).await?.is_some() {
            return Ok(());
        }
        let made = self.evaluate(&child.operation, &child.target, Some(&child.input)).await?;
        self.check_operate(made.declared, &made.found)?;
        if made.evaluated.hash != child.plan_hash {
            let different = child.looked.differences(&made.evaluated).join(" ");
            let sentence = format!("What its plan was made from has changed: {different}");
            return Err(ConsoleError::new(ErrorKind::Conflict, "plan_changed", sentence));
        }
        // That passes: the bulk waits for it, and does not go on without this one.
        self.refuse_for(made.frozen.as_ref())?;
        check_blockers(&made.view)?;
        self.accept(made, &child.plan_hash, key, request_hash, Began::OfBulk(child)).await.map(|_| ())
    }

    /// A worker that lost the parent's lease starts nothing in its name.
    pub(super) async fn hold_parent(&self, tx: &mut Tx, child: &Child) -> Result<(), ConsoleError> {
        let held = fence(tx, &self.proof(), child.parent.as_str(), child.fencing_token).await;
        held.map_err(|error| self.broken(error))
    }

    /// What belongs to a bulk, in the transaction that accepts it or one of its children.
    pub(super) async fn note_family(
        &self,
        tx: &mut Tx,
        id: &OperationId,
        made: &Made,
        of: Option<&Child>,
    ) -> Result<(), ConsoleError> {
        let noted = match of {
            Some(child) => self.note_child(tx, id, made, child).await,
            None if BulkOver::by_id(made.declared.id).is_some() => {
                let (session, token) = match &self.who()?.via {
                    Via::Session { id, .. } => (Some(id), None),
                    Via::Token { id, .. } => (None, Some(id)),
                };
                bulks::begin(tx, &self.proof(), id, session, token).await
            }
            None => Ok(()),
        };
        noted.map_err(|error| self.broken(error))
    }

    async fn note_child(
        &self,
        tx: &mut Tx,
        id: &OperationId,
        made: &Made,
        child: &Child,
    ) -> Result<(), StoreError> {
        let place = (&child.parent, child.position, child.attempt);
        bulks::link(tx, &self.proof(), id, place).await?;
        let event = NewEvent {
            at: self.now(),
            kind: "bulk.started",
            actor: self.proof().who(),
            sentence: format!("{} {}: accepted as {id}.", made.declared.title, made.found.view.name),
            operation: Some(child.parent.clone()),
            step: None,
            // A child is in its parent's project.
            project: made.found.project.clone(),
            resource: Some(child.target.to_string()),
            body: json!({ "child": id, "target": child.target.to_string(), "position": child.position,
                "attempt": child.attempt, "plan_hash": child.plan_hash }),
        };
        events::append(tx, &*self.state().ids, event).await
    }
}

fn no_more(sentence: String) -> ConsoleError {
    ConsoleError::new(ErrorKind::Denied, "not_theirs_any_more", sentence)
}

fn hash_of(child: &Child) -> String {
    hex::encode(Sha256::digest(format!("{}\0{}\0{}", child.plan_hash, child.target, child.input)))
}
