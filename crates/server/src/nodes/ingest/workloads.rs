//! One report of one workload: kept, judged, told. A report about a workload that is not this node's counts for nothing.

use node_protocol::WorkloadReport;
use read_models::ids::WorkloadId;
use read_models::time::Timestamp;
use serde_json::json;

use super::Ingest;
use crate::nodes::{proof, wire};
use crate::projections::workload_state::{self, Change};
use crate::store::db::{StoreError, Tx};
use crate::store::events::{self, NewEvent};
use crate::store::operations;
use crate::store::workload_reports::{self, Stray, Subject};

impl Ingest {
    /// Takes a report in; whether an operation may have waited for it.
    pub(super) async fn report(
        &self,
        tx: &mut Tx,
        report: &WorkloadReport,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let node = &self.session.node;
        let Some(id) = wire::workload(&report.workload_id) else {
            self.stray(tx, report, Stray::Unknown, now).await?;
            return Ok(false);
        };
        let subject = match workload_reports::receive(tx, &proof(), node, (&id, report), now).await? {
            Ok(subject) => subject,
            Err(Stray::OtherRun) => return Ok(false),
            Err(stray) => {
                self.stray(tx, report, stray, now).await?;
                return Ok(false);
            }
        };
        if let Some(change) = workload_state::next(subject.known, report, now) {
            workload_reports::apply(tx, &proof(), &id, subject.known.state, &change, now).await?;
            self.tell_change(tx, (&id, &subject), &change, now).await?;
        }
        operations::wake_for_workload(tx, &proof(), &id, Some(node), now).await?;
        Ok(true)
    }

    async fn tell_change(
        &self,
        tx: &mut Tx,
        (id, subject): (&WorkloadId, &Subject),
        change: &Change,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let event = NewEvent {
            at: now,
            kind: "workload.state",
            // Tenants read this: the node is none of their business.
            actor: "node agent".to_owned(),
            sentence: format!("{}: {}.", subject.name, change.sentence),
            operation: None,
            step: None,
            project: Some(subject.project.clone()),
            resource: Some(format!("workload:{id}")),
            body: json!({
                "state": change.state.key(),
                "was": subject.known.state.key(),
                "exit_code": change.ended.as_ref().and_then(|ended| ended.code),
                "exit_signal": change.ended.as_ref().and_then(|ended| ended.signal),
            }),
        };
        events::append(tx, &*self.state.ids, event).await
    }

    /// The agent keeps something we did not give it, or gave elsewhere. Told once in a while, changed never.
    async fn stray(
        &self,
        tx: &mut Tx,
        report: &WorkloadReport,
        stray: Stray,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (node, id) = (&self.session.node, &report.workload_id);
        let why = match stray {
            Stray::Unknown => "this server does not know it",
            Stray::Elsewhere => "it was placed on another node or slot",
            Stray::OtherRun => "it is in another run by now",
        };
        if !self.state.hub.is_news(node, &format!("stray {id}"), now) {
            return Ok(());
        }
        tracing::warn!(node.id = %node, workload.id = %id, slot = report.slot, "node {node} reports workload {id}, but {why}");
        let sentence = format!("The agent reports workload {id} in slot {}, but {why}.", report.slot);
        let body = json!({ "workload": id, "slot": report.slot });
        self.tell(tx, "node.stray_workload", sentence, body, now).await
    }
}
