//! What would this operation do? Changes nothing but the list of plans this person looked at.

use crate::authz::Via;
use crate::console::Asking;
use crate::console::cards::preconditions;
use crate::console::targets::Found;
use crate::operations::{BulkOver, Selection, selection_of};
use crate::projections::{operation_view, operation_words};
use crate::store::db::StoreError;
use crate::store::plans::{self, StoredPlan};
use crate::store::standstill::Standstill;
use operations::{Danger, Declaration, Evaluated};
use read_models::error::{ConsoleError, ErrorKind};
use read_models::ids::PlanId;
use read_models::operation::{Blocker, Confirmation, FreshFactor, PlanRequest, PlanView, Target};
use serde_json::Value;
use std::time::Duration;

/// How long a plan can be started.
const GOOD_FOR: Duration = Duration::from_mins(30);
/// How long a sign-in counts as fresh for what destroys something.
pub(super) const FRESH_FOR: Duration = Duration::from_mins(5);

/// A plan, made now.
pub(super) struct Made {
    pub(super) view: PlanView,
    pub(super) evaluated: Evaluated,
    pub(super) found: Found,
    pub(super) declared: &'static Declaration,
    /// Whether it lets somebody in.
    pub(super) lets_in: bool,
    /// What it can cost: of a bulk, what the operation on each of them can cost.
    pub(super) danger: Danger,
    /// What a bulk selects.
    pub(super) selection: Option<Selection>,
    /// The freeze that holds it back.
    pub(super) frozen: Option<Standstill>,
}

impl Made {
    /// Its words, with what it can cost.
    pub(super) fn costs(&self) -> Declaration {
        Declaration { danger: self.danger, ..*self.declared }
    }
}

impl Asking {
    pub(super) async fn make_plan(&self, request: PlanRequest) -> Result<PlanView, ConsoleError> {
        self.who()?;
        let made = self.evaluate(&request.operation, &request.target, Some(&request.input)).await?;
        self.check_operate(made.declared, &made.found)?;
        self.check_whom(&request, made.declared, &made.found).await?;
        self.check_each(&made).await?;
        self.keep(made.view).await
    }

    /// Keeps a plan for whoever asked.
    pub(super) async fn keep(&self, mut view: PlanView) -> Result<PlanView, ConsoleError> {
        let plan = StoredPlan {
            id: view.id.clone(),
            hash: view.hash.clone(),
            operation: view.operation.clone(),
            target: view.target.clone(),
            project: None,
            input: view.input.clone(),
            made_at: view.made_at,
            good_until: view.good_until,
        };
        let body = serde_json::to_value(&view).unwrap_or(Value::Null);
        let mut tx = self.state().db.begin().await.map_err(|error| self.broken(error))?;
        view.id =
            plans::keep(&mut tx, self.who()?, &plan, &body).await.map_err(|error| self.broken(error))?;
        tx.commit().await.map_err(|error| self.broken(error))?;
        Ok(view)
    }

    /// A plan this person made before, with what is in the way today.
    pub(super) async fn show_plan(&self, id: PlanId) -> Result<PlanView, ConsoleError> {
        let found = plans::find(&self.state().db, &self.who()?.user_id, &id).await;
        let stored = found.map_err(|error| self.no_plan(error))?;
        let made = self.evaluate(&stored.operation, &stored.target, Some(&stored.input)).await?;
        let mut view = made.view;
        (view.id, view.made_at, view.good_until) = (stored.id, stored.made_at, stored.good_until);
        // What was looked at is what its hash names; when today's differs, starting says so and offers a fresh one.
        view.hash = stored.hash;
        Ok(view)
    }

    pub(super) fn no_plan(&self, error: StoreError) -> ConsoleError {
        if !matches!(error, StoreError::NotFound) {
            return self.broken(error);
        }
        let sentence = "There is no such plan, or somebody else made it. Plans are kept for 30 minutes. Nothing was started.";
        ConsoleError::new(ErrorKind::NotFound, "no_such_plan", sentence).next("Make the plan again.")
    }

