//! Workloads, nodes, operations that were asked for, SKUs: only of what this person may read.

use crate::authz::{Action, Nodes, OperationRecords, Permit, Read, Resource, Scope, Skus, Workloads};
use crate::console::Asking;
use crate::projections::find::{Words, id_digits, mac_digits, mac_in_words, tail};
use crate::store::views::find::{self, NodeHit, NodesBy, OperationHit, SkuHit, WorkloadHit, WorkloadsBy};
use read_models::error::ConsoleError;
use read_models::find::{Found, FoundKind, FoundState};
use read_models::navigation::Address;
use read_models::nodes::NodePolicy;

/// Of a kind, no more are told.
pub(super) const EACH: usize = 6;
/// One more is asked for, to know whether there is more.
const ASKED: i64 = 7;
/// Somebody with roles in more projects than these is looked for in the first so many.
const PROJECTS: usize = 50;
/// A shorter text stands in the middle of nearly every name.
const SHORTEST_WITHIN: usize = 2;

impl Asking {
    /// What was found, kind after kind, and whether something was left out.
    pub(super) async fn resources_called(&self, words: &Words) -> Result<(Vec<Found>, bool), ConsoleError> {
        let text = words.whole();
        if text.is_empty() {
            return Ok((Vec::new(), false));
        }
        let mut found: Vec<Vec<Found>> = Vec::new();
        found.push(self.workloads_called(&text).await?.into_iter().map(workload).collect());
        found.push(self.nodes_called(&text).await?.into_iter().map(node).collect());
        found.push(self.runs_called(&text).await?);
        found.push(self.skus_called(&text).await?.into_iter().map(sku).collect());
        let more = found.iter().any(|kind| kind.len() > EACH);
        Ok((found.into_iter().flat_map(|kind| kind.into_iter().take(EACH)).collect(), more))
    }

    /// Nodes, each once: the best reason first.
    pub(super) async fn nodes_called(&self, text: &str) -> Result<Vec<NodeHit>, ConsoleError> {
        if !self.who()?.can(Action::Read, Resource::Nodes, &Scope::Platform) {
            return Ok(Vec::new());
        }
        let permit: Permit<Read, Nodes> = self.permit(&Scope::Platform)?;
        let mac = mac_digits(text);
        let mut ways = vec![NodesBy::Name(text), NodesBy::Reached(text)];
        ways.extend(mac.as_deref().map(NodesBy::Reached));
        ways.extend(id_digits(text).map(|digits| NodesBy::Tail(tail(digits))));
        if text.chars().count() >= SHORTEST_WITHIN {
            ways.push(NodesBy::Within(text));
        }
        let mut found: Vec<NodeHit> = Vec::new();
        for by in ways {
            let hits = find::nodes(&self.state().db, &permit, by, ASKED).await;
            for hit in hits.map_err(|error| self.broken(error))? {
                if is_meant(by_tail(&by), hit.id.digits(), text)
                    && found.iter().all(|known| known.id != hit.id)
                {
                    found.push(hit);
                }
            }
            if found.len() > EACH {
                break;
            }
        }
        Ok(found)
    }

    /// Workloads of the projects this person may read, each once.
    pub(super) async fn workloads_called(&self, text: &str) -> Result<Vec<WorkloadHit>, ConsoleError> {
        let mut ways = vec![WorkloadsBy::Name(text)];
        ways.extend(id_digits(text).map(|digits| WorkloadsBy::Tail(tail(digits))));
        if text.chars().count() >= SHORTEST_WITHIN {
            ways.push(WorkloadsBy::Within(text));
        }
        let mut found: Vec<WorkloadHit> = Vec::new();
        for scope in self.scopes_to_read(Resource::Workloads)? {
            let permit: Permit<Read, Workloads> = self.permit(&scope)?;
            for by in &ways {
                let hits = find::workloads(&self.state().db, &permit, *by, ASKED).await;
                for hit in hits.map_err(|error| self.broken(error))? {
                    let by_tail = matches!(by, WorkloadsBy::Tail(_));
                    if is_meant(by_tail, hit.id.digits(), text)
                        && found.iter().all(|known| known.id != hit.id)
                    {
                        found.push(hit);
                    }
                }
            }
            if found.len() > EACH {
                break;
            }
        }
        Ok(found)
    }

