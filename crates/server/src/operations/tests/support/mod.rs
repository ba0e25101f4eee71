//! A server without ports, a node with a pretended agent, and the verbs that tests speak in.

pub(crate) mod account;
mod agent;
mod approval;
mod bulk;
mod care;
mod damage;
mod driving;
mod evidence;
mod offer;
mod onboarding;
mod promises;
mod queue;
mod scenes;
mod standstill;

use std::sync::Arc;
use std::time::Duration;

use read_models::error::ConsoleError;
use read_models::ids::{NodeId, OperationId, ProjectId, SkuId, WorkloadId};
use read_models::nodes::{NodePolicy, NodeRole};
use read_models::operation::{
    Confirmation, Decision, OperationView, PlanRequest, PlanView, StartRequest, Target,
};
use read_models::operations::{OperationsConsole as _, Started};
use serde_json::Value;

pub(super) use agent::{Agent, Kind, Manner};
pub(super) use damage::{Write, break_writes, dump, mend_writes, seen_writes, watch_writes};
pub(super) use driving::{Trip, Trips};
pub(super) use evidence::is_of_evidence;
pub(super) use scenes::{Scene, scene};

use crate::authz::testing::person;
use crate::authz::{Principal, Role, Scope, SystemProof, Via, system::for_worker};
use crate::clock::{Clock as _, TestClock};
use crate::config::{Config, Flags};
use crate::console::Asking;
use crate::ids::TestIds;
use crate::secret::SealingKey;
use crate::state::AppState;
use crate::store::db::Db;
use crate::store::events::StoredEvent;
use crate::store::nodes::{self, NewNode, NodeCertificate, NodeRecord};
use crate::store::operations::{StoredOperation, find_system};
use crate::store::skus::{Placement, Sku};
use crate::store::workloads::{self, WorkloadRecord};
use crate::store::{projects, skus};

/// Slots of the node.
pub(super) const SLOTS: u32 = 2;

/// A platform with two projects, one SKU and one node.
pub(super) struct Site {
    pub(super) state: AppState,
    pub(super) clock: Arc<TestClock>,
    pub(super) project: ProjectId,
    pub(super) other_project: ProjectId,
    pub(super) sku: SkuId,
    pub(super) node: NodeId,
    pub(super) agent: Agent,
    /// The agents of further nodes, where a test has some.
    pub(super) others: Vec<(NodeId, Agent)>,
    pub(super) trips: Trips,
    /// The events that are known and proved already.
    chain: Vec<StoredEvent>,
    /// Grows with everything that needs a name of its own.
    count: u32,
}