    /// Judges an operation on a target today.
    pub(super) async fn evaluate(
        &self,
        operation: &str,
        target: &Target,
        input: Option<&Value>,
    ) -> Result<Made, ConsoleError> {
        let declared = self.declaration(operation)?;
        if declared.target != target.kind.word() {
            let sentence = format!(
                "{operation} is carried out on a {}, not on a {}.",
                declared.target,
                target.kind.word()
            );
            return Err(
                ConsoleError::new(ErrorKind::Invalid, "wrong_target", sentence).next("Name another target.")
            );
        }
        let found = self.target_of(operation, target).await?;
        let Some(known) = self.state().register.find(operation) else {
            return Err(ConsoleError::not_found("operation"));
        };
        let evaluated = known.evaluate(self.world(), &target.id, input).await;
        let evaluated = evaluated.map_err(|error| self.not_evaluated(error))?;
        let denied = self.may_operate(declared, &found).err();
        let selection = selection_of(&evaluated.steps).filter(|_| BulkOver::by_id(declared.id).is_some());
        let danger = super::bulk::danger(declared.danger, selection.as_ref());
        let usually = self.usually(declared.id).await?;
        let now = self.now();
        // What carries others out costs what they cost.
        let costs = Declaration { danger, ..*declared };
        let frozen = self.frozen_for(declared).await?;
        let mut view = PlanView {
            id: PlanId::from_uuid(&self.state().ids.uuid()),
            hash: evaluated.hash.clone(),
            operation: declared.id.to_owned(),
            title: declared.title.to_owned(),
            intent: operation_words::intent(declared.intent),
            danger: operation_words::danger(danger),
            confirmation: confirmation(danger, &found),
            target: target.clone(),
            target_view: found.view.clone(),
            input: evaluated.input.clone().unwrap_or(Value::Null),
            made_at: now,
            good_until: now.plus(GOOD_FOR),
            steps: evaluated.steps.iter().map(operation_view::planned).collect(),
            preconditions: preconditions(&evaluated),
            blockers: self.in_the_way(&evaluated, frozen.as_ref()),
            blast_radius: evaluated.blast_radius.clone(),
            expected: declared.expected.to_owned(),
            verified_by: declared.verified_by.to_owned(),
            on_failure: declared.on_failure.to_owned(),
            evidence: declared.evidence.to_owned(),
            usually,
            denied: denied
                .map(|denied| format!("{} is not yours to do. {}", declared.title, denied.next_step())),
            asks_for: self.fresh_factor(danger, known.lets_in()).await?,
            bulk: None,
            approval: self.approval_needed(&costs, &found).await?,
            undo_window_s: self.undo_window(&costs).as_secs(),
        };
        if let Some(selection) = &selection {
            self.tell_bulk(&mut view, selection, (danger, found.project.as_ref())).await;
        }
        let lets_in = known.lets_in();
        Ok(Made { view, evaluated, found, declared, lets_in, danger, selection, frozen })
    }

    /// What keeps it from being started: its own rules, and a freeze.
    fn in_the_way(&self, evaluated: &Evaluated, frozen: Option<&Standstill>) -> Vec<Blocker> {
        let mut found = blockers(evaluated);
        found.extend(frozen.map(|frozen| self.frozen_blocker(frozen)));
        found
    }

    /// Refuses to destroy something, or to let somebody in, on a sign-in that is not fresh.
    pub(super) async fn check_fresh_factor(&self, danger: Danger, lets_in: bool) -> Result<(), ConsoleError> {
        let Some(factor) = self.fresh_factor(danger, lets_in).await? else { return Ok(()) };
        let what =
            if danger == Danger::Destructive { "destroys something" } else { "lets somebody in as you" };
        let sentence = format!("This {what} and your sign-in is older than 5 minutes. Nothing was changed.");
        Err(ConsoleError::new(ErrorKind::Denied, "fresh_factor_needed", sentence).next(match factor {
            FreshFactor::Password => "Give your password again.",
            FreshFactor::Code => "Give a code of your authenticator app, or a recovery code.",
            FreshFactor::Passkey => "Use a passkey, or give a code.",
        }))
    }

    /// What a browser has to give again before something is destroyed or somebody let in.
    pub(super) async fn fresh_factor(
        &self,
        danger: Danger,
        lets_in: bool,
    ) -> Result<Option<FreshFactor>, ConsoleError> {
        let Ok(who) = self.who() else { return Ok(None) };
        let is_stale = match &who.via {
            Via::Session { stepped_up_at, .. } => {
                (lets_in || danger == Danger::Destructive) && self.now().since(*stepped_up_at) > FRESH_FOR
            }
            Via::Token { .. } => false,
        };
        if !is_stale {
            return Ok(None);
        }
        let has = self.state().authn.factors(&who.user_id).await.map_err(|error| self.broken(error))?;
        Ok(Some(match (has.asks_for_passkey(), has.is_any()) {
            (true, _) => FreshFactor::Passkey,
            (false, true) => FreshFactor::Code,
            (false, false) => FreshFactor::Password,
        }))
    }
}

fn confirmation(danger: Danger, found: &Found) -> Confirmation {
    match danger {
        Danger::Safe => Confirmation::None,
        Danger::Disruptive => Confirmation::PlanSeen,
        Danger::Destructive => Confirmation::TypeName { name: found.view.name.clone() },
    }
}

fn blockers(evaluated: &Evaluated) -> Vec<Blocker> {
    let view = |(code, blocker): (&str, &operations::Blocker)| Blocker {
        code: code.to_owned(),
        sentence: blocker.sentence.clone(),
        evidence: blocker.evidence.clone(),
        unblocked_by: blocker.unblocked_by.clone(),
    };
    evaluated.blockers().map(view).collect()
}
