//! Secrets that can be recognised go in everywhere a secret can go in; afterwards they are nowhere but in the answer that tells
//! them once. Looked at: the log, every answer of the API and every page as others see them, metrics, evidence bundles,
//! exported files, and every row of every table. What an agent writes to its log is looked at in its own `tests/canary.rs`.
//!
//! Workloads have no secrets of their own yet, and a passkey has none that leaves its authenticator.

use std::io;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use read_models::ids::{EnrolmentTokenId, InvitationId, OperationId};
use read_models::navigation::CONTRACT;
use secrecy::ExposeSecret as _;
use serde_json::json;
use server::args;
use server::authn::invitation_secret;
use server::authz::Role;
use server::clock::Clock as _;
use server::ids::SystemIds;
use server::operations::enrolment_secret_of;
use server::store::db::{DatabaseUrl, Db};
use server::store::events::{self, NewEvent};
use server::store::testing::on_both;
use tokio_util::task::TaskTracker;
use tracing_subscriber::fmt::MakeWriter;

use crate::caller::Caller;
use crate::conformance::Lively;
use crate::house::{House, PASSWORD, SEALING};
use crate::second_factor::with_app;
use crate::spec::Spec;
use crate::token_text::{issues, takes};

/// Handed in where a password is wanted.
const NEW_PASSWORD: &str = "canary words of a new password";
const WRONG_PASSWORD: &str = "canary words that are wrong";
/// Handed to a type that prints it.
const CARELESS: &str = "canary words of a careless type";

/// In the address of the database. The server of the tests lets everybody in who is on its machine, whatever they say.
const DATABASE_PASSWORD: &str = "canary-of-the-database";

/// What a secret is, and how it looks.
type Secrets = Vec<(String, String)>;

/// Everything the server said to its log.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Log {
    /// From here on, much louder than any server is.
    fn kept() -> &'static Self {
        static KEPT: OnceLock<Log> = OnceLock::new();
        KEPT.get_or_init(|| {
            let log = Self::default();
            let loud = tracing_subscriber::fmt().with_max_level(tracing::Level::DEBUG).with_ansi(false);
            drop(loud.with_writer(log.clone()).try_init());
            log
        })
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

/// Every place a secret can go in, used.
async fn enter(lively: &Lively) -> Secrets {
    let (house, admin) = (&lively.house, &lively.admin);
    let mut all: Secrets = vec![
        ("master key".to_owned(), SEALING.to_owned()),
        ("password of everybody".to_owned(), PASSWORD.to_owned()),
        ("wrong password".to_owned(), WRONG_PASSWORD.to_owned()),
        ("new password".to_owned(), NEW_PASSWORD.to_owned()),
        ("API token".to_owned(), admin.secret().to_owned()),
        ("password of the database".to_owned(), DATABASE_PASSWORD.to_owned()),
    ];
    unreachable_database(&house.state.db).await;
    let wrong = [("email", "browser-member@example.org"), ("password", WRONG_PASSWORD)];
    house.nobody().sends("/sign-in", &wrong).await;
    let browser = house.browser(Role::Viewer).await;
    all.push(("key of a session".to_owned(), browser.secret().to_owned()));
    all.extend(of_second_factor(house).await);
    let (_, path) = issues(house, &house.program(Role::Operator).await, "canary").await;
    let operator = house.second_program("operator@example.org").await;
    drop(takes(&operator, &path).await);
    let (_, path) = issues(house, &operator, "told").await;
    let told = takes(&operator, &path).await.json()["text"].as_str().unwrap().to_owned();
    all.push(("issued API token".to_owned(), told));
    let asked = json!({ "operation": "enrolment_token.issue", "target": "platform:platform", "input": {} });
    let id = house.starts_with(admin, &asked).await;
    house.settles(admin, &id).await;
    let token = EnrolmentTokenId::from_uuid(id.digits());
    all.push(("enrolment token".to_owned(), enrolment_secret_of(&house.state.sealing, &token)));
    let asked = json!({ "operation": "user.invite", "target": "people:platform",
        "input": { "email": "new@example.org", "role": "operator", "days": 1 } });
    let id = house.starts_with(admin, &asked).await;
    house.settles(admin, &id).await;
    let invited = invitation_secret(&house.state.sealing, &InvitationId::from_uuid(id.digits()));
    all.push(("invitation".to_owned(), invited.expose_secret().to_owned()));
    changes_password(house, &operator).await;
    all
}

