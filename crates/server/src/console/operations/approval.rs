//! A second person's approval: when it is needed, who may give it, and giving it.

use std::time::Duration;

use crate::authz::{Action, OperationRecords, Permit, Principal, Read, Resource, Scope};
use crate::console::Asking;
use crate::console::targets::{Found, permission};
use crate::facts::may;
use crate::projections::approved;
use crate::store::approval_policies::{self, Needs, Policy};
use crate::store::db::Reader;
use crate::store::operations::{self as stored, StoredOperation};
use crate::store::users::{self, Person};
use operations::{Approval, Danger, Declaration, Event};
use read_models::error::{ConsoleError, ErrorKind, FieldError};
use read_models::iam::ProjectApproval;
use read_models::ids::ProjectId;
use read_models::operation::{ApprovalGiven, ApprovalNeeded, ApprovalView, Decision, Target, TargetKind};
use read_models::time::{Timestamp, spoken};
use serde_json::json;

/// For how long it can be given.
const GOOD_FOR: Duration = Duration::from_hours(24);
/// People who are looked at for one who may.
const PEOPLE: i64 = 1_000;
/// So many of them are named.
const NAMED: usize = 5;

impl Asking {
    /// Whether somebody else has to approve it: for the project's sake, or the platform's.
    pub(super) async fn needs_approval(
        &self,
        from: &mut impl Reader,
        declared: &Declaration,
        found: &Found,
    ) -> Result<bool, ConsoleError> {
        if declared.danger != Danger::Destructive || self.is_never_held_back(declared) {
            return Ok(false);
        }
        let project = found.project.as_ref().map(|id| id.as_str().to_owned());
        for scope in std::iter::once("platform".to_owned()).chain(project) {
            let policy = approval_policies::find(from, &self.proof(), &scope).await;
            let policy = policy.map_err(|error| self.broken(error))?;
            if policy.is_some_and(|policy| policy.needs == Needs::Destructive) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What is stored with an operation that needs it.
    pub(super) async fn approval_to_ask_for(
        &self,
        from: &mut impl Reader,
        declared: &Declaration,
        found: &Found,
        plan_hash: &str,
    ) -> Result<Option<Approval>, ConsoleError> {
        if !self.needs_approval(from, declared, found).await? {
            return Ok(None);
        }
        Ok(Some(Approval {
            plan_hash: plan_hash.to_owned(),
            asked_by: self.who()?.audit_name(),
            danger: declared.danger,
            until: self.now().plus(GOOD_FOR).as_micros(),
            given: None,
            compared: false,
        }))
    }

    /// What the plan says of it before anything is started.
    pub(super) async fn approval_needed(
        &self,
        declared: &Declaration,
        found: &Found,
    ) -> Result<Option<ApprovalNeeded>, ConsoleError> {
        if !self.needs_approval(&mut &self.state().db, declared, found).await? {
            return Ok(None);
        }
        let others = self.others_who_may(declared, found, &self.who()?.user_id.clone()).await?;
        let alone = others.is_empty().then(|| {
            "Nobody but you may approve it, so it would wait until it expires. Invite a second person with such a role, or \
             have the approval policy changed, before you start it."
                .to_owned()
        });
        let sentence = format!(
            "After you start it, a second person has to approve exactly this plan within {}. Until then nothing is done.",
            spoken(GOOD_FOR)
        );
        Ok(Some(ApprovalNeeded { sentence, by: self.named(&others), alone }))
    }

    /// What needs approval in a project, for who may say so there.
    pub(in crate::console) async fn project_approval(
        &self,
        project: &ProjectId,
    ) -> Result<Option<ProjectApproval>, ConsoleError> {
        let scope = Scope::Project(project.clone());
        if !self.who()?.can(Action::Administer, Resource::Invitations, &scope) {
            return Ok(None);
        }
        let target = Target { kind: TargetKind::People, id: project.to_string() };
        let Some(known) = self.state().register.find("approval_policy.set") else { return Ok(None) };
        let found = self.target(&target).await?;
        let permit: Permit<Read, OperationRecords> = self.permit(&scope)?;
        let (db, id) = (&self.state().db, known.declaration().id);
        let past = stored::newest_of_operation(db, &permit, &target, id, 1).await;
        let past = past.map_err(|error| self.broken(error))?;
        let card = self.card(known, &target, &found, &past).await?;
        let of_platform = approval_policies::find(&mut &*db, &self.proof(), "platform").await;
        let own = approval_policies::find(&mut &*db, &self.proof(), project.as_str()).await;
        let (of_platform, own) =
            (of_platform.map_err(|error| self.broken(error))?, own.map_err(|error| self.broken(error))?);
        Ok(Some(ProjectApproval { now: policy_words(of_platform.as_ref(), own.as_ref()), card }))
    }

    /// How the approval of an operation stands.
    pub(super) async fn approval_view(
        &self,
        stored: &StoredOperation,
        declared: &Declaration,
        found: &Found,
    ) -> Result<Option<ApprovalView>, ConsoleError> {
        let Some(approval) = &stored.record.approval else { return Ok(None) };
        let waits = approval.given.is_none() && !stored.state.is_over();
        let by = if waits {
            self.named(&self.others_who_may(declared, found, &stored.user).await?)
        } else {
            Vec::new()
        };
        Ok(Some(ApprovalView {
            plan_hash: approval.plan_hash.clone(),
            until: Timestamp::from_micros(approval.until),
            is_own: self.is_own(stored),
            by,
            given: approval.given.as_ref().map(|given| ApprovalGiven {
                by: given.by.clone(),
                at: Timestamp::from_micros(given.at),
                reason: given.reason.clone(),
            }),
        }))
    }

    /// Whether it waits for an approval that whoever asks cannot give, because they asked for the operation.
    pub(super) fn waits_for_another(&self, stored: &StoredOperation) -> bool {
        waits(stored) && self.is_own(stored)
    }

    fn is_own(&self, stored: &StoredOperation) -> bool {
        self.who().is_ok_and(|who| who.user_id == stored.user)
    }

    /// Refuses to approve or decline what is one's own, what is another plan, and what has no reason; and ends it when what was
    /// planned is not what would be done now.
    pub(super) async fn check_approval(
        &self,
        stored: &StoredOperation,
        decision: &Decision,
    ) -> Result<(), ConsoleError> {
        if !waits(stored) {
            return Ok(());
        }
        if self.is_own(stored) {
            let sentence = "You asked for it, so somebody else has to decide about it. Nothing was changed.";
            return Err(ConsoleError::new(ErrorKind::Denied, "own_approval", sentence)
                .next("Ask somebody else who may carry it out; to withdraw it, cancel it."));
        }
        if decision.choice == "decline" && decision.reason.trim().is_empty() {
            return Err(invalid("/reason", "reason_needed", "Say why: whoever asked for it reads that."));
        }
        if decision.choice != "approve" {
            return Ok(());
        }
        match decision.plan_hash.as_deref() {
            None | Some("") => {
                let sentence = "Name the hash of the plan that is approved, as `plan_hash`.";
                return Err(invalid("/plan_hash", "plan_hash_needed", sentence));
            }
            Some(named) if named != stored.plan_hash => {
                let sentence = "That is the hash of another plan. Nothing was approved.";
                return Err(ConsoleError::new(ErrorKind::Conflict, "another_plan", sentence)
                    .next("Look at what it would do, then approve that."));
            }
            Some(_) => {}
        }
        self.call_off_when_changed(stored).await
    }

    async fn call_off_when_changed(&self, stored: &StoredOperation) -> Result<(), ConsoleError> {
        let Some(known) = self.state().register.find(&stored.operation) else {
            return Err(ConsoleError::not_found("operation"));
        };
        let now = known.evaluate(self.world(), &stored.target.id, Some(&stored.input)).await;
        if let Err(error @ operations::EvaluateError::Unavailable(_)) = now {
            return Err(self.not_evaluated(error));
        }
        let Some(because) = approved::differs(&stored.plan_hash, &stored.record.steps, &now) else {
            return Ok(());
        };
        let by = self.who()?.audit_name();
        let sentence =
            format!("{by} was about to approve it, and it is not what was planned any more. {because}");
        let said = json!({ "choice": "approve", "plan_hash": stored.plan_hash, "refused": because });
        let event = Event::CalledOff { because: because.clone() };
        self.write_decision(&stored.id, event, None, (sentence, said)).await?;
        let error = ConsoleError::new(
            ErrorKind::Conflict,
            "plan_changed",
            format!("{because} Nothing was done, and the operation is cancelled."),
        );
        Err(error.next("Whoever asked for it makes a fresh plan and starts that."))
    }

    /// Who else may carry it out, and so approve it.
    async fn others_who_may(
        &self,
        declared: &Declaration,
        found: &Found,
        asked: &read_models::ids::UserId,
    ) -> Result<Vec<Person>, ConsoleError> {
        let (action, resource, scope) = permission(declared, found);
        let people = users::list(&self.state().db, &self.proof(), PEOPLE).await;
        let mut people = people.map_err(|error| self.broken(error))?;
        people.retain(|person| person.id != *asked && may(person, action, resource, &scope));
        Ok(people)
    }

    /// Some of them by name. Tenants are not told who looks after the platform.
    fn named(&self, people: &[Person]) -> Vec<String> {
        let is_platform = self.who().is_ok_and(Principal::is_platform);
        let of_platform = |person: &Person| person.grants.iter().all(|grant| grant.scope.project().is_none());
        let shown = |person: &Person| {
            if !is_platform && of_platform(person) {
                "an administrator of the platform".to_owned()
            } else {
                person.email.clone()
            }
        };
        let mut names: Vec<_> = people.iter().map(shown).collect();
        names.dedup();
        names.truncate(NAMED);
        names
    }
}

/// What needs approval in a project now, and who wants that.
fn policy_words(of_platform: Option<&Policy>, own: Option<&Policy>) -> String {
    let wants = |policy: &Policy| policy.needs == Needs::Destructive;
    if of_platform.is_some_and(wants) {
        return "What destroys something needs it: the platform wants that in every project.".to_owned();
    }
    match own.filter(|policy| wants(policy)) {
        Some(policy) => {
            let (by, at) = (&policy.by, policy.at.date_and_minute());
            format!("What destroys something needs it: {by} set that for this project, {at} UTC.")
        }
        None => "Nothing needs it here.".to_owned(),
    }
}

/// Whether a second person is asked now.
fn waits(stored: &StoredOperation) -> bool {
    let record = &stored.record;
    !record.state.is_over() && record.approval.as_ref().is_some_and(|approval| approval.given.is_none())
}

fn invalid(pointer: &str, code: &'static str, sentence: &str) -> ConsoleError {
    let field = FieldError { pointer: pointer.to_owned(), sentence: sentence.to_owned() };
    let error = ConsoleError::new(ErrorKind::Invalid, code, format!("{sentence} Nothing was changed."));
    error.next(sentence).with_fields(vec![field])
}
