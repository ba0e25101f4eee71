//! What needs an operator, what is under way everywhere, what will end soon?

use super::Asking;
use crate::authz::{Nodes, OperationRecords, Permit, Read, Scope};
use crate::facts::{ActionItems, Item, WayBack, What};
use crate::projections::{node_row, operation_view};
use crate::store::nodes;
use crate::store::operations::{self as stored, StoredOperation};
use read_models::Answer;
use read_models::error::{ConsoleError, ErrorKind};
use read_models::ids::{DraftId, OperationId};
use read_models::navigation::Address;
use read_models::nodes::{Acknowledged, ActionItem};
use read_models::operation::{
    FieldChoice, FieldKind, HandOverView, OperationCard, OperationState, Target, TargetKind, TargetView,
    Usually,
};
use read_models::ops::{CertificateEnd, EndedOperation, OpsConsole, OpsView, RunningOperation};
use std::collections::HashMap;

/// Operations under way that are shown; the list of all of them has pages.
const RUNNING: i64 = 50;
/// Operations that are looked at for those that have ended.
const RECENT: i64 = 60;
const ENDED: usize = 12;
const CERTIFICATES: i64 = 5;

impl OpsConsole for Asking {
    fn ops(&self, item: Option<String>, draft: Option<DraftId>) -> Answer<'_, OpsView> {
        Box::pin(async move {
            let permit: Permit<Read, OperationRecords> = self.permit(&Scope::Platform)?;
            let (db, mut known) = (&self.state().db, Known::default());
            let mut open = stored::list(db, &permit, true, None, RUNNING + 1)
                .await
                .map_err(|error| self.broken(error))?;
            let more_running = open.len() > usize::try_from(RUNNING).unwrap_or(usize::MAX);
            open.truncate(usize::try_from(RUNNING).unwrap_or(usize::MAX));
            let recent =
                stored::list(db, &permit, false, None, RECENT).await.map_err(|error| self.broken(error))?;
            let over: Vec<_> = recent.into_iter().filter(|operation| operation.state.is_over()).collect();
            let items = self.action_items().await?;
            let (needs_action, acknowledged) = self.queue(&items.all(), &mut known).await?;
            let quiet = over.iter().filter(|operation| operation.state == OperationState::Succeeded).count();
            Ok(OpsView {
                as_of: self.now(),
                acknowledge: self.acknowledge_card(&needs_action, item.as_deref(), draft.as_ref()).await?,
                reopen: self.item_card("action_item.reopen").await?,
                standstill: self.standstill_card(draft.as_ref()).await?,
                safe_to_ignore: ignorable(quiet, acknowledged.len()),
                needs_action,
                more_needs_action: items.more,
                acknowledged,
                running: self.running_operations(&open, &mut known).await?,
                more_running,
                certificates: self.certificates().await?,
                ended: self.ended_operations(&over, &mut known).await?,
            })
        })
    }
}

/// What was looked up already: several operations have one target and one kind.
#[derive(Default)]
pub(super) struct Known {
    targets: HashMap<Target, Option<TargetView>>,
    usually: HashMap<String, Option<Usually>>,
}

impl Asking {
    /// What needs an operator, for who may read nodes and operations of the platform.
    pub(super) async fn action_items(&self) -> Result<ActionItems, ConsoleError> {
        let _: Permit<Read, OperationRecords> = self.permit(&Scope::Platform)?;
        let _: Permit<Read, Nodes> = self.permit(&Scope::Platform)?;
        ActionItems::load(self.world()).await.map_err(|error| self.broken(error))
    }