impl Site {
    pub(super) async fn on(db: Db) -> Self {
        damage::hurry(&db).await;
        let (clock, ids) = (Arc::new(TestClock::default()), Arc::new(TestIds::default()));
        let config = Config::load(&Flags::default(), &|_| None).unwrap();
        let sealing = SealingKey::from_text("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "test").unwrap();
        let opened = AppState::open(db, Arc::<TestClock>::clone(&clock), ids, config, sealing).await;
        let mut state = opened.unwrap();
        // A worker that dies is taken over at once: PostgreSQL's leases run by a clock that no test moves.
        state.timing.lease = Duration::ZERO;
        // Nobody changes their mind here, except where a test is about that.
        state.timing.undo_window = Duration::ZERO;
        let uuid = || state.ids.uuid();
        let (project, other_project) = (ProjectId::from_uuid(&uuid()), ProjectId::from_uuid(&uuid()));
        let sku = SkuId::from_uuid(&uuid());
        let (proof, now) = (for_worker("test"), clock.now());
        let mut tx = state.db.begin().await.unwrap();
        projects::create(&mut tx, &proof, &project, "ours", now).await.unwrap();
        projects::create(&mut tx, &proof, &other_project, "theirs", now).await.unwrap();
        skus::create(&mut tx, &proof, &small(&sku, now)).await.unwrap();
        tx.commit().await.unwrap();
        account::has_people(&state).await;
        let (node, agent) = enrol(&state, "n1").await;
        let trips = Trips::default();
        let (chain, others) = (Vec::new(), Vec::new());
        Self { state, clock, project, other_project, sku, node, agent, others, trips, chain, count: 1 }
    }

    /// Another node in the place of this one, so that the next case begins with nothing running.
    pub(super) async fn begins_anew(&mut self) {
        let mut tx = self.state.db.begin().await.unwrap();
        let now = self.clock.now();
        nodes::set_policy(&mut tx, &proof(), &self.node, (NodePolicy::Retired, None), now).await.unwrap();
        crate::store::standstill::lift(&mut tx, &proof(), now).await.unwrap();
        crate::store::approval_policies::set(&mut tx, &proof(), "platform", None).await.unwrap();
        tx.commit().await.unwrap();
        let name = self.fresh("n");
        (self.node, self.agent) = enrol(&self.state, &name).await;
        self.trips = Trips::default();
        self.others.clear();
    }

    /// So many further nodes, each with an agent of its own.
    pub(super) async fn has_more_nodes(&mut self, many: usize) {
        for _ in 0..many {
            let name = self.fresh("n");
            let other = enrol(&self.state, &name).await;
            self.others.push(other);
        }
    }

    /// A name that nothing has yet.
    pub(super) fn fresh(&mut self, prefix: &str) -> String {
        self.count += 1;
        format!("{prefix}{}", self.count)
    }

    /// A person who signed in just now.
    pub(super) fn person(&self, role: Role, project: Option<&ProjectId>) -> Principal {
        let scope = project.map_or(Scope::Platform, |id| Scope::Project(id.clone()));
        let mut who = person(role, scope);
        who.user_id = account::user_of(role);
        if let Via::Session { stepped_up_at, .. } = &mut who.via {
            *stepped_up_at = self.clock.now();
        }
        who
    }

    /// Who may do everything.
    pub(super) fn admin(&self) -> Principal {
        self.person(Role::PlatformAdmin, None)
    }

    pub(super) fn console(&self, who: &Principal) -> Asking {
        Asking::new(&self.state, Some(who.clone()), None)
    }

    pub(super) async fn plans(&self, who: &Principal, scene: &Scene) -> Result<PlanView, ConsoleError> {
        let Scene { operation, target, input } = scene.clone();
        self.console(who).plan(PlanRequest { operation, target, input }).await
    }

    pub(super) async fn starts(
        &self,
        who: &Principal,
        plan: &PlanView,
        key: &str,
    ) -> Result<Started, ConsoleError> {
        let confirmation = match &plan.confirmation {
            Confirmation::None => None,
            Confirmation::PlanSeen => Some("confirmed".to_owned()),
            Confirmation::TypeName { name } => Some(name.clone()),
            Confirmation::TypeNames { names } => Some(names.join("\n")),
        };
        self.console(who)
            .start(
                StartRequest { plan_hash: plan.hash.clone(), confirmation, undo_window: false },
                key.to_owned(),
            )
            .await
    }

    /// Plans and starts what must be possible.
    pub(super) async fn asks(&mut self, who: &Principal, scene: &Scene) -> OperationId {
        let plan = self.plans(who, scene).await.unwrap();
        let key = self.fresh("key-");
        accepted(self.starts(who, &plan, &key).await.unwrap())
    }

    pub(super) async fn decides(
        &self,
        who: &Principal,
        id: &OperationId,
        choice: &str,
    ) -> Result<OperationView, ConsoleError> {
        let decision = Decision {
            choice: choice.to_owned(),
            reason: "because".to_owned(),
            questions: None,
            plan_hash: Some(self.operation(id).await.plan_hash),
            confirmation: Some(self.console(&self.admin()).operation(id.clone()).await?.target_view.name),
        };
        self.console(who).decide(id.clone(), decision).await
    }

    pub(super) async fn operation(&self, id: &OperationId) -> StoredOperation {
        find_system(&mut &self.state.db, &proof(), id).await.unwrap()
    }

    pub(super) async fn node(&self) -> NodeRecord {
        nodes::find(&mut &self.state.db, &proof(), &self.node).await.unwrap()
    }

    pub(super) async fn workload(&self, id: &WorkloadId) -> WorkloadRecord {
        workloads::find_system(&mut &self.state.db, &proof(), id).await.unwrap()
    }

    pub(super) async fn holds_slot(&self, id: &WorkloadId) -> bool {
        workloads::holds_slot(&mut &self.state.db, &proof(), id).await.unwrap()
    }

    /// A workload that runs on the node.
    pub(super) async fn runs_a_workload(&mut self) -> WorkloadId {
        let launch = self.launch();
        let id = self.asks(&self.admin(), &launch).await;
        self.run_until_it_rests().await;
        launched_by(&id)
    }

    /// The launch of a workload with a name of its own.
    pub(super) fn launch(&mut self) -> Scene {
        let name = self.fresh("w");
        let input = serde_json::json!({ "name": name, "sku": self.sku, "command": ["serve"] });
        Scene::on_project("workload.launch", &self.project, input)
    }
}

/// The operation that was accepted.
pub(super) fn accepted(started: Started) -> OperationId {
    match started {
        Started::Accepted { id, .. } => id,
        Started::Changed { error, .. } => panic!("{error}"),
    }
}

/// The workload of a launch.
pub(super) fn launched_by(id: &OperationId) -> WorkloadId {
    WorkloadId::from_uuid(id.digits())
}

pub(super) fn proof() -> SystemProof {
    for_worker("test")
}

/// An input nobody has to think about.
pub(super) fn nothing() -> Value {
    serde_json::json!({})
}

async fn enrol(state: &AppState, name: &str) -> (NodeId, Agent) {
    let (id, now) = (NodeId::from_uuid(&state.ids.uuid()), state.clock.now());
    let certificate = NodeCertificate {
        serial: format!("{name}-1"),
        not_before: now,
        not_after: now.plus(Duration::from_hours(7 * 24)),
    };
    let new = NewNode {
        id: &id,
        name,
        role: NodeRole::SliceHost,
        identity_fingerprint: "f",
        certificate: &certificate,
        agent_version: "0.1.0",
        hostname: name,
        boot_id: "b",
        clock_skew_us: 0,
        simulated: false,
    };
    let mut tx = state.db.begin().await.unwrap();
    nodes::enrol(&mut tx, &proof(), &new, now).await.unwrap();
    tx.commit().await.unwrap();
    let mut agent = Agent::connects(state, &id, &certificate.serial).await;
    agent.beats(state).await;
    (id, agent)
}

fn small(id: &SkuId, now: read_models::time::Timestamp) -> Sku {
    Sku {
        id: id.clone(),
        name: "small".to_owned(),
        title: "Small".to_owned(),
        placement: Placement::Slice,
        cpus: 1,
        memory_bytes: 1 << 30,
        gpu_model: None,
        gpu_count: 0,
        price_microcents_per_hour: 1_000,
        created_at: now,
        retired_at: None,
        revision: 1,
    }
}

/// The target of a kind.
pub(super) fn target(kind: read_models::operation::TargetKind, id: &str) -> Target {
    Target { kind, id: id.to_owned() }
}
