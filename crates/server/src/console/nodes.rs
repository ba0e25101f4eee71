//! Which nodes are there, how are they, and how does one come in?

use super::Asking;
use super::cards::run_next;
use super::ops::Known;
use crate::authz::{EnrolmentTokens, Feed, Nodes, OperationRecords, Permit, Read, Scope};
use crate::facts::{Item, WayBack};
use crate::operations::enrolment_secret_of;
use crate::projections::{node_awaited, node_facts, node_row};
use crate::store::enrolment_tokens::{self, EnrolmentToken};
use crate::store::nodes::{self, NodeRecord};
use crate::store::operations::{self as stored, StoredOperation};
use crate::store::{events, incidents, workloads};
use read_models::Answer;
use read_models::error::ConsoleError;
use read_models::evidence::EventView;
use read_models::ids::{DraftId, NodeId};
use read_models::nodes::{
    Awaited, EnrolmentPanel, EnrolmentTokenRow, IncidentRow, NodeDetail, NodeRow, NodesConsole, NodesView,
    Overlay, SlotRow,
};
use read_models::operation::{IntentGroup, Target, TargetKind, TargetView};
use read_models::ops::RunningOperation;
use read_models::paging::{Page, PageRequest};
use read_models::workloads::RunNext;

const ACTIVITY: i64 = 100;
const SHOWN: i64 = 200;

impl NodesConsole for Asking {
    fn nodes_view(&self, page: PageRequest, draft: Option<DraftId>) -> Answer<'_, NodesView> {
        Box::pin(async move {
            let permit: Permit<Read, Nodes> = self.permit(&Scope::Platform)?;
            let counts =
                nodes::counts(&self.state().db, &permit).await.map_err(|error| self.broken(error))?;
            let listed = self.node_rows(&page).await?;
            let items = self.action_items().await?;
            let mut about_nodes = items.all();
            about_nodes.retain(Item::is_about_a_node);
            let (needs_action, acknowledged) = self.queue(&about_nodes, &mut Known::default()).await?;
            let quiet =
                listed.items.iter().filter(|row| row.overlays.is_empty() && row.progress.is_none()).count();
            Ok(NodesView {
                as_of: self.now(),
                counts,
                needs_action,
                in_progress: listed.items.iter().filter(|row| row.progress.is_some()).cloned().collect(),
                nodes: listed.items,
                next_cursor: listed.next_cursor,
                bulk: self.offer_on_nodes(draft.as_ref()).await?,
                enrolment: self.enrolment(draft.as_ref()).await?,
                safe_to_ignore: ignorable(quiet, acknowledged.len()),
            })
        })
    }

    fn node(&self, id: NodeId, draft: Option<DraftId>) -> Answer<'_, NodeDetail> {
        Box::pin(async move {
            let target = Target { kind: TargetKind::Node, id: id.as_str().to_owned() };
            let found = self.target(&target).await?;
            let permit: Permit<Read, Nodes> = self.permit(&Scope::Platform)?;
            let node =
                nodes::find(&mut &self.state().db, &permit, &id).await.map_err(|error| self.broken(error))?;
            let held =
                workloads::of_node(&mut &self.state().db, &permit, &id).await.map_err(|e| self.broken(e))?;
            let read_operations: Permit<Read, OperationRecords> = self.permit(&Scope::Platform)?;
            let past =
                stored::newest_of_target(&self.state().db, &read_operations, &target, false, None, 20).await;
            let past = past.map_err(|error| self.broken(error))?;
            let read_feed: Permit<Read, Feed> = self.permit(&Scope::Platform)?;
            let happened =
                events::newest_of_resource(&self.state().db, &read_feed, &target.to_string(), ACTIVITY).await;
            let mut operations = self.cards(&target, &found, &past).await?;
            self.bring_back(draft.as_ref(), operations.iter_mut().flat_map(|group| &mut group.cards)).await?;
            let activity = self.seal_events(happened.map_err(|error| self.broken(error))?);
            let awaited = self.awaited(&node, &activity).await?;
            let under_way = self.under_way_on(&found.view, &past).await?;
            let slots = slots(&node, &held);
            let count = u32::try_from(held.len()).unwrap_or(u32::MAX);
            let above_sla = under_way.iter().find_map(|operation| operation.above_sla.clone());
            let row = NodeRow { above_sla, ..node_row::row(&node, count, self.under_way(&past), self.now()) };
            Ok(NodeDetail {
                as_of: self.now(),
                header: node_facts::header(&node),
                action_required: action_required(&row),
                run_next: next_for(&node, &row, &operations),
                safe_to_ignore: node_row::safe_to_ignore(&row),
                operations,
                past_operations: self.past_runs(&past),
                slots,
                workloads: self.rows(held, &Scope::Platform).await?,
                inventory: node_facts::inventory(&node, self.now()),
                usage: node_facts::usage(&node),
                capabilities: node_facts::capabilities(&node),
                certificate: Some(node_row::certificate(&node, self.now())),
                activity,
                awaited,
                under_way,
                row,
            })
        })
    }

    fn nodes(&self, page: PageRequest) -> Answer<'_, Page<NodeRow>> {
        Box::pin(async move { self.node_rows(&page).await })
    }
}

