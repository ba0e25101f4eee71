//! What needs an operator, what is under way everywhere, what will end soon?

use super::Asking;
use super::nodes::overlay_items;
use crate::authz::{Nodes, OperationRecords, Permit, Read, Scope};
use crate::projections::{node_row, operation_view};
use crate::store::operations::{self as stored, StoredOperation};
use crate::store::{incidents, nodes};
use read_models::Answer;
use read_models::error::{ConsoleError, ErrorKind};
use read_models::navigation::Address;
use read_models::nodes::ActionItem;
use read_models::operation::{OperationState, Target, TargetView, Usually};
use read_models::ops::{CertificateEnd, EndedOperation, OpsConsole, OpsView, RunningOperation};
use read_models::paging::PageRequest;
use read_models::time::Timestamp;
use std::collections::HashMap;
use std::time::Duration;

/// Operations under way that are shown; the list of all of them has pages.
const RUNNING: i64 = 50;
/// Operations that are looked at for those that have ended.
const RECENT: i64 = 60;
const ENDED: usize = 12;
const CERTIFICATES: i64 = 5;
/// So long does what was refused or got stuck stay in the queue.
const ACTIONABLE: Duration = Duration::from_hours(24);

impl OpsConsole for Asking {
    fn ops(&self) -> Answer<'_, OpsView> {
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
            let mut needs_action = self.asked_and_stuck(&open, &over, &mut known).await?;
            needs_action.extend(self.trouble_of_nodes().await?);
            needs_action.sort_by_key(|item| item.since);
            let quiet = over.iter().filter(|operation| operation.state == OperationState::Succeeded).count();
            Ok(OpsView {
                as_of: self.now(),
                needs_action,
                running: self.running_operations(&open, &mut known).await?,
                more_running,
                certificates: self.certificates().await?,
                ended: self.ended_operations(&over, &mut known).await?,
                safe_to_ignore: match quiet {
                    0 => "Nothing has succeeded lately that could be ignored.".to_owned(),
                    1 => "1 operation succeeded lately and needs nothing.".to_owned(),
                    n => format!("{n} operations succeeded lately and need nothing."),
                },
            })
        })
    }
}

/// What was looked up already: several operations have one target and one kind.
#[derive(Default)]
struct Known {
    targets: HashMap<Target, Option<TargetView>>,
    usually: HashMap<String, Option<Usually>>,
}

impl Asking {
    async fn asked_and_stuck(
        &self,
        open: &[StoredOperation],
        over: &[StoredOperation],
        known: &mut Known,
    ) -> Result<Vec<ActionItem>, ConsoleError> {
        let since = self.now().minus(ACTIONABLE);
        let mut items = Vec::new();
        for operation in open {
            if let Some(attention) = &operation.record.attention {
                let asked = (Timestamp::from_micros(attention.since), attention.sentence.clone());
                items.push(self.item(operation, "Decide", asked, known).await?);
            }
        }
        let stuck = |one: &&StoredOperation| one.state == OperationState::Stuck && one.state_since > since;
        for operation in over.iter().filter(stuck) {
            let outcome = operation.record.outcome.clone().unwrap_or_default();
            let what = (operation.state_since, outcome);
            items.push(self.item(operation, "See what is left", what, known).await?);
        }
        Ok(items)
    }

    async fn item(
        &self,
        operation: &StoredOperation,
        label: &str,
        (since, reason): (Timestamp, String),
        known: &mut Known,
    ) -> Result<ActionItem, ConsoleError> {
        let title = self.title_of(&operation.operation).to_owned();
        let target = self.known_target(operation, known).await?;
        Ok(ActionItem {
            simulated: target.as_ref().is_some_and(|target| target.simulated),
            title: target.map_or(title.clone(), |target| format!("{title}: {}", target.name)),
            reason,
            since,
            next_operation: None,
            address: Address::Operation(operation.id.clone()),
            label: label.to_owned(),
        })
    }

    /// Nodes that are not well, and who was refused at the door.
    async fn trouble_of_nodes(&self) -> Result<Vec<ActionItem>, ConsoleError> {
        let rows = self.node_rows(&PageRequest::default()).await?;
        let mut items: Vec<_> = rows.items.iter().flat_map(overlay_items).collect();
        let permit: Permit<Read, Nodes> = self.permit(&Scope::Platform)?;
        let refused = incidents::newest(&self.state().db, &permit, 10).await.map_err(|e| self.broken(e))?;
        let since = self.now().minus(ACTIONABLE);
        items.extend(refused.into_iter().filter(|incident| incident.at > since).map(|incident| ActionItem {
            title: "Refused at the door".to_owned(),
            reason: incident.sentence,
            since: incident.at,
            next_operation: None,
            address: Address::Nodes,
            label: "Look at it".to_owned(),
            simulated: false,
        }));
        Ok(items)
    }

    async fn running_operations(
        &self,
        open: &[StoredOperation],
        known: &mut Known,
    ) -> Result<Vec<RunningOperation>, ConsoleError> {
        let mut rows = Vec::new();
        for operation in open {
            let usually = self.known_usually(&operation.operation, known).await?;
            rows.push(RunningOperation {
                progress: self.brief(operation),
                target: self.known_target(operation, known).await?,
                requested_by: operation.requested_by.clone(),
                requested_at: operation.requested_at,
                waiting: operation_view::waiting(&operation.record),
                above_sla: operation_view::above_sla(operation, usually.as_ref(), self.now()),
                usually,
            });
        }
        Ok(rows)
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
            return Ok(found.clone());
        }
        let found = match self.target(&operation.target).await {
            Ok(found) => Some(found.view),
            Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Denied) => None,
            Err(error) => return Err(error),
        };
        known.targets.insert(operation.target.clone(), found.clone());
        Ok(found)
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
