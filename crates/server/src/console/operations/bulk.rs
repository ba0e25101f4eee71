//! What a person sees of a bulk: before, who is included and who is not; afterwards, what became of each.

use super::plan::Made;
use crate::console::Asking;
use crate::console::cards::fields;
use crate::operations::{BulkInput, BulkOver, BulkTally, Selection, selection_of};
use crate::projections::operation_words;
use crate::store::bulks::{self, BulkTarget as Stored, Standing};
use crate::store::operations::{self as stored, StoredOperation};
use operations::{Danger, Declaration, Evaluated};
use read_models::error::ConsoleError;
use read_models::ids::{NodeId, ProjectId, WorkloadId};
use read_models::navigation::Address;
use read_models::operation::{
    BulkIncluded, BulkLeftOut, BulkOutcome, BulkPlan, BulkTarget, BulkView, Confirmation, FormField, OfBulk,
    PlanView, Target, TargetKind, TargetView,
};
use serde_json::Value;

/// A bulk costs what the operation on each of them costs, and is never safe: many at one time are noticed.
pub(super) fn danger(declared: Danger, selection: Option<&Selection>) -> Danger {
    let of_each = selection.and_then(Selection::declaration).map(|declared| declared.danger);
    match of_each {
        Some(Danger::Destructive) => Danger::Destructive,
        Some(Danger::Safe | Danger::Disruptive) | None => declared,
    }
}

/// The declaration, with what it costs on those that were selected.
pub(super) fn costs(declared: &Declaration, selection: Option<&Selection>) -> Declaration {
    Declaration { danger: danger(declared.danger, selection), ..*declared }
}

/// Puts who is included and who is not into a plan.
fn tell(view: &mut PlanView, selection: &Selection, danger: Danger, fields: Vec<FormField>) {
    let input: Option<BulkInput> = serde_json::from_value(view.input.clone()).ok();
    let Some(input) = input else { return };
    let included = (0..).zip(&selection.included).map(|(position, one)| BulkIncluded {
        target: one.target.clone(),
        name: one.name.clone(),
        address: address_of(&one.target),
        is_canary: position < input.canary,
        plan_hash: one.plan_hash.clone(),
        noticed_by: one.looked.noticed_by.clone(),
    });
    let left_out = selection.left_out.iter().map(|one| BulkLeftOut {
        target: one.target.clone(),
        name: one.name.clone(),
        address: address_of(&one.target),
        why: one.why.clone(),
        unblocked_by: one.unblocked_by.clone(),
    });
    (view.title, view.target_view.name, view.target_view.address) = words(selection);
    view.target_view.facts = vec![format!("{} left out", selection.left_out.len())];
    if danger == Danger::Destructive {
        let names = selection.included.iter().map(|one| one.name.clone()).collect();
        view.confirmation = Confirmation::TypeNames { names };
    }
    view.bulk = Some(BulkPlan {
        operation: selection.operation.clone(),
        title: selection.title.clone(),
        target_kind: selection.kind(),
        included: included.collect(),
        left_out: left_out.collect(),
        canary: input.canary,
        parallelism: input.parallelism,
        stop_after_failures: input.stop_after_failures,
        fields,
    });
}

/// What is different between two selections, as far as a person would notice.
pub(super) fn differences(before: Option<&BulkPlan>, now: Option<&BulkPlan>) -> Vec<String> {
    let (Some(before), Some(now)) = (before, now) else { return Vec::new() };
    let was_included = |target: &Target| before.included.iter().find(|one| one.target == *target);
    let now_out = now.left_out.iter().filter(|one| was_included(&one.target).is_some());
    let mut found: Vec<String> =
        now_out.map(|one| format!("{} can no longer be included: {}", one.name, one.why)).collect();
    for one in &now.included {
        match was_included(&one.target) {
            None => found.push(format!("{} can be included now.", one.name)),
            Some(old) if old.plan_hash != one.plan_hash => {
                found.push(format!("{} has another plan than before.", one.name));
            }
            Some(_) => {}
        }
    }
    found
}

impl Made {
    /// What it is carried out on, in the audit's sentence.
    pub(super) fn named(&self) -> String {
        match &self.selection {
            Some(selection) => format!("{} on {}", selection.operation, selection.how_many()),
            None => self.found.view.name.clone(),
        }
    }
}