/// A database that cannot be reached, in words for people and in the log.
async fn unreachable_database(known: &Db) {
    let address = format!("postgres://slipway:{DATABASE_PASSWORD}@127.0.0.1:1/slipway");
    let nowhere: DatabaseUrl = address.parse().unwrap();
    let error = Db::connect(&nowhere).await.unwrap_err();
    tracing::error!(database = %nowhere, given = ?nowhere, ?error, ?known, "the database cannot be opened: {error}");
    let mistyped = address.replace("127.0.0.1:1", "127.0.0.1:none").parse::<DatabaseUrl>().unwrap_err();
    tracing::error!(?mistyped, "the address cannot be read: {mistyped}");
}

/// The same database, by an address with a password in it.
async fn with_password(db: Db) -> Db {
    let Db::Postgres(pool) = &db else { return db };
    let options = (*pool.connect_options()).clone().password(DATABASE_PASSWORD);
    Db::connect(&DatabaseUrl::Postgres(Box::new(options))).await.unwrap()
}

/// A member adds an app and has recovery codes: the secret, the codes, the session.
async fn of_second_factor(house: &House) -> Secrets {
    let (browser, secret, codes) = with_app(house).await;
    let mut all: Secrets = codes.into_iter().map(|code| ("recovery code".to_owned(), code)).collect();
    all.push(("secret of an app, in base64".to_owned(), STANDARD.encode(&secret)));
    all.push(("secret of an app, in hex".to_owned(), hex::encode(&secret)));
    all.push(("key of a session with an app".to_owned(), browser.secret().to_owned()));
    all
}

async fn changes_password(house: &House, who: &Caller) {
    let body = json!({ "present": PASSWORD, "new": NEW_PASSWORD });
    let kept = who.posts("/api/v1/account/password", &body).await.json();
    let own = who.gets("/api/v1/account/sessions").await.json();
    let target = format!("user:{}", own["end"]["target"]["id"].as_str().unwrap());
    let asked = json!({ "operation": "password.change", "target": target,
        "input": { "password": kept["reference"] } });
    let plan = who.posts("/api/v1/operations/plan", &asked).await.json();
    let start = json!({ "plan_hash": plan["hash"], "confirmation": "confirmed" });
    let key = [("idempotency-key", "password")];
    let started = who.posts_with("/api/v1/operations", &start, &key).await;
    let id = OperationId::parse(started.json()["id"].as_str().unwrap()).unwrap();
    house.settles(who, &id).await;
}

/// A file of everything that happened, in each format.
async fn files(house: &House, admin: &Caller) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for format in ["ndjson", "csv"] {
        let asked = json!({ "operation": "evidence.export", "target": "platform:platform",
            "input": { "format": format } });
        let id = house.starts_with(admin, &asked).await;
        house.settles(admin, &id).await;
        let file = admin.gets(&format!("/api/v1/evidence/exports/{id}/file")).await;
        assert!(file.status.is_success() && file.text.lines().count() > 5, "{}", file.text);
        all.push((format!("exported {format}"), file.text));
    }
    all
}

