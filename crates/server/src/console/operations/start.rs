//! Carry out what was looked at: the hash says what that was, the key says that it is asked once.

use super::confirming::check_confirmation;
use super::plan::Made;
use crate::authz::{Principal, Via};
use crate::console::Asking;
use crate::operations::Child;
use crate::store::db::StoreError;
use crate::store::events::{self, NewEvent};
use crate::store::operations::{self as stored, MayStart, NewOperation};
use crate::store::plans;
use operations::{Direction, OperationRecord, OperationState};
use read_models::error::{ConsoleError, ErrorKind};
use read_models::ids::OperationId;
use read_models::operation::{PlanView, StartRequest};
use read_models::operations::Started;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// How an operation came to be started.
pub(super) enum Began<'a> {
    /// Somebody asked for it.
    ByAPerson {
        /// When it begins; at once when there is no time to undo it in.
        begins_at: Option<i64>,
    },
    /// It is one of many.
    OfBulk(&'a Child),
}

impl<'a> Began<'a> {
    const fn begins_at(&self) -> Option<i64> {
        match self {
            Self::ByAPerson { begins_at } => *begins_at,
            Self::OfBulk(_) => None,
        }
    }

    const fn child(&self) -> Option<&'a Child> {
        match self {
            Self::ByAPerson { .. } => None,
            Self::OfBulk(child) => Some(child),
        }
    }
}

/// The longest key that is kept.
const LONGEST_KEY: usize = 200;

impl Asking {
    pub(super) async fn start_plan(
        &self,
        request: StartRequest,
        key: String,
    ) -> Result<Started, ConsoleError> {
        let who = self.who()?;
        check_key(&key)?;
        let request_hash = hash_of(&request);
        if let Some(before) = self.started_before(&key, &request_hash).await? {
            return Ok(before);
        }
        let found = plans::find_by_hash(&self.state().db, &who.user_id, &request.plan_hash).await;
        let plan = found.map_err(|error| self.no_plan(error))?;
        let now = self.now();
        if plan.good_until < now {
            let error = ConsoleError::new(
                ErrorKind::Conflict,
                "plan_too_old",
                "The plan is older than 30 minutes. Nothing was started.",
            );
            return Err(error.next("Make it again and look at it."));
        }
        let made = self.evaluate(&plan.operation, &plan.target, Some(&plan.input)).await?;
        self.check_operate(made.declared, &made.found)?;
        self.check_each(&made).await?;
        if made.evaluated.hash != plan.hash {
            return self.changed(&plan.hash, made).await;
        }
        self.refuse_for(made.frozen.as_ref())?;
        check_blockers(&made.view)?;
        check_confirmation(&made.view.confirmation, request.confirmation.as_deref())?;
        self.check_fresh_factor(made.danger, made.lets_in).await?;
        let begins_at = self.begins_at(&made.costs(), request.undo_window)?;
        self.accept(made, &plan.hash, key, request_hash, Began::ByAPerson { begins_at }).await
    }

    /// The same key with the same request is the same operation; with another request it is refused.
    pub(super) async fn started_before(
        &self,
        key: &str,
        request_hash: &str,
    ) -> Result<Option<Started>, ConsoleError> {
        let before = stored::by_key(&self.state().db, &self.who()?.user_id, key).await;
        match before.map_err(|error| self.broken(error))? {
            None => Ok(None),
            Some((id, hash)) if hash == request_hash => Ok(Some(Started::Accepted { id, repeated: true })),
            Some(_) => Err(ConsoleError::new(
                ErrorKind::Invalid,
                "idempotency_key_reused",
                "This Idempotency-Key stood for another request. Nothing was started.",
            )
            .next("Use a new key for a new request.")),
        }
    }

    /// The one way in: intent and operation in one transaction, for what a person starts and for a child of a bulk.
    pub(super) async fn accept(
        &self,
        made: Made,
        hash: &str,
        key: String,
        request_hash: String,
        began: Began<'_>,
    ) -> Result<Started, ConsoleError> {
        let (who, state, now) = (self.who()?, self.state(), self.now());
        let may = MayStart::checked(who, self.may_operate(made.declared, &made.found))
            .map_err(ConsoleError::from)?;
        let id = OperationId::from_uuid(&state.ids.uuid());
        let mut new = NewOperation {
            id: id.clone(),
            target: made.view.target.clone(),
            project: made.found.project.clone(),
            input: made.view.input.clone(),
            plan_hash: hash.to_owned(),
            by: who,
            idempotency_key: key.clone(),
            request_hash: request_hash.clone(),
            locks: made.evaluated.locks.clone(),
            record: record(&id, &made, began.begins_at()),
            now,
        };
        let intent = NewEvent {
            at: now,
            kind: "audit.intent",
            actor: who.audit_name(),
            sentence: format!("{} {} {}.", who.audit_name(), made.declared.audit, made.named()),
            operation: Some(id.clone()),
            step: None,
            project: made.found.project.clone(),
            resource: Some(made.view.target.to_string()),
            body: json!({ "plan_hash": hash, "operation": made.declared.id, "input": made.view.input,
                "steps": made.view.steps, "preconditions": made.view.preconditions, "via": via(who),
                "parent": began.child().map(|child| &child.parent) }),
        };
        let mut tx = state.db.begin().await.map_err(|error| self.broken(error))?;
        self.refuse_while_frozen(&mut tx, made.declared).await?;
        match began {
            // What was approved with the bulk is approved.
            Began::OfBulk(child) => self.hold_parent(&mut tx, child).await?,
            Began::ByAPerson { .. } => {
                let asked = self.approval_to_ask_for(&mut tx, &made.costs(), &made.found, hash).await?;
                new.record.approval = asked;
            }
        }
        match stored::accept(&mut tx, &may, &new).await {
            Ok(()) => {}
            // Two requests with one key at one moment: the other one was first.
            Err(StoreError::Conflict { .. }) => {
                drop(tx);
                let before = self.started_before(&key, &request_hash).await?;
                return before
                    .ok_or_else(|| self.broken(StoreError::Conflict { what: "idempotency_key".to_owned() }));
            }
            Err(error) => return Err(self.broken(error)),
        }
        events::append(&mut tx, &*state.ids, intent).await.map_err(|error| self.broken(error))?;
        self.note_family(&mut tx, &id, &made, began.child()).await?;
        tx.commit().await.map_err(|error| self.broken(error))?;
        state.hub.wake_sequencer();
        state.hub.wake_workers();
        Ok(Started::Accepted { id, repeated: false })
    }

