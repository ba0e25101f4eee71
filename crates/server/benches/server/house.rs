//! A server on a free port with one project, one SKU, and an administrator's browser; its loops run.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use read_models::ids::{OperationId, ProjectId, SkuId, UserId, WorkloadId};
use read_models::workloads::WorkloadKind;
use secrecy::SecretString;
use server::authn::Passwords;
use server::authz::{Grant, Role, Scope, SystemProof, system};
use server::clock::{Clock as _, SystemClock};
use server::config::{Config, Flags};
use server::ids::{Ids as _, SystemIds};
use server::secret::SealingKey;
use server::state::AppState;
use server::store::db::{Db, Tx};
use server::store::skus::{Placement, Sku};
use server::store::users::{self, NewAccount};
use server::store::workloads::NewWorkload;
use server::store::{projects, skus, workloads};
use tokio_util::sync::DropGuard;
use tokio_util::task::TaskTracker;

use super::steps::Nothing;

const EMAIL: &str = "bench@example.org";
const PASSWORD: &str = "a sentence that is long";

pub(crate) struct House {
    pub(crate) state: AppState,
    pub(crate) address: SocketAddr,
    pub(crate) user: UserId,
    pub(crate) cookie: String,
    project: ProjectId,
    sku: SkuId,
    _stops: DropGuard,
}

impl House {
    pub(crate) async fn on(db: Db) -> Self {
        let config = Config::load(&Flags::default(), &|_| None).unwrap();
        let sealing = SealingKey::from_text("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "bench").unwrap();
        let mut state =
            AppState::open(db, Arc::new(SystemClock), Arc::new(SystemIds), config, sealing).await.unwrap();
        state.register = Arc::new(server::operations::register().with::<Nothing>());
        let address = serves(server::http::router(state.clone())).await;
        server::workers::start(&state, &TaskTracker::new());
        let (project, sku) = (ProjectId::from_uuid(&SystemIds.uuid()), SkuId::from_uuid(&SystemIds.uuid()));
        let user = UserId::from_uuid(&SystemIds.uuid());
        let hash = Passwords::default().hash(&SecretString::from(PASSWORD), &SystemIds).await.unwrap();
        let (mut tx, now) = (state.db.begin().await.unwrap(), SystemClock.now());
        projects::create(&mut tx, &proof(), &project, "bench", now).await.unwrap();
        skus::create(&mut tx, &proof(), &small(&sku)).await.unwrap();
        let account = NewAccount { id: &user, email: EMAIL, display_name: "Bench", password_hash: &hash };
        users::create(&mut tx, &proof(), account, now).await.unwrap();
        let grant = Grant { role: Role::PlatformAdmin, scope: Scope::Platform };
        users::grant_role(&mut tx, &proof(), &user, &grant, now).await.unwrap();
        tx.commit().await.unwrap();
        let body = format!("email={EMAIL}&password={}", PASSWORD.replace(' ', "+"));
        let cookie = super::load::cookie_of_sign_in(address, body).await;
        let stops = state.shutdown.clone().drop_guard();
        Self { state, address, user, cookie, project, sku, _stops: stops }
    }

    /// That many more workloads: under way, or released long ago.
    pub(crate) async fn has_workloads(&self, count: usize, are_released: bool) {
        const AT_ONCE: usize = 5_000;
        for begun in (0..count).step_by(AT_ONCE) {
            let mut tx = self.state.db.begin().await.unwrap();
            for _ in begun..count.min(begun + AT_ONCE) {
                let id = self.launches(&mut tx).await;
                if are_released {
                    workloads::release(&mut tx, &proof(), &id, SystemClock.now()).await.unwrap();
                }
            }
            tx.commit().await.unwrap();
        }
    }

    async fn launches(&self, tx: &mut Tx) -> WorkloadId {
        let id = WorkloadId::from_uuid(&SystemIds.uuid());
        let new = NewWorkload {
            id: id.clone(),
            project: self.project.clone(),
            name: format!("workload-{}", &id.as_str()[id.as_str().len() - 8..]),
            kind: WorkloadKind::Slice,
            sku: self.sku.clone(),
            command: vec!["sleep".to_owned(), "600".to_owned()],
            port: None,
            created_by: EMAIL.to_owned(),
            launch_operation: OperationId::from_uuid(&SystemIds.uuid()),
            ssh_keys: Vec::new(),
        };
        workloads::insert(tx, &proof(), &new, SystemClock.now()).await.unwrap();
        id
    }
}

/// Serves on a free port for as long as the program runs.
pub(crate) async fn serves(router: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    address
}

pub(crate) fn proof() -> SystemProof {
    system::for_worker("bench")
}

fn small(id: &SkuId) -> Sku {
    Sku {
        id: id.clone(),
        name: "slice-small".to_owned(),
        title: "Small slice".to_owned(),
        placement: Placement::Slice,
        cpus: 1,
        memory_bytes: 1 << 30,
        gpu_model: None,
        gpu_count: 0,
        price_microcents_per_hour: 0,
        created_at: SystemClock.now(),
        retired_at: None,
        revision: 1,
    }
}
