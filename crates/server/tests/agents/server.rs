//! A server whose agents' listener is real: TLS on a free port of loopback, its own database, a clock the test moves.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use node_protocol::EnrolmentToken;
use read_models::ids::{EnrolmentTokenId, NodeId};
use server::authz::{SystemProof, system};
use server::clock::{Clock as _, TestClock};
use server::config::{Config, Flags};
use server::http::agent::{self, AgentsError};
use server::ids::{Ids as _, SystemIds, secret_32};
use server::secret::SealingKey;
use server::state::AppState;
use server::store::db::Db;
use server::store::enrolment_tokens::{self, NewEnrolmentToken};
use server::store::nodes::{self, NodeRecord};
use server::store::testing::{TestDb, sqlite};
use tokio::task::JoinHandle;

/// The tests act as a part of the program.
pub(crate) fn proof() -> SystemProof {
    system::for_worker("test")
}

const EVENTS: &str = "SELECT kind FROM outbox ORDER BY at, position, id";

pub(crate) struct Server {
    pub(crate) state: AppState,
    pub(crate) clock: Arc<TestClock>,
    /// Ends when the server has stopped.
    pub(crate) serving: JoinHandle<Result<(), AgentsError>>,
    port: u16,
    _database: Option<TestDb>,
}

impl Server {
    pub(crate) async fn on(db: Db) -> Self {
        Self::set_up(db, Flags::default()).await
    }

    /// One that lets nodes in that are simulated.
    pub(crate) async fn admitting_simulated(db: Db) -> Self {
        Self::set_up(db, Flags { admit_simulated: true, ..Flags::default() }).await
    }

    async fn set_up(db: Db, flags: Flags) -> Self {
        let clock = Arc::new(TestClock::default());
        let config = Config::load(&flags, &|_| None).unwrap();
        // Only the tests of it wait.
        let config = Config { undo_window: std::time::Duration::ZERO, ..config };
        let sealing = SealingKey::from_text("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "test").unwrap();
        let state = AppState::open(db, Arc::<TestClock>::clone(&clock), Arc::new(SystemIds), config, sealing)
            .await
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let serving = tokio::spawn(agent::serve(state.clone(), listener));
        Self { state, clock, serving, port, _database: None }
    }

    pub(crate) async fn on_sqlite() -> Self {
        let database = sqlite().await;
        let server = Self::on(database.db.clone()).await;
        Self { _database: Some(database), ..server }
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    pub(crate) async fn node(&self, id: &node_protocol::NodeId) -> NodeRecord {
        let id = NodeId::parse(id.as_str()).unwrap();
        nodes::find(&mut &self.state.db, &proof(), &id).await.unwrap()
    }

    /// A token as an operator would carry it to a machine; good for an hour.
    pub(crate) async fn issues_a_token(&self, node_name: Option<&str>) -> EnrolmentToken {
        let token = self.never_issued();
        let id = EnrolmentTokenId::parse(token.id()).unwrap();
        let now = self.clock.now();
        let new = NewEnrolmentToken {
            id: &id,
            secret_hash: &hex::encode(token.secret_hash()),
            node_name,
            issued_at: now,
            expires_at: now.plus(Duration::from_hours(1)),
        };
        let mut tx = self.state.db.begin().await.unwrap();
        enrolment_tokens::issue(&mut tx, &proof(), new).await.unwrap();
        tx.commit().await.unwrap();
        token
    }

    /// A token of the right form that nobody issued.
    pub(crate) fn never_issued(&self) -> EnrolmentToken {
        let id = EnrolmentTokenId::from_uuid(&SystemIds.uuid());
        EnrolmentToken::new(id.as_str(), &secret_32(&SystemIds), self.state.authority.ca_pin()).unwrap()
    }

    /// The same token as somebody would guess it who has seen its id.
    pub(crate) fn with_another_secret(&self, token: &EnrolmentToken) -> EnrolmentToken {
        EnrolmentToken::new(token.id(), &secret_32(&SystemIds), self.state.authority.ca_pin()).unwrap()
    }

    /// The kinds of the events so far, in order.
    pub(crate) async fn events(&self) -> Vec<String> {
        let rows = self.state.db.rows(EVENTS, &[]).await.unwrap();
        rows.iter().map(|row| row.text("kind").unwrap()).collect()
    }
}