    /// The facts have changed: nothing is started, and a fresh plan says what is different.
    async fn changed(&self, old_hash: &str, made: Made) -> Result<Started, ConsoleError> {
        let before = plans::body_by_hash(&self.state().db, &self.who()?.user_id, old_hash).await;
        let before: Option<PlanView> = before
            .map_err(|error| self.no_plan(error))
            .ok()
            .and_then(|body| serde_json::from_value(body).ok());
        let differences = before.map(|before| differences(&before, &made.view)).unwrap_or_default();
        let fresh = self.keep(made.view).await?;
        let sentence = match differences.as_slice() {
            [] => "What the plan was made from has changed. Nothing was started.".to_owned(),
            some => {
                format!("What the plan was made from has changed: {} Nothing was started.", some.join(" "))
            }
        };
        let error = ConsoleError::new(ErrorKind::Conflict, "plan_changed", sentence)
            .next("Look at the fresh plan and start that.");
        Ok(Started::Changed { differences, fresh: Box::new(fresh), error })
    }
}

/// How the person came in, whole: the name in the sentence is cut short.
fn via(who: &Principal) -> Value {
    match &who.via {
        Via::Session { id, .. } => json!({ "session": id }),
        Via::Token { id, scope } => json!({ "token": id, "scope": scope.word() }),
    }
}

fn check_key(key: &str) -> Result<(), ConsoleError> {
    if key.is_empty() || key.len() > LONGEST_KEY || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        let sentence = format!(
            "The Idempotency-Key has 1 to {LONGEST_KEY} visible ASCII characters. Nothing was started."
        );
        return Err(ConsoleError::new(ErrorKind::BadRequest, "bad_idempotency_key", sentence)
            .next("Send a fresh UUID."));
    }
    Ok(())
}

pub(super) fn check_blockers(view: &PlanView) -> Result<(), ConsoleError> {
    if view.blockers.is_empty() {
        return Ok(());
    }
    let sentences: Vec<_> = view.blockers.iter().map(|blocker| blocker.sentence.as_str()).collect();
    let sentence = format!("{} cannot start: {} Nothing was started.", view.title, sentences.join(" "));
    let way_out = view.blockers.iter().find_map(|blocker| blocker.unblocked_by.clone());
    let error = ConsoleError::new(ErrorKind::Conflict, "blocked", sentence);
    Err(error.next(way_out.map_or_else(
        || "Look at the preconditions on its card.".to_owned(),
        |way| format!("Unblocked by: {way}"),
    )))
}

fn record(id: &OperationId, made: &Made, begins_at: Option<i64>) -> OperationRecord {
    OperationRecord {
        id: id.as_str().to_owned(),
        operation: made.declared.id.to_owned(),
        version: made.declared.version,
        target: made.view.target.to_string(),
        state: OperationState::Queued,
        direction: Direction::Forward,
        steps: made.evaluated.steps.clone(),
        cancel: None,
        attention: None,
        waiting: None,
        outcome: None,
        begins_at,
        approval: None,
        debris: Vec::new(),
        started_at: None,
        finished_at: None,
    }
}

fn hash_of(request: &StartRequest) -> String {
    let mut text = format!("{}\0{}", request.plan_hash, request.confirmation.as_deref().unwrap_or_default());
    if request.undo_window {
        text.push_str("\0undo_window");
    }
    hex::encode(Sha256::digest(text))
}

/// What a person would notice between two plans.
fn differences(before: &PlanView, now: &PlanView) -> Vec<String> {
    let mut found = Vec::new();
    for rule in &now.preconditions {
        let was = before.preconditions.iter().find(|old| old.code == rule.code);
        if was.is_some_and(|old| old.holds != rule.holds) {
            found.push(rule.sentence.clone());
        }
    }
    let titles = |view: &PlanView| view.steps.iter().map(|step| step.title.clone()).collect::<Vec<_>>();
    let (old, new) = (titles(before), titles(now));
    found.extend(new.iter().filter(|title| !old.contains(title)).map(|title| format!("New step: {title}.")));
    found.extend(
        old.iter().filter(|title| !new.contains(title)).map(|title| format!("No longer a step: {title}.")),
    );
    found.extend(super::bulk::differences(before.bulk.as_ref(), now.bulk.as_ref()));
    if found.is_empty() && before.blast_radius != now.blast_radius {
        found.push("Somebody else will notice than before.".to_owned());
    }
    found
}
