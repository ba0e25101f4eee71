//! A server on a free port with two projects, a SKU, a ready node, a workload in each project, and people of every role.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, header};
use evidence::Checkpoint;
use node_protocol::{Heartbeat, Inventory, SlotReport, Usage};
use operations::{Attention, Danger, StoredChoice, StoredEffect};
use read_models::ids::{NodeId, OnboardingId, OperationId, ProjectId, SkuId, TokenId, UserId, WorkloadId};
use read_models::nodes::{NodePolicy, NodeRole, NodeState};
use read_models::onboarding::OnboardingMode;
use read_models::workloads::WorkloadKind;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use server::authn::token;
use server::authz::{Grant, Role, Scope, SystemProof, TokenScope, system};
use server::clock::{Clock as _, TestClock};
use server::config::{Config, Flags};
use server::ids::{Ids as _, SystemIds};
use server::secret::SealingKey;
use server::state::AppState;
use server::store::db::{Db, Tx};
use server::store::events::{self, NewEvent};
use server::store::nodes::{NewNode, NodeCertificate};
use server::store::onboardings::{self, NewOnboarding};
use server::store::operations::{Rested, commit, lease_now_for_decision};
use server::store::skus::{Placement, Sku};
use server::store::tokens::{self, NewApiToken};
use server::store::users::{self, NewAccount};
use server::store::workloads::NewWorkload;
use server::store::{checkpoints, nodes, projects, skus, workloads};
use tokio_util::sync::DropGuard;

use crate::caller::{Caller, send};

/// The password of everyone here.
pub(crate) const PASSWORD: &str = "a sentence that is long";

/// The key that seals what lies in the database: `canary master key of thirty-two`.
pub(crate) const SEALING: &str = "Y2FuYXJ5IG1hc3RlciBrZXkgb2YgdGhpcnR5LXR3byA=";

pub(crate) struct House {
    pub(crate) state: AppState,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) projects: [ProjectId; 2],
    /// One in each project.
    pub(crate) workloads: [WorkloadId; 2],
    pub(crate) sku: SkuId,
    pub(crate) node: NodeId,
    pub(crate) onboarding: OnboardingId,
    address: SocketAddr,
    _stops: DropGuard,
}

impl House {
    pub(crate) async fn on(db: Db) -> Self {
        let clock = Arc::new(TestClock::default());
        let config = Config::load(&Flags::default(), &|_| None).unwrap();
        // Only the tests of it wait.
        let config = Config { undo_window: std::time::Duration::ZERO, ..config };
        let sealing = SealingKey::from_text(SEALING, "test").unwrap();
        let ids = Arc::new(SystemIds);
        let mut state =
            AppState::open(db, Arc::<TestClock>::clone(&clock), ids, config, sealing).await.unwrap();
        state.timing.recheck_streams = Duration::from_millis(50);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = server::http::router(state.clone()).into_make_service_with_connect_info::<SocketAddr>();
        let stopped = state.shutdown.clone().cancelled_owned();
        tokio::spawn(async move { axum::serve(listener, service).with_graceful_shutdown(stopped).await });
        let mut tx = state.db.begin().await.unwrap();
        let projects = [project(&mut tx, &clock, "alpha").await, project(&mut tx, &clock, "beta").await];
        let (sku, node) = (sku(&mut tx, &clock).await, node(&mut tx, &clock).await);
        let workloads = [
            workload(&mut tx, &clock, &projects[0], &sku).await,
            workload(&mut tx, &clock, &projects[1], &sku).await,
        ];
        let onboarding = onboarding(&mut tx, &clock).await;
        tx.commit().await.unwrap();
        let stops = state.shutdown.clone().drop_guard();
        Self { state, clock, projects, workloads, sku, node, onboarding, address, _stops: stops }
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) const fn nobody(&self) -> Caller {
        Caller::nobody(self.address)
    }

    /// A role where it is held: in the first project or on the platform.
    pub(crate) fn grant(&self, role: Role) -> Grant {
        let scope =
            if role.is_of_project() { Scope::Project(self.projects[0].clone()) } else { Scope::Platform };
        Grant { role, scope }
    }