/// The bundle of every operation there is.
async fn bundles(admin: &Caller) -> Vec<(String, String)> {
    let listed = admin.gets("/api/v1/operations?limit=200").await.json();
    let mut all = Vec::new();
    for one in listed["items"].as_array().unwrap() {
        let id = one["id"].as_str().unwrap();
        let bundle = admin.gets(&format!("/api/v1/operations/{id}/evidence")).await;
        assert!(bundle.status.is_success(), "{}", bundle.text);
        all.push((format!("bundle of {}", one["operation"]), bundle.text));
    }
    assert!(all.len() > 3, "{}", all.len());
    all
}

/// The bundle of everything that happened to each of some things.
async fn bundles_of_things(house: &House, admin: &Caller) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let things = [
        format!("workload:{}", house.workloads[0]),
        format!("project:{}", house.projects[0]),
        format!("node:{}", house.node),
        "platform:platform".to_owned(),
        "people:platform".to_owned(),
    ];
    for thing in things {
        let bundle = admin.gets(&format!("/api/v1/evidence/bundle?resource={thing}&from=1970-01-01")).await;
        assert!(bundle.status.is_success(), "{}", bundle.text);
        all.push((format!("bundle of {thing}"), bundle.text));
    }
    all
}

/// What others read: every endpoint and every page, by who may read everything and by an administrator who made none of it.
async fn answers(lively: &Lively) -> Vec<(String, String)> {
    let (house, spec) = (&lively.house, Spec::of(&lively.house).await);
    let auditor = house.program(Role::Auditor).await;
    let (other, browser) = (house.browser(Role::PlatformAdmin).await, house.browser(Role::Auditor).await);
    let mut paths: Vec<String> = spec
        .endpoints()
        .iter()
        .filter(|one| one.method == Method::GET && one.path != "/api/v1/events")
        .map(|one| lively.path(one))
        .collect();
    paths.extend(CONTRACT.iter().map(|page| filled(lively, page.path)));
    paths.push("/metrics".to_owned());
    let mut all = Vec::new();
    for path in paths {
        for (name, who) in [("auditor", &auditor), ("auditor's browser", &browser), ("other", &other)] {
            let answer = who.gets(&path).await;
            let headers: Vec<_> =
                answer.headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
            all.push((format!("{path} for {name}"), format!("{}\n{}", headers.join("\n"), answer.text)));
        }
    }
    all
}

/// A page of the contract with an id of something there is.
fn filled(lively: &Lively, path: &str) -> String {
    let house = &lively.house;
    let id = match path {
        path if path.starts_with("/workloads/") => house.workloads[0].to_string(),
        path if path.starts_with("/platform/nodes/onboard/") => house.onboarding.to_string(),
        path if path.starts_with("/platform/nodes/") => house.node.to_string(),
        path if path.starts_with("/platform/config/skus/") => house.sku.to_string(),
        path if path.starts_with("/operations/plans/") => lively.plan.clone(),
        _ => lively.asking.to_string(),
    };
    path.replace(":id", &id).replace(":token", "forged")
}

/// Every row of every table, as text.
async fn tables(db: &Db) -> Vec<(String, String)> {
    let (named, is_sqlite) = match db {
        Db::Sqlite { .. } => {
            ("SELECT name AS row FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'", true)
        }
        Db::Postgres(_) => {
            ("SELECT tablename::text AS row FROM pg_tables WHERE schemaname = 'public'", false)
        }
    };
    let mut all = Vec::new();
    for table in texts(db, named.to_owned()).await {
        let sql = if is_sqlite {
            let columns = texts(db, format!("SELECT name AS row FROM pragma_table_info('{table}')")).await;
            format!("SELECT json_array({}) AS row FROM {table}", columns.join(", "))
        } else {
            format!("SELECT row_to_json(t)::text AS row FROM {table} t")
        };
        all.push((format!("table {table}"), texts(db, sql).await.join("\n")));
    }
    assert!(
        all.len() > 20 && all.iter().map(|(_, rows)| rows.len()).sum::<usize>() > 10_000,
        "nothing was read"
    );
    all
}