impl Asking {
    pub(super) async fn node_rows(&self, page: &PageRequest) -> Result<Page<NodeRow>, ConsoleError> {
        let permit: Permit<Read, Nodes> = self.permit(&Scope::Platform)?;
        let limit = i64::from(page.limit()) + 1;
        let found = nodes::list(&self.state().db, &permit, page.cursor.as_deref(), limit).await;
        let found = found.map_err(|error| self.broken(error))?;
        let held =
            workloads::slots_taken(&mut &self.state().db, &self.proof()).await.map_err(|e| self.broken(e))?;
        let read_operations: Permit<Read, OperationRecords> = self.permit(&Scope::Platform)?;
        let open = stored::open_of_kind(&self.state().db, &read_operations, TargetKind::Node, SHOWN).await;
        let open = open.map_err(|error| self.broken(error))?;
        let on_one = |one: &&StoredOperation| found.iter().any(|node| one.target.id == node.id.as_str());
        let listed: Vec<_> = open.iter().filter(on_one).collect();
        let slow = self.above_sla(&listed).await?;
        let row = |node: &NodeRecord| {
            let held = held.iter().find(|(id, _)| *id == node.id).map_or(0, |(_, count)| *count);
            let on_it = || listed.iter().filter(|operation| operation.target.id == node.id.as_str());
            let progress = on_it().next().map(|operation| self.brief(operation));
            let above_sla = on_it().find_map(|operation| slow.get(&operation.id)).cloned();
            let held = u32::try_from(held).unwrap_or(u32::MAX);
            NodeRow { above_sla, ..node_row::row(node, held, progress, self.now()) }
        };
        Ok(Page::from_overfull(found.iter().map(row).collect(), page.limit(), |row| row.name.clone()))
    }

    /// The operation under way, if one is.
    fn under_way(&self, past: &[StoredOperation]) -> Option<read_models::workloads::ProgressBrief> {
        past.iter().find(|operation| !operation.state.is_over()).map(|operation| self.brief(operation))
    }

    /// Everything under way on it: what runs, and what is parked behind it.
    async fn under_way_on(
        &self,
        target: &TargetView,
        past: &[StoredOperation],
    ) -> Result<Vec<RunningOperation>, ConsoleError> {
        let mut rows = Vec::new();
        for operation in past.iter().filter(|operation| !operation.state.is_over()) {
            let usually = self.usually(&operation.operation).await?;
            rows.push(self.running_operation(operation, Some(target.clone()), usually));
        }
        Ok(rows)
    }

    /// What it waits for by itself.
    async fn awaited(
        &self,
        node: &NodeRecord,
        activity: &[EventView],
    ) -> Result<Option<Awaited>, ConsoleError> {
        let permit: Permit<Read, Nodes> = self.permit(&Scope::Platform)?;
        let took = nodes::first_heartbeats_took(&mut &self.state().db, &permit).await;
        let took = took.map_err(|error| self.broken(error))?;
        Ok(node_awaited::awaited(node, activity, &took))
    }

    async fn enrolment(&self, draft: Option<&DraftId>) -> Result<EnrolmentPanel, ConsoleError> {
        let target = Target { kind: TargetKind::Platform, id: "platform".to_owned() };
        let found = self.target(&target).await?;
        let Some(operation) = self.state().register.find("enrolment_token.issue") else {
            return Err(ConsoleError::not_found("operation"));
        };
        let mut issue = self.card(operation, &target, &found, &[]).await?;
        self.bring_back(draft, [&mut issue]).await?;
        let permit: Permit<Read, EnrolmentTokens> = self.permit(&Scope::Platform)?;
        let latest =
            enrolment_tokens::latest(&self.state().db, &permit, 50).await.map_err(|e| self.broken(e))?;
        let mut tokens = Vec::new();
        for token in latest.iter().filter(|token| token.is_good(self.now())) {
            tokens.push(self.token_row(token).await?);
        }
        let read_nodes: Permit<Read, Nodes> = self.permit(&Scope::Platform)?;
        let refused =
            incidents::newest(&self.state().db, &read_nodes, 10).await.map_err(|e| self.broken(e))?;
        let incidents = refused.into_iter().map(|i| IncidentRow { at: i.at, sentence: i.sentence }).collect();
        Ok(EnrolmentPanel { issue, tokens, incidents })
    }