    /// An account with one role.
    pub(crate) async fn person(&self, email: &str, grant: Grant) -> UserId {
        let (proof, id) = (proof(), UserId::from_uuid(&SystemIds.uuid()));
        let hash = server::authn::Passwords::default()
            .hash(&SecretString::from(PASSWORD), &SystemIds)
            .await
            .unwrap();
        let mut tx = self.state.db.begin().await.unwrap();
        let account = NewAccount { id: &id, email, display_name: "A person", password_hash: &hash };
        users::create(&mut tx, &proof, account, self.clock.now()).await.unwrap();
        users::grant_role(&mut tx, &proof, &id, &grant, self.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// That role's program, which may do whatever the role may.
    pub(crate) async fn program(&self, role: Role) -> Caller {
        self.program_of(&format!("{}@example.org", role.key()), self.grant(role)).await
    }

    pub(crate) async fn program_of(&self, email: &str, grant: Grant) -> Caller {
        let user = self.person(email, grant).await;
        self.token_of(&user).await
    }

    async fn token_of(&self, user: &UserId) -> Caller {
        let (secret, id) = (token::generate(&SystemIds), TokenId::from_uuid(&SystemIds.uuid()));
        let now = self.clock.now();
        let expires_at = now.plus(Duration::from_hours(24));
        let (hash, scope) = (token::hash(&secret), TokenScope::Destructive);
        let new = NewApiToken { id: &id, user_id: user, hash: &hash, scope, name: "test", expires_at };
        let mut tx = self.state.db.begin().await.unwrap();
        tokens::issue(&mut tx, &proof(), new, now).await.unwrap();
        tx.commit().await.unwrap();
        Caller::program(self.address, secret.expose_secret().to_owned())
    }

    /// Another program of a person there is, as wide as the first.
    pub(crate) async fn second_program(&self, email: &str) -> Caller {
        let known = users::by_email(&mut &self.state.db, &proof(), email).await.unwrap().unwrap();
        self.token_of(&known.id).await
    }

    /// That role's browser, signed in.
    pub(crate) async fn browser(&self, role: Role) -> Caller {
        let email = format!("browser-{}@example.org", role.key());
        self.person(&email, self.grant(role)).await;
        let body = format!("email={email}&password={}", PASSWORD.replace(' ', "+"));
        let request = self
            .nobody()
            .request(Method::POST, "/sign-in")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body));
        let answer = send(request.unwrap()).await;
        self.nobody().with_cookie_of(&answer)
    }

    /// Asks for an operation and has it accepted.
    pub(crate) async fn starts(
        &self,
        who: &Caller,
        operation: &str,
        target: &str,
        confirmation: &str,
    ) -> OperationId {
        let asked = json!({ "operation": operation, "target": target, "input": {} });
        let plan = who.posts("/api/v1/operations/plan", &asked).await.json();
        let start = json!({ "plan_hash": plan["hash"], "confirmation": confirmation });
        let key = SystemIds.uuid();
        let answer = who.posts_with("/api/v1/operations", &start, &[("idempotency-key", &key)]).await;
        assert_eq!(answer.status.as_u16(), 202, "{} {plan}", answer.text);
        OperationId::parse(answer.json()["id"].as_str().unwrap()).unwrap()
    }

    /// Plans this and starts it, with nothing to confirm.
    pub(crate) async fn starts_with(&self, who: &Caller, request: &serde_json::Value) -> OperationId {
        let plan = who.posts("/api/v1/operations/plan", request).await.json();
        let start = json!({ "plan_hash": plan["hash"] });
        let answer =
            who.posts_with("/api/v1/operations", &start, &[("idempotency-key", &SystemIds.uuid())]).await;
        assert_eq!(answer.status.as_u16(), 202, "{} {plan}", answer.text);
        OperationId::parse(answer.json()["id"].as_str().unwrap()).unwrap()
    }

    /// Waits until an operation is over; the workers have to be running.
    pub(crate) async fn settles(&self, who: &Caller, id: &OperationId) {
        let mut feed = self.state.feed.subscribe();
        loop {
            let stands = who.gets(&format!("/api/v1/operations/{id}")).await.json();
            let state = stands["state"].as_str().unwrap_or_default().to_owned();
            if !["queued", "running"].contains(&state.as_str()) {
                assert_eq!(state, "succeeded", "{stands}");
                return;
            }
            tokio::time::timeout(Duration::from_secs(20), feed.changed()).await.unwrap().unwrap();
        }
    }