impl Asking {
    /// Whether this person may carry the operation out on each of a bulk's targets.
    pub(super) async fn check_each(&self, made: &Made) -> Result<(), ConsoleError> {
        let Some(selection) = &made.selection else { return Ok(()) };
        let Some(declared) = selection.declaration() else { return Ok(()) };
        for one in &selection.included {
            let found = self.target(&one.target).await?;
            self.check_operate(declared, &found)?;
        }
        Ok(())
    }

    /// Puts who is included and who is not into a plan, with what can be changed of it.
    pub(super) async fn tell_bulk(
        &self,
        view: &mut PlanView,
        selection: &Selection,
        (danger, whose): (Danger, Option<&ProjectId>),
    ) {
        let fields = self.fields_of_each(selection, &view.input);
        tell(view, selection, danger, fields);
        if let Some(bulk) = &mut view.bulk {
            self.say_why_not(bulk, &view.input, whose).await;
        }
    }

    /// Beside who is left out, what is in the way at this moment. Of what is somebody else's nothing is told.
    async fn say_why_not(&self, plan: &mut BulkPlan, input: &Value, whose: Option<&ProjectId>) {
        let Some(known) = self.state().register.find(&plan.operation) else { return };
        for one in &mut plan.left_out {
            let found = self.target(&one.target).await;
            if found.map_or(true, |found| found.project.as_ref() != whose) {
                continue;
            }
            let today = known.evaluate(self.world(), &one.target.id, input.get("with")).await;
            let sentences: Vec<_> = today.iter().flat_map(Evaluated::blockers).collect();
            let sentences: Vec<_> = sentences.iter().map(|(_, blocker)| blocker.sentence.as_str()).collect();
            if !sentences.is_empty() {
                one.why = sentences.join(" ");
            }
        }
    }

    /// What each of a bulk's targets is asked with, as a form.
    fn fields_of_each(&self, selection: &Selection, input: &Value) -> Vec<FormField> {
        let Some(known) = self.state().register.find(&selection.operation) else { return Vec::new() };
        let usual = known.usual_input().and_then(|usual| usual.as_object().cloned()).unwrap_or_default();
        let given = input["with"].as_object().cloned().unwrap_or_default();
        let filled: Value = usual.into_iter().chain(given).collect::<serde_json::Map<_, _>>().into();
        fields(&known.input_schema(), Some(&filled))
    }

    /// What became of each target; none for an operation that is no bulk.
    pub(super) async fn bulk_view(
        &self,
        stored: &StoredOperation,
        may_ask_again: bool,
    ) -> Result<Option<BulkView>, ConsoleError> {
        if BulkOver::by_id(&stored.operation).is_none() {
            return Ok(None);
        }
        let (Some(selection), Ok(input)) =
            (selection_of(&stored.record.steps), serde_json::from_value::<BulkInput>(stored.input.clone()))
        else {
            return Ok(None);
        };
        let (db, proof) = (&mut &self.state().db, self.proof());
        let bulk = bulks::find(db, &proof, &stored.id).await.map_err(|error| self.broken(error))?;
        let mut targets = bulks::targets(db, &proof, &stored.id).await.map_err(|error| self.broken(error))?;
        if targets.is_empty() {
            // They are written down by the first step: it has not begun, or it never will.
            targets = as_planned(&selection, stored.state.is_over());
        }
        let tally = BulkTally::of(&targets);
        let at = operations::machine::current(&stored.record).map(|index| &stored.record.steps[index]);
        let paused = at.is_some_and(|step| step.payload["step"] == "pause") && !stored.state.is_over();
        let unsuccessful = targets
            .iter()
            .filter(|one| matches!(one.standing(), Standing::Failed | Standing::NotStarted))
            .map(|one| one.target.id.clone());
        let canary = input.canary;
        Ok(Some(BulkView {
            operation: selection.operation.clone(),
            title: selection.title.clone(),
            target_kind: selection.kind(),
            canary,
            parallelism: input.parallelism,
            stop_after_failures: input.stop_after_failures,
            of: tally.all(),
            over: tally.over(),
            running: tally.running,
            succeeded: tally.succeeded,
            failed: tally.failed,
            not_started: tally.not_started,
            paused,
            // One that failed or stopped by itself starts no further one either.
            ended: bulk.stopped && is_ended_by_a_person(stored),
            unsuccessful: unsuccessful.collect(),
            may_ask_again,
            with: input.with,
            targets: targets.into_iter().map(|one| target_view(one, canary)).collect(),
        }))
    }