    /// The command is made again for the person who issued the token, and for nobody else.
    pub(super) fn enrol_command(&self, token: &EnrolmentToken) -> Option<String> {
        let issued_it = self.who().is_ok_and(|who| token.issued_by == who.audit_name());
        let secret = enrolment_secret_of(&self.state().sealing, &token.id);
        let is_derived = crate::authn::stored_hash(&secret) == token.secret_hash;
        (issued_it && is_derived).then(|| {
            let text = format!("{}.{secret}.{}", token.id, self.state().authority.ca_pin());
            let server = self.state().agents_url();
            format!("slipway-node enrol --server {server} --token {text} && slipway-node run")
        })
    }

    async fn token_row(&self, token: &EnrolmentToken) -> Result<EnrolmentTokenRow, ConsoleError> {
        let target = Target { kind: TargetKind::EnrolmentToken, id: token.id.as_str().to_owned() };
        let found = self.target(&target).await?;
        let Some(revoke) = self.state().register.find("enrolment_token.revoke") else {
            return Err(ConsoleError::not_found("operation"));
        };
        Ok(EnrolmentTokenRow {
            id: token.id.clone(),
            node_name: token.node_name.clone(),
            issued_by: token.issued_by.clone(),
            expires_at: token.expires_at,
            command: self.enrol_command(token),
            revoke: self.card(revoke, &target, &found, &[]).await?,
        })
    }
}

fn ignorable(quiet: usize, acknowledged: usize) -> String {
    let quiet = match quiet {
        0 => "Nothing here can be ignored.".to_owned(),
        1 => "1 node needs nothing.".to_owned(),
        n => format!("{n} nodes need nothing."),
    };
    if acknowledged == 0 {
        return quiet;
    }
    format!("{quiet} What somebody has acknowledged stands under Ops until it comes back.")
}

fn action_required(row: &NodeRow) -> Vec<Overlay> {
    let asks = row.progress.as_ref().filter(|progress| progress.needs_attention).map(|progress| Overlay {
        code: "needs_attention".to_owned(),
        word: "Waits for you".to_owned(),
        sentence: format!("{}: {}", progress.title, progress.observation),
        since: row.policy_since,
    });
    asks.into_iter().chain(row.overlays.iter().cloned()).collect()
}

fn next_for(node: &NodeRecord, row: &NodeRow, operations: &[IntentGroup]) -> Option<RunNext> {
    if row.progress.is_some() {
        return None;
    }
    let mut candidates = Vec::new();
    if let Some(way) = WayBack::of(node) {
        let when = match way {
            WayBack::Resume => {
                "It was drained and takes no new workloads. Resume it when it may take them again."
            }
            WayBack::EnableScheduling => {
                "It takes no new workloads, and what runs on it goes on. Enable scheduling when it may take them again."
            }
            WayBack::EndMaintenance => {
                "It is in maintenance. End it when the work on the machine is done: its inventory is taken anew first."
            }
        };
        candidates.push((way.operation(), when.to_owned()));
    }
    candidates
        .push(("node.probe", "It looks well. A probe shows whether what you see is still so.".to_owned()));
    run_next(operations, &candidates)
}

fn slots(node: &NodeRecord, held: &[workloads::WorkloadRecord]) -> Vec<SlotRow> {
    let reported = node.heartbeat.as_ref().map(|beat| beat.slots.as_slice()).unwrap_or_default();
    let row = |index: u32| SlotRow {
        index,
        allocated: held.iter().find(|w| w.slot == Some(i64::from(index))).map(|w| w.name.clone()),
        reported: reported
            .iter()
            .find(|slot| slot.index == index)
            .and_then(|slot| slot.workload.as_ref())
            .map(|id| {
                held.iter()
                    .find(|w| w.id.as_str() == id.as_str())
                    .map_or_else(|| id.as_str().to_owned(), |w| w.name.clone())
            }),
    };
    (0..node.slots_total.unwrap_or(0)).map(row).collect()
}