    /// Puts a question before people, as the engine does.
    pub(crate) async fn asks(&self, id: &OperationId, sentence: &str) {
        let (db, clock) = (&self.state.db, &*self.clock);
        let lease = Duration::from_secs(5);
        let mut leased = lease_now_for_decision(db, "test", lease, clock, id).await.unwrap().unwrap();
        let choice = StoredChoice {
            id: "keep".to_owned(),
            title: "Try it again".to_owned(),
            what: "It is tried again.".to_owned(),
            danger: Danger::Safe,
            effect: StoredEffect::Retry,
        };
        let since = clock.now().as_micros();
        let attention = Attention { sentence: sentence.to_owned(), since, choices: vec![choice] };
        leased.record.attention = Some(attention);
        let mut tx = db.begin().await.unwrap();
        let rested = Rested::Parked { until: None };
        commit(&mut tx, id, &leased.record, leased.fencing_token, rested, clock).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Something happens in a project, or on the platform, and gets its number.
    pub(crate) async fn happens(&self, sentence: &str, project: Option<&ProjectId>) {
        let event = NewEvent {
            at: self.clock.now(),
            kind: "test.happened",
            actor: "test".to_owned(),
            sentence: sentence.to_owned(),
            operation: None,
            step: None,
            project: project.cloned(),
            resource: None,
            body: json!({}),
        };
        let mut tx = self.state.db.begin().await.unwrap();
        events::append(&mut tx, &SystemIds, event).await.unwrap();
        tx.commit().await.unwrap();
        self.numbers_events().await;
    }

    /// What the sequencer does in a whole server.
    pub(crate) async fn numbers_events(&self) {
        let (db, lease) = (&self.state.db, Duration::from_mins(1));
        while events::sequence(db, &proof(), "test", lease, &*self.clock, 100).await.unwrap() > 0 {}
        self.state.feed.send_replace(events::last(db).await.unwrap());
    }

    /// From now on events are numbered and signed as soon as somebody waits for it.
    pub(crate) fn signs(&self) {
        let (state, clock) = (self.state.clone(), Arc::clone(&self.clock));
        tokio::spawn(async move {
            let lease = ("test", Duration::from_mins(1));
            loop {
                tokio::select! {
                    () = state.shutdown.cancelled() => return,
                    () = state.hub.events_written() => {}
                }
                while events::sequence(&state.db, &proof(), lease.0, lease.1, &*clock, 100).await.unwrap() > 0
                {
                }
                let sign = |seq: i64, hash: &str| {
                    Checkpoint::sign(&state.evidence, seq, hash, clock.now().as_micros())
                };
                checkpoints::publish(&state.db, &proof(), lease, &*clock, sign).await.unwrap();
            }
        });
    }

    /// Operators take the only node out of service.
    pub(crate) async fn cordons(&self) {
        let mut tx = self.state.db.begin().await.unwrap();
        nodes::set_policy(&mut tx, &proof(), &self.node, (NodePolicy::Cordoned, None), self.clock.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// The name of the workloads; also what has to be typed to release one.
    pub(crate) const fn workload_name() -> &'static str {
        "web-1"
    }
}

fn proof() -> SystemProof {
    system::for_worker("test")
}

async fn project(tx: &mut Tx, clock: &TestClock, name: &str) -> ProjectId {
    let id = ProjectId::from_uuid(&SystemIds.uuid());
    projects::create(tx, &proof(), &id, name, clock.now()).await.unwrap();
    id
}

async fn onboarding(tx: &mut Tx, clock: &TestClock) -> OnboardingId {
    let id = OnboardingId::from_uuid(&SystemIds.uuid());
    let new = NewOnboarding {
        id: &id,
        begun_by: "ops@example.org",
        begun_at: clock.now(),
        mode: OnboardingMode::Manual,
        site: None,
    };
    onboardings::begin(tx, &proof(), new).await.unwrap();
    id
}

async fn sku(tx: &mut Tx, clock: &TestClock) -> SkuId {
    let id = SkuId::from_uuid(&SystemIds.uuid());
    let sku = Sku {
        id: id.clone(),
        name: "slice-small".to_owned(),
        title: "Small slice".to_owned(),
        placement: Placement::Slice,
        cpus: 1,
        memory_bytes: 1 << 30,
        gpu_model: None,
        gpu_count: 0,
        price_microcents_per_hour: 0,
        created_at: clock.now(),
        retired_at: None,
        revision: 1,
    };
    skus::create(tx, &proof(), &sku).await.unwrap();
    id
}

async fn node(tx: &mut Tx, clock: &TestClock) -> NodeId {
    let (id, now) = (NodeId::from_uuid(&SystemIds.uuid()), clock.now());
    let not_after = now.plus(Duration::from_hours(7 * 24));
    let certificate = NodeCertificate { serial: "01".to_owned(), not_before: now, not_after };
    let new = NewNode {
        id: &id,
        name: "n1",
        role: NodeRole::SliceHost,
        identity_fingerprint: "f",
        certificate: &certificate,
        agent_version: "0.1.0",
        hostname: "n1",
        boot_id: "b",
        clock_skew_us: 0,
        simulated: false,
    };
    nodes::enrol(tx, &proof(), &new, now).await.unwrap();
    let beat = Heartbeat {
        at_us: now.as_micros(),
        clock_skew_us: None,
        boot_id: "b".to_owned(),
        agent_version: "0.1.0".to_owned(),
        uptime_s: None,
        inventory: Inventory { cpus: Some(8), memory_bytes: Some(64 << 30), ..Inventory::default() },
        capabilities: Vec::new(),
        slots: (0..4).map(|index| SlotReport { index, workload: None }).collect(),
        usage: Usage::default(),
        workloads: Vec::new(),
        measurements: Vec::new(),
    };
    nodes::record_heartbeat(tx, &proof(), &id, &beat, 0, now).await.unwrap();
    nodes::set_state(tx, &proof(), &id, (NodeState::Enrolling, NodeState::Ready), now).await.unwrap();
    id
}

async fn workload(tx: &mut Tx, clock: &TestClock, project: &ProjectId, sku: &SkuId) -> WorkloadId {
    let id = WorkloadId::from_uuid(&SystemIds.uuid());
    let new = NewWorkload {
        id: id.clone(),
        project: project.clone(),
        name: House::workload_name().to_owned(),
        kind: WorkloadKind::Slice,
        sku: sku.clone(),
        command: vec!["sleep".to_owned(), "60".to_owned()],
        port: None,
        created_by: "test".to_owned(),
        launch_operation: OperationId::from_uuid(&SystemIds.uuid()),
        ssh_keys: Vec::new(),
    };
    workloads::insert(tx, &proof(), &new, clock.now()).await.unwrap();
    id
}
