//! Where does this operation stand?

use super::choosing::any_destroys;
use crate::authz::{OperationRecords, Permit, Read};
use crate::console::Asking;
use crate::console::targets::Found;
use crate::operations::BulkOver;
use crate::projections::{operation_view, operation_words};
use crate::store::events::{self, StoredEvent};
use crate::store::operations::StoredOperation;
use operations::Declaration;
use read_models::error::{ConsoleError, ErrorKind};
use read_models::ids::{OnboardingId, OperationId, SkuId, WorkloadId};
use read_models::operation::{
    CancelView, Choice, FreshFactor, OperationView, Target, TargetKind, TargetView,
};
use serde_json::Value;

const EVENTS: i64 = 100;
/// What cancelling an operation on many does.
const CANCEL_BULK: &str =
    "No further one is started. Those that run finish and are waited for; what was done stays done.";

impl Asking {
    pub(super) async fn operation_view(
        &self,
        stored: StoredOperation,
    ) -> Result<OperationView, ConsoleError> {
        let found = self.target_of(&stored.operation, &stored.target).await?;
        let declared = self.declaration(&stored.operation)?;
        let permit = self.permit(&found.scope())?;
        let happened = self.newest_events(&stored.id, &permit).await?;
        let (usually, now) = (self.usually(declared.id).await?, self.now());
        let may = self.may_operate(declared, &found).is_ok();
        let selection = super::bulk::selected_by(&stored);
        let costs = super::bulk::costs(declared, selection.as_ref());
        let may_ask_again = self.may_operate(&costs, &found).is_ok();
        let (attention, mut choices) = operation_view::attention(&stored.record);
        let proposed = self.dress_choices(&stored, declared, &found, &mut choices).await?;
        let made = self.made_by(&stored).await?;
        let approval = self.approval_view(&stored, &costs, &found).await?;
        let may_choose = may && !self.waits_for_another(&stored);
        let (mut target_view, mut title) = (found.view, declared.title.to_owned());
        let cancel = cancel(&stored, may, selection.is_some());
        if let Some(selection) = &selection {
            (title, target_view.name, target_view.address) = super::bulk::words(selection);
        }
        let handed = self.handed(&stored).await?;
        let caring = self.caring_cards(&stored, handed.as_ref()).await?;
        let asks_for = self.asked_again(&choices).await?;
        Ok(OperationView {
            as_of: now,
            title,
            danger: operation_words::danger(costs.danger),
            target_view,
            made,
            state: operation_words::state(stored.record.state),
            since: stored.state_since,
            facts: operation_view::four_facts(&stored, declared),
            steps: operation_view::steps(&stored.record),
            begins_at: operation_view::begins_at(&stored.record, now),
            approval,
            waiting: operation_view::waiting(&stored.record),
            attention,
            asks_for,
            proposed,
            choices: if may_choose { choices } else { Vec::new() },
            cancel,
            on_failure: declared.on_failure.to_owned(),
            expected: declared.expected.to_owned(),
            outcome: stored.record.outcome.clone(),
            debris: self.leftovers(&stored).await?,
            above_sla: operation_view::above_sla(&stored, usually.as_ref(), now),
            usually,
            events: self.seal_events(happened),
            bulk: self.bulk_view(&stored, may_ask_again).await?,
            parent: self.of_bulk(&stored).await?,
            handed,
            caring,
            plan_hash: stored.plan_hash,
            id: stored.id,
            operation: stored.operation,
            target: stored.target,
            input: stored.input,
            requested_by: stored.requested_by,
        })
    }

    async fn newest_events(
        &self,
        id: &OperationId,
        permit: &Permit<Read, OperationRecords>,
    ) -> Result<Vec<StoredEvent>, ConsoleError> {
        let happened = events::newest_of_operation(&self.state().db, permit, id, EVENTS).await;
        happened.map_err(|error| self.broken(error))
    }

    /// What has to be given again for a choice that loses something.
    async fn asked_again(&self, choices: &[Choice]) -> Result<Option<FreshFactor>, ConsoleError> {
        if !any_destroys(choices) {
            return Ok(None);
        }
        self.fresh_factor(operations::Danger::Destructive, false).await
    }

    /// None before it is written down.
    async fn made_by(&self, stored: &StoredOperation) -> Result<Option<TargetView>, ConsoleError> {
        let Some(target) = made(stored) else { return Ok(None) };
        match self.target(&target).await {
            Ok(found) => Ok(Some(found.view)),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Its words; a defect of ours when this program does not know a stored operation.
    pub(in crate::console) fn declaration(
        &self,
        operation: &str,
    ) -> Result<&'static Declaration, ConsoleError> {
        self.state().register.find(operation).map(|known| known.declaration()).ok_or_else(|| {
            let sentence = format!("This server does not know the operation {operation}.");
            ConsoleError::new(ErrorKind::Invalid, "unknown_operation", sentence)
                .next("`slipway operations --json` lists those there are.")
        })
    }

    /// Whether this person may carry it out, as an error that says what is missing.
    pub(super) fn check_operate(&self, declared: &Declaration, found: &Found) -> Result<(), ConsoleError> {
        self.who()?;
        self.may_operate(declared, found).map_err(ConsoleError::from)
    }
}

fn cancel(stored: &StoredOperation, may: bool, is_bulk: bool) -> CancelView {
    let mut cancel = operation_view::cancel(&stored.record, may);
    if is_bulk && cancel.possible {
        CANCEL_BULK.clone_into(&mut cancel.what);
    }
    cancel
}

/// Where to go on: to what an operation made, which has its digits, or to the onboarding it was a step of.
pub(super) fn made(stored: &StoredOperation) -> Option<Target> {
    let digits = stored.id.digits();
    let onboarding = |id: String| Target { kind: TargetKind::Onboarding, id };
    match stored.target.kind {
        TargetKind::Project if BulkOver::by_id(&stored.operation).is_some() => None,
        TargetKind::Project => {
            Some(Target { kind: TargetKind::Workload, id: WorkloadId::from_uuid(digits).to_string() })
        }
        TargetKind::Onboarding => stored.state.is_over().then(|| stored.target.clone()),
        TargetKind::Platform if stored.operation == "onboarding.begin" => {
            Some(onboarding(OnboardingId::from_uuid(digits).to_string()))
        }
        TargetKind::Platform if stored.operation == "sku.create" && stored.state.is_over() => {
            Some(Target { kind: TargetKind::Sku, id: SkuId::from_uuid(digits).to_string() })
        }
        TargetKind::Platform => {
            let id = stored.input.get("onboarding").and_then(Value::as_str);
            id.filter(|_| stored.state.is_over()).map(|id| onboarding(id.to_owned()))
        }
        TargetKind::Node
        | TargetKind::Workload
        | TargetKind::EnrolmentToken
        | TargetKind::User
        | TargetKind::Sku
        | TargetKind::People
        | TargetKind::Operation => None,
    }
}