    /// Items for people: those that need action, and those that somebody has acknowledged.
    pub(super) async fn queue(
        &self,
        items: &[Item<'_>],
        known: &mut Known,
    ) -> Result<(Vec<ActionItem>, Vec<ActionItem>), ConsoleError> {
        let (mut open, mut acknowledged) = (Vec::new(), Vec::new());
        for item in items {
            let view = self.action_item(item, known).await?;
            if view.acknowledged.is_some() { acknowledged.push(view) } else { open.push(view) }
        }
        Ok((open, acknowledged))
    }

    async fn action_item(&self, item: &Item<'_>, known: &mut Known) -> Result<ActionItem, ConsoleError> {
        let mut simulated = false;
        let (title, reason, next_operation, address, label) = match &item.what {
            What::Asks(operation) => {
                let asked = operation.record.attention.as_ref().map(|asked| asked.sentence.clone());
                let title;
                (title, simulated) = self.on_its_target(operation, known).await?;
                let address = Address::Operation(operation.id.clone());
                (title, asked.unwrap_or_default(), None, address, "Decide")
            }
            What::Stuck(operation) => {
                let outcome = operation.record.outcome.clone().unwrap_or_default();
                let title;
                (title, simulated) = self.on_its_target(operation, known).await?;
                (title, outcome, None, Address::Operation(operation.id.clone()), "See what is left")
            }
            What::NotWell(node, overlay) => {
                let (title, reason) = (node.name.clone(), overlay.sentence.clone());
                simulated = node.simulated;
                if overlay.code == "maintenance_overdue" {
                    let way = Some(WayBack::EndMaintenance.operation().to_owned());
                    (title, reason, way, Address::NodeOperations(node.id.clone()), "See how to end it")
                } else {
                    (title, reason, None, Address::Node(node.id.clone()), "Look at it")
                }
            }
            What::Refused(incident) => {
                let title = "Refused at the door".to_owned();
                (title, incident.sentence.clone(), None, Address::Nodes, "Look at it")
            }
            What::Broken(check) => {
                let (number, sentence) = check.misfit.clone().unwrap_or_default();
                let reason = format!("At event {number}: {sentence}");
                let title = "The audit chain does not fit".to_owned();
                let next = Some("audit.verify".to_owned());
                (title, reason, next, Address::Evidence, "See how it stands")
            }
        };
        Ok(ActionItem {
            title,
            simulated,
            reason,
            since: item.since,
            next_operation,
            address,
            label: label.to_owned(),
            key: Some(item.key.to_string()),
            acknowledged: acknowledged(item),
            handed: self.handed_of(item).await?,
        })
    }

    /// Who looks after it, when it is an operation that was handed to somebody.
    async fn handed_of(&self, item: &Item<'_>) -> Result<Option<HandOverView>, ConsoleError> {
        match (&item.what, item.handed) {
            (What::Asks(operation) | What::Stuck(operation), Some(handed)) => {
                self.hand_over_view(operation, handed).await.map(Some)
            }
            (_, Some(_) | None) => Ok(None),
        }
    }

    /// Its title with its target's name, and whether that is simulated.
    async fn on_its_target(
        &self,
        operation: &StoredOperation,
        known: &mut Known,
    ) -> Result<(String, bool), ConsoleError> {
        let title = self.title_of(&operation.operation).to_owned();
        let Some(target) = self.known_target(operation, known).await? else { return Ok((title, false)) };
        Ok((format!("{title}: {}", target.name), target.simulated))
    }

    /// The card that acknowledges, with the items to choose from: the one that was asked for comes first.
    async fn acknowledge_card(
        &self,
        open: &[ActionItem],
        asked: Option<&str>,
        draft: Option<&DraftId>,
    ) -> Result<OperationCard, ConsoleError> {
        let mut card = self.item_card("action_item.acknowledge").await?;
        self.bring_back(draft, [&mut card]).await?;
        if let Some(field) = card.fields.iter_mut().find(|field| field.name == "item") {
            let chosen = if field.value.is_empty() { asked.unwrap_or_default() } else { &field.value };
            let mut choices: Vec<_> = open.iter().filter_map(choice).collect();
            choices.sort_by_key(|choice| choice.value != chosen);
            field.kind = FieldKind::Choice;
            field.value = choices.first().map(|choice| choice.value.clone()).unwrap_or_default();
            field.choices = choices;
        }
        Ok(card)
    }

    /// What stops the world, or lets it go on.
    async fn standstill_card(&self, draft: Option<&DraftId>) -> Result<OperationCard, ConsoleError> {
        let frozen = self.frozen().await?.is_some();
        let operation = if frozen { "platform.unfreeze" } else { "platform.freeze" };
        let mut card = self.item_card(operation).await?;
        self.bring_back(draft, [&mut card]).await?;
        Ok(card)
    }

    async fn item_card(&self, operation: &str) -> Result<OperationCard, ConsoleError> {
        let target = Target { kind: TargetKind::Platform, id: "platform".to_owned() };
        let found = self.target_of(operation, &target).await?;
        let Some(known) = self.state().register.find(operation) else {
            return Err(ConsoleError::not_found("operation"));
        };
        let permit: Permit<Read, OperationRecords> = self.permit(&Scope::Platform)?;
        let past = stored::newest_of_operation(&self.state().db, &permit, &target, operation, 1).await;
        let past = past.map_err(|error| self.broken(error))?;
        self.card(known, &target, &found, &past).await
    }

    async fn running_operations(
        &self,
        open: &[StoredOperation],
        known: &mut Known,
    ) -> Result<Vec<RunningOperation>, ConsoleError> {
        let mut rows = Vec::new();
        for operation in open {
            let usually = self.known_usually(&operation.operation, known).await?;
            let target = self.known_target(operation, known).await?;
            rows.push(self.running_operation(operation, target, usually));
        }
        Ok(rows)
    }

    /// An operation under way, with why it is not moving when it is not.
    pub(super) fn running_operation(
        &self,
        operation: &StoredOperation,
        target: Option<TargetView>,
        usually: Option<Usually>,
    ) -> RunningOperation {
        RunningOperation {
            progress: self.brief(operation),
            target,
            requested_by: operation.requested_by.clone(),
            requested_at: operation.requested_at,
            waiting: operation_view::waiting(&operation.record),
            above_sla: operation_view::above_sla(operation, usually.as_ref(), self.now()),
            usually,
            last_error: operation_view::last_error(&operation.record),
        }
    }

    async fn ended_operations(
        &self,
        over: &[StoredOperation],
        known: &mut Known,
    ) -> Result<Vec<EndedOperation>, ConsoleError> {
        let mut rows = Vec::new();
        for operation in over.iter().take(ENDED) {
            let run = operation_view::last_run(operation, self.title_of(&operation.operation));
            rows.push(EndedOperation { run, target: self.known_target(operation, known).await? });
        }
        Ok(rows)
    }

    async fn certificates(&self) -> Result<Vec<CertificateEnd>, ConsoleError> {
        let permit: Permit<Read, Nodes> = self.permit(&Scope::Platform)?;
        let ends = nodes::ending_first(&self.state().db, &permit, CERTIFICATES).await;
        let now = self.now();
        let row = |node: nodes::NodeRecord| {
            let certificate = node_row::certificate(&node, now);
            CertificateEnd {
                not_after: certificate.not_after,
                posture: certificate.posture,
                node: node.id,
                name: node.name,
                simulated: node.simulated,
            }
        };
        Ok(ends.map_err(|error| self.broken(error))?.into_iter().map(row).collect())
    }

    /// The target's identity; none when it is gone, or not this person's to see.
    async fn known_target(
        &self,
        operation: &StoredOperation,
        known: &mut Known,
    ) -> Result<Option<TargetView>, ConsoleError> {
        if let Some(found) = known.targets.get(&operation.target) {
            return Ok(found.clone().map(|target| Self::named_as_bulk(operation, target)));
        }
        let found = match self.target(&operation.target).await {
            Ok(found) => Some(found.view),
            Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Denied) => None,
            Err(error) => return Err(error),
        };
        known.targets.insert(operation.target.clone(), found.clone());
        Ok(found.map(|target| Self::named_as_bulk(operation, target)))
    }