    /// Operations that were asked for, by the end of their ids; one's own among them.
    async fn runs_called(&self, text: &str) -> Result<Vec<Found>, ConsoleError> {
        let Some(digits) = id_digits(text) else { return Ok(Vec::new()) };
        let mut scopes = self.scopes_to_read(Resource::OperationRecords)?;
        scopes.push(Scope::Person(self.who()?.user_id.clone()));
        let mut found: Vec<OperationHit> = Vec::new();
        for scope in scopes {
            let permit: Permit<Read, OperationRecords> = self.permit(&scope)?;
            let hits = find::operations(&self.state().db, &permit, tail(digits), ASKED).await;
            for hit in hits.map_err(|error| self.broken(error))? {
                if is_meant(true, hit.id.digits(), text) && found.iter().all(|known| known.id != hit.id) {
                    found.push(hit);
                }
            }
        }
        Ok(found.into_iter().map(|hit| self.run(hit)).collect())
    }

    pub(super) async fn skus_called(&self, text: &str) -> Result<Vec<SkuHit>, ConsoleError> {
        let scopes = self.scopes_to_read(Resource::Skus)?;
        // SKUs are the platform's: who may read them anywhere may read all.
        let Some(scope) = scopes.first() else { return Ok(Vec::new()) };
        let permit: Permit<Read, Skus> = self.permit(scope)?;
        find::skus(&self.state().db, &permit, text, ASKED).await.map_err(|error| self.broken(error))
    }

    /// Where this person may read a kind of thing: everywhere, or in each of their projects.
    fn scopes_to_read(&self, resource: Resource) -> Result<Vec<Scope>, ConsoleError> {
        let who = self.who()?;
        let may = |scope: &Scope| who.can(Action::Read, resource, scope);
        if may(&Scope::Platform) {
            return Ok(vec![Scope::Platform]);
        }
        Ok(who.projects().into_iter().take(PROJECTS).map(Scope::Project).filter(may).collect())
    }

    fn run(&self, hit: OperationHit) -> Found {
        Found {
            kind: FoundKind::Run,
            title: self.title_of(&hit.operation).to_owned(),
            detail: format!("asked for by {}", hit.requested_by),
            state: Some(state(hit.state.key(), hit.state.word(), hit.since)),
            address: Address::Operation(hit.id),
            anchor: None,
            simulated: false,
        }
    }
}

const fn by_tail(by: &NodesBy<'_>) -> bool {
    match by {
        NodesBy::Tail(_) => true,
        NodesBy::Name(_) | NodesBy::Reached(_) | NodesBy::Within(_) => false,
    }
}

/// Whoever wrote more of an id than its last digits means all of it.
fn is_meant(by_tail: bool, id: &str, text: &str) -> bool {
    !by_tail || id_digits(text).is_some_and(|digits| id.ends_with(digits))
}

fn state(key: &str, word: &str, since: read_models::time::Timestamp) -> FoundState {
    FoundState { key: key.to_owned(), word: word.to_owned(), since }
}

fn workload(hit: WorkloadHit) -> Found {
    Found {
        kind: FoundKind::Workload,
        title: hit.name,
        detail: format!("in {}", hit.project_name),
        state: Some(state(hit.state.key(), hit.state.word(), hit.since)),
        address: Address::Workload(hit.id),
        anchor: None,
        simulated: hit.simulated,
    }
}

fn node(hit: NodeHit) -> Found {
    let reached = hit.reached_by.map(|(kind, address)| match kind.as_str() {
        "mac" => format!("hardware address {}", mac_in_words(&address)),
        "ip" => format!("IP address {address}"),
        _ => format!("host name {address}"),
    });
    let policy = (hit.policy != NodePolicy::InService).then(|| hit.policy.word().to_lowercase());
    let detail: Vec<_> = reached.into_iter().chain(policy).collect();
    Found {
        kind: FoundKind::Node,
        title: hit.name,
        detail: if detail.is_empty() { "in service".to_owned() } else { detail.join(", ") },
        state: Some(state(hit.state.key(), hit.state.word(), hit.since)),
        address: Address::Node(hit.id),
        anchor: None,
        simulated: hit.simulated,
    }
}

fn sku(hit: SkuHit) -> Found {
    Found {
        kind: FoundKind::Sku,
        title: hit.title,
        detail: format!("launch it: {}", hit.name),
        state: None,
        address: Address::LaunchCompute { sku: Some(hit.id) },
        anchor: None,
        simulated: false,
    }
}