async fn texts(db: &Db, sql: String) -> Vec<String> {
    let rows = db.rows(Box::leak(sql.into_boxed_str()), args![]).await.unwrap();
    rows.iter().map(|row| row.text("row").unwrap()).collect()
}

/// Where which secret is, in any of the ways it may be written.
fn found(secrets: &Secrets, places: &[(String, String)]) -> Vec<String> {
    let mut all = Vec::new();
    for (what, secret) in secrets {
        let ways = [
            secret.clone(),
            hex::encode(secret),
            STANDARD.encode(secret),
            URL_SAFE_NO_PAD.encode(secret),
            secret.replace(' ', "+"),
            secret.replace(' ', "%20"),
        ];
        for (place, text) in places {
            if ways.iter().any(|way| way.len() >= 8 && text.contains(way)) {
                all.push(format!("{what} in {place}"));
            }
        }
    }
    all
}

async fn everywhere(lively: &Lively) -> Vec<(String, String)> {
    let mut places = files(&lively.house, &lively.admin).await;
    places.extend(bundles(&lively.admin).await);
    places.extend(bundles_of_things(&lively.house, &lively.admin).await);
    places.extend(answers(lively).await);
    places.extend(tables(&lively.house.state.db).await);
    places.push(("the log".to_owned(), Log::kept().text()));
    places
}

async fn lively(db: Db) -> Lively {
    Log::kept();
    let lively = Lively::quiet(House::on(with_password(db).await).await).await;
    lively.house.rests().await;
    server::workers::start(&lively.house.state, &TaskTracker::new());
    lively
}

#[tokio::test]
async fn a_secret_is_nowhere_but_in_the_answer_that_tells_it_once() {
    on_both(async |db| {
        let lively = lively(db).await;
        let secrets = enter(&lively).await;
        assert!(secrets.len() > 15, "{}", secrets.len());
        assert!(secrets.iter().all(|(_, secret)| secret.len() >= 8), "too short to be looked for");
        let places = everywhere(&lively).await;
        assert!(Log::kept().text().len() > 1000, "the log is kept");
        let found = found(&secrets, &places);
        assert!(
            found.is_empty(),
            "{} secrets are where they must not be:\n{}",
            found.len(),
            found.join("\n")
        );
    })
    .await;
}

/// A secret in a type that prints.
#[derive(Debug)]
struct Careless {
    #[expect(dead_code, reason = "it is printed")]
    password: &'static str,
}

#[tokio::test]
async fn a_type_that_prints_its_secret_is_found_wherever_it_was_printed() {
    on_both(async |db| {
        let lively = lively(db).await;
        let careless = Careless { password: CARELESS };
        tracing::info!(?careless, "a person signed in");
        let house = &lively.house;
        let event = NewEvent {
            at: house.clock.now(),
            kind: "test.happened",
            actor: "test".to_owned(),
            sentence: format!("It was done with {careless:?}."),
            operation: Some(lively.asking.clone()),
            step: None,
            project: Some(house.projects[0].clone()),
            resource: Some(format!("workload:{}", house.workloads[0])),
            body: json!({}),
        };
        let mut tx = house.state.db.begin().await.unwrap();
        events::append(&mut tx, &SystemIds, event).await.unwrap();
        tx.commit().await.unwrap();
        house.state.hub.wake_sequencer();
        let secrets: Secrets = vec![("careless password".to_owned(), CARELESS.to_owned())];
        let places = everywhere(&lively).await;
        let found = found(&secrets, &places).join("\n");
        for place in [
            "in the log",
            "in table event",
            "in exported ndjson",
            "in exported csv",
            "in bundle of \"workload.release\"",
            "in bundle of workload:",
            "in bundle of project:",
            "in /access/audit for other",
            "in /api/v1/audit for auditor",
            "in /platform/evidence/audit for auditor's browser",
        ] {
            assert!(found.contains(place), "it is not found {place}:\n{found}");
        }
    })
    .await;
}