    /// Of operations under way, those that take longer than usual, and why. So many looks as there are kinds of them.
    pub(super) async fn above_sla(
        &self,
        operations: &[&StoredOperation],
    ) -> Result<HashMap<OperationId, String>, ConsoleError> {
        let (mut known, mut slow, now) = (Known::default(), HashMap::new(), self.now());
        for operation in operations {
            let usually = self.known_usually(&operation.operation, &mut known).await?;
            let why = operation_view::above_sla(operation, usually.as_ref(), now);
            slow.extend(why.map(|why| (operation.id.clone(), why)));
        }
        Ok(slow)
    }

    async fn known_usually(
        &self,
        operation: &str,
        known: &mut Known,
    ) -> Result<Option<Usually>, ConsoleError> {
        if let Some(found) = known.usually.get(operation) {
            return Ok(found.clone());
        }
        let found = self.usually(operation).await?;
        known.usually.insert(operation.to_owned(), found.clone());
        Ok(found)
    }
}

fn acknowledged(item: &Item<'_>) -> Option<Acknowledged> {
    item.acknowledged.map(|known| Acknowledged {
        by: known.by.clone(),
        reason: known.reason.clone(),
        at: known.at,
        until: known.until,
        operation: known.operation.clone(),
    })
}

/// An item to choose: what it is, and the beginning of why.
fn choice(item: &ActionItem) -> Option<FieldChoice> {
    const LONGEST: usize = 60;
    let mut reason: String = item.reason.chars().take(LONGEST).collect();
    if item.reason.chars().count() > LONGEST {
        reason.push('…');
    }
    let label = format!("{}: {reason}", item.title);
    Some(FieldChoice { value: item.key.clone()?, label })
}

fn ignorable(succeeded: usize, acknowledged: usize) -> String {
    let succeeded = match succeeded {
        0 => "Nothing has succeeded lately that could be ignored.".to_owned(),
        1 => "1 operation succeeded lately and needs nothing.".to_owned(),
        n => format!("{n} operations succeeded lately and need nothing."),
    };
    match acknowledged {
        0 => succeeded,
        1 => format!("1 item is acknowledged and comes back by itself. {succeeded}"),
        n => format!("{n} items are acknowledged and come back by themselves. {succeeded}"),
    }
}
