//! A server in the test's own process: no ports, its own database, a clock that the test moves.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, Response, header};
use read_models::ids::{TokenId, UserId};
use secrecy::{ExposeSecret as _, SecretString};
use server::authn::token;
use server::authz::{Grant, TokenScope, system};
use server::clock::{Clock as _, TestClock};
use server::config::{Config, Flags};
use server::ids::{Ids as _, SystemIds};
use server::secret::SealingKey;
use server::state::AppState;
use server::store::db::Db;
use server::store::tokens::{self, NewApiToken};
use server::store::users::{self, NewAccount};
use tower::ServiceExt as _;

/// The password of everyone here.
pub(crate) const PASSWORD: &str = "a sentence that is long";

pub(crate) struct Server {
    pub(crate) state: AppState,
    pub(crate) clock: Arc<TestClock>,
}

impl Server {
    /// On a migrated database, with the configuration nobody changed.
    pub(crate) async fn on(db: Db) -> Self {
        let clock = Arc::new(TestClock::default());
        let config = Config::load(&Flags::default(), &|_| None).unwrap();
        // Only the tests of it wait.
        let config = Config { undo_window: std::time::Duration::ZERO, ..config };
        let sealing = SealingKey::from_text("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "test").unwrap();
        let state = AppState::open(db, Arc::<TestClock>::clone(&clock), Arc::new(SystemIds), config, sealing)
            .await
            .unwrap();
        Self { state, clock }
    }

    pub(crate) async fn answers(&self, request: Request<Body>) -> Response<Body> {
        server::http::router(self.state.clone()).oneshot(request).await.unwrap()
    }

    /// Makes an account with one role.
    pub(crate) async fn has_person(&self, email: &str, grant: Grant) -> UserId {
        let (proof, id) = (system::for_worker("test"), UserId::from_uuid(&SystemIds.uuid()));
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

    /// An API token of that person, good for a day.
    pub(crate) async fn token_of(&self, user: &UserId, scope: TokenScope) -> String {
        let (secret, id) = (token::generate(&SystemIds), TokenId::from_uuid(&SystemIds.uuid()));
        let expires_at = self.clock.now().plus(std::time::Duration::from_hours(24));
        let new = NewApiToken {
            id: &id,
            user_id: user,
            hash: &token::hash(&secret),
            scope,
            name: "test",
            expires_at,
        };
        let mut tx = self.state.db.begin().await.unwrap();
        tokens::issue(&mut tx, &system::for_worker("test"), new, self.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        secret.expose_secret().to_owned()
    }
}

/// A form sent by a page of ours.
pub(crate) fn form(path: &str, body: &str) -> Request<Body> {
    Request::post(path)
        .header(header::HOST, "127.0.0.1:8080")
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body.to_owned()))
        .unwrap()
}

/// What the answer sets as our cookie, as the browser would send it back.
pub(crate) fn cookie_of(response: &Response<Body>) -> Option<String> {
    let set = response.headers().get(header::SET_COOKIE)?.to_str().ok()?;
    set.split(';').next().map(str::to_owned)
}

pub(crate) fn location(response: &Response<Body>) -> &str {
    response.headers().get(header::LOCATION).map_or("", |value| value.to_str().unwrap_or_default())
}

pub(crate) async fn json(response: Response<Body>) -> serde_json::Value {
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    serde_json::from_slice(&bytes).unwrap()
}