    /// The bulk an operation belongs to.
    pub(super) async fn of_bulk(&self, stored: &StoredOperation) -> Result<Option<OfBulk>, ConsoleError> {
        let (db, proof) = (&mut &self.state().db, self.proof());
        let found = bulks::parent_of(db, &proof, &stored.id).await.map_err(|error| self.broken(error))?;
        let Some((id, attempt)) = found else { return Ok(None) };
        let parent = stored::find_system(db, &proof, &id).await.map_err(|error| self.broken(error))?;
        let selection = selection_of(&parent.record.steps).unwrap_or_default();
        let title = format!("{} on {}", selection.title, selection.how_many());
        Ok(Some(OfBulk { id, title, state: operation_words::state(parent.record.state), attempt }))
    }

    /// Of a bulk: whom it is carried out on, with what, in place of the platform's name.
    pub(in crate::console) fn named_as_bulk(stored: &StoredOperation, target: TargetView) -> TargetView {
        match selected_by(stored) {
            Some(selection) => {
                let (title, whom, _) = words(&selection);
                TargetView { name: format!("{title} {whom}"), ..target }
            }
            None => target,
        }
    }
}

fn is_ended_by_a_person(stored: &StoredOperation) -> bool {
    let chosen = stored.record.steps.iter().any(|step| step.payload["step"] == "end");
    chosen || stored.record.cancel.is_some()
}

/// Its title and whom it is carried out on, in the words of the operation each of them gets; and where they are ticked.
pub(super) fn words(selection: &Selection) -> (String, String, Address) {
    (selection.title.clone(), format!("on {}", selection.how_many()), selection.kind().list())
}

/// What a bulk selected; none for an operation that is no bulk.
pub(super) fn selected_by(stored: &StoredOperation) -> Option<Selection> {
    selection_of(&stored.record.steps).filter(|_| BulkOver::by_id(&stored.operation).is_some())
}

fn as_planned(selection: &Selection, over: bool) -> Vec<Stored> {
    let ended = over.then_some("It ended before its turn.");
    let one = |included, target: &Target, name: &str, plan_hash: &str, why: Option<&str>| Stored {
        position: 0,
        target: target.clone(),
        name: name.to_owned(),
        included,
        plan_hash: plan_hash.to_owned(),
        attempt: 1,
        why: why.map(str::to_owned),
        child: None,
    };
    let included = selection.included.iter().map(|i| one(true, &i.target, &i.name, &i.plan_hash, ended));
    let left_out = selection.left_out.iter().map(|l| one(false, &l.target, &l.name, "", Some(&l.why)));
    (0..).zip(included.chain(left_out)).map(|(position, one)| Stored { position, ..one }).collect()
}

fn target_view(one: Stored, canary: u32) -> BulkTarget {
    let (outcome, sentence) = outcome(&one);
    let earlier =
        one.child.as_ref().filter(|child| child.attempt < one.attempt).map(|child| child.id.clone());
    BulkTarget {
        address: address_of(&one.target),
        is_canary: one.included && one.position < canary,
        operation: one.current().map(|child| child.id.clone()),
        earlier,
        outcome,
        sentence,
        attempt: one.attempt,
        target: one.target,
        name: one.name,
    }
}

fn outcome(one: &Stored) -> (BulkOutcome, String) {
    let why = || one.why.clone().unwrap_or_default();
    let rests = || one.current().and_then(|child| child.rests_on.clone()).unwrap_or_default();
    let ended = || one.current().and_then(|child| child.outcome.clone());
    match one.standing() {
        Standing::LeftOut => (BulkOutcome::LeftOut, why()),
        Standing::NotStarted => (BulkOutcome::NotStarted, why()),
        Standing::Waiting => (BulkOutcome::Waiting, String::new()),
        Standing::Running => (BulkOutcome::Running, rests()),
        Standing::Succeeded => (BulkOutcome::Succeeded, String::new()),
        Standing::Failed => {
            (BulkOutcome::Failed, ended().unwrap_or_else(|| "It did not succeed.".to_owned()))
        }
    }
}

fn address_of(target: &Target) -> Address {
    match target.kind {
        TargetKind::Workload => WorkloadId::parse(&target.id).map_or(Address::Workbench, Address::Workload),
        TargetKind::Node
        | TargetKind::Project
        | TargetKind::EnrolmentToken
        | TargetKind::Onboarding
        | TargetKind::Platform
        | TargetKind::User
        | TargetKind::Sku
        | TargetKind::People
        | TargetKind::Operation => NodeId::parse(&target.id).map_or(Address::Nodes, Address::Node),
    }
}
