//! What the server really answers is what its document says: every endpoint, every role, good requests and bad ones.

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Body;
use axum::http::{Method, header};
use read_models::ids::OperationId;
use serde_json::{Value, json};
use server::authz::Role;
use server::store::testing::on_both;

use crate::caller::{Answer, Caller, send};
use crate::house::House;
use crate::spec::{Endpoint, Spec};

const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINqtL9J5fC367LBDn5U4a/0sjVVQo1sDQqCiDhu4/YgA ada@laptop";
/// Endpoints whose good answer is looked at elsewhere, and where.
const ELSEWHERE: [(&str, &str); 7] = [
    ("/api/v1/events", "feed.rs: it has no end"),
    ("/api/v1/account/password", "password.rs: it wants the password of who asks"),
    ("/api/v1/account/passkeys", "passkeys.rs: an authenticator answers"),
    ("/api/v1/account/passkeys/answer", "passkeys.rs: an authenticator answers"),
    ("/api/v1/account/totp", "second_factor.rs: an app answers"),
    ("/api/v1/account/totp/confirm", "second_factor.rs: an app answers"),
    ("/api/v1/account/tokens/{id}/text", "token_text.rs: a token has to be issued"),
];

/// A house in which much goes on, and the ids that stand in paths.
pub(crate) struct Lively {
    pub(crate) house: House,
    pub(crate) admin: Caller,
    /// Asks somebody.
    pub(crate) asking: OperationId,
    /// Waits for its locks.
    queued: OperationId,
    pub(crate) plan: String,
    /// A file of the audit.
    export: OperationId,
    /// The number of a checkpoint.
    signed: i64,
}

impl Lively {
    async fn of(house: House) -> Self {
        let lively = Self::quiet(house).await;
        lively.house.signs();
        lively
    }

    /// The same with nobody at work.
    pub(crate) async fn quiet(house: House) -> Self {
        let admin = house.program(Role::PlatformAdmin).await;
        let target = format!("workload:{}", house.workloads[0]);
        let asking = house.starts(&admin, "workload.release", &target, House::workload_name()).await;
        house.asks(&asking, "It does not stop.").await;
        let queued = house.starts(&admin, "node.drain", &format!("node:{}", house.node), "confirmed").await;
        let token =
            json!({ "operation": "enrolment_token.issue", "target": "platform:platform", "input": {} });
        house.starts_with(&admin, &token).await;
        house.numbers_events().await;
        drop(house.browser(Role::ProjectAdmin).await);
        let probe = json!({ "operation": "node.probe", "target": format!("node:{}", house.node) });
        let plan = admin.posts("/api/v1/operations/plan", &probe).await.json();
        let plan = plan["id"].as_str().unwrap().to_owned();
        let export = house.exports().await;
        let signed = house.signed().await;
        Self { house, admin, asking, queued, plan, export, signed }
    }

    /// The path with an id of something there is.
    pub(crate) fn path(&self, of: &Endpoint<'_>) -> String {
        if of.path == "/api/v1/evidence/bundle" {
            return format!("{}?resource=node:{}&from=1970-01-01", of.path, self.house.node);
        }
        let pattern = of.said["parameters"].as_array().unwrap().iter().find(|one| one["in"] == "path");
        let pattern = pattern.and_then(|one| one["schema"]["pattern"].as_str()).unwrap_or_default();
        let id = match pattern.trim_start_matches('^').split('[').next().unwrap() {
            // The first event is signed.
            "" => return of.path.replace("{number}", &self.signed.to_string()),
            "node_" => self.house.node.to_string(),
            "onb_" => self.house.onboarding.to_string(),
            "sku_" => self.house.sku.to_string(),
            "wl_" => self.house.workloads[0].to_string(),
            "op_" if of.path.contains("/exports/") => self.export.to_string(),
            "op_" => self.asking.to_string(),
            "plan_" => self.plan.clone(),
            "tok_" => format!("tok_{:032x}", 7),
            other => panic!("{} has an id of a kind this test does not know: {other}", of.path),
        };
        of.path.replace("{id}", &id)
    }
}

/// What was seen of each endpoint, and what of it did not fit.
#[derive(Default)]
struct Seen {
    statuses: BTreeMap<String, BTreeSet<u16>>,
    misfits: Vec<String>,
}

impl Seen {
    fn note(&mut self, spec: &Spec, of: &Endpoint<'_>, answer: &Answer) {
        let name = format!("{} {}", of.method, of.path);
        self.statuses.entry(name).or_default().insert(answer.status.as_u16());
        self.misfits.extend(spec.misfit(of, answer));
    }

    #[track_caller]
    fn all_fit(&self) {
        assert!(self.misfits.is_empty(), "{} misfits:\n{}", self.misfits.len(), self.misfits.join("\n"));
    }
}

#[tokio::test]
async fn whatever_is_read_by_whomever_is_as_the_document_says() {
    on_both(async |db| {
        let lively = Lively::of(House::on(db).await).await;
        let spec = Spec::of(&lively.house).await;
        let mut callers = vec![lively.house.nobody(), lively.admin.clone()];
        for role in [Role::Viewer, Role::Member, Role::Operator, Role::Finance, Role::Auditor] {
            callers.push(lively.house.program(role).await);
        }
        callers.push(lively.house.browser(Role::Operator).await);
        let mut seen = Seen::default();
        let read = |one: &&Endpoint<'_>| one.method == Method::GET && one.path != "/api/v1/events";
        for endpoint in spec.endpoints().iter().filter(read) {
            for caller in &callers {
                let request = caller.request(Method::GET, &lively.path(endpoint)).header("accept", "*/*");
                let answer = send(request.body(Body::empty()).unwrap()).await;
                seen.note(&spec, endpoint, &answer);
            }
            let name = format!("GET {}", endpoint.path);
            assert!(seen.statuses[&name].contains(&200), "nobody read {name}: {:?}", seen.statuses[&name]);
        }
        seen.all_fit();
    })
    .await;
}

/// Requests for plans: one for each operation with nothing, and some with what they need.
fn plans(lively: &Lively, own: &str) -> Vec<Value> {
    let house = &lively.house;
    let target = |kind: &str| match kind {
        "node" => format!("node:{}", house.node),
        "workload" => format!("workload:{}", house.workloads[0]),
        "project" => format!("project:{}", house.projects[0]),
        "user" => own.to_owned(),
        "platform" => "platform:platform".to_owned(),
        other => format!("{other}:x"),
    };
    let declared = house.state.register.all().iter().map(|one| one.declaration());
    let bare = declared.map(|one| json!({ "operation": one.id, "target": target(one.target), "input": {} }));
    let rich = [
        ("token.issue", "user", json!({ "name": "ci", "scope": "read", "days": 1 })),
        ("ssh_key.add", "user", json!({ "name": "laptop", "public_key": KEY })),
        ("workload.launch", "project", json!({ "name": "new", "sku": house.sku, "command": ["true"] })),
        ("workload.launch", "project", json!({ "name": "new", "sku": house.sku, "command": "true" })),
        ("node.probe", "node", json!({ "nonsense": 1 })),
        ("no.such", "node", json!({})),
    ];
    let rich =
        rich.map(|(id, kind, input)| json!({ "operation": id, "target": target(kind), "input": input }));
    bare.chain(rich).collect()
}

#[tokio::test]
async fn whatever_is_planned_started_decided_and_cancelled_is_as_the_document_says() {
    on_both(async |db| {
        let lively = Lively::of(House::on(db).await).await;
        let spec = Spec::of(&lively.house).await;
        let mut seen = Seen::default();
        let plan = spec.endpoint(&Method::POST, "/api/v1/operations/plan");
        let asked = json!({ "$ref": "#/components/schemas/PlanRequest" });
        for caller in [&lively.admin, &lively.house.program(Role::Viewer).await] {
            let own = caller.gets("/api/v1/account/sessions").await.json();
            let own = format!("user:{}", own["end"]["target"]["id"].as_str().unwrap());
            for request in plans(&lively, &own) {
                let answer = caller.posts("/api/v1/operations/plan", &request).await;
                let unfit = spec.unfit(&asked, &request);
                let taken = answer.status.as_u16() == 200;
                assert!(!taken || unfit.is_none(), "{request} was taken and does not fit: {unfit:?}");
                seen.note(&spec, &plan, &answer);
            }
        }
        starts(&lively, &spec, &mut seen).await;
        let decide = spec.endpoint(&Method::POST, "/api/v1/operations/{id}/decisions");
        for choice in ["nothing", "keep"] {
            let path = lively.path(&decide);
            let answer = lively.admin.posts(&path, &json!({ "choice": choice, "reason": "" })).await;
            seen.note(&spec, &decide, &answer);
        }
        let cancel = spec.endpoint(&Method::POST, "/api/v1/operations/{id}/cancel");
        for _ in 0..2 {
            let path = cancel.path.replace("{id}", lively.queued.as_str());
            seen.note(&spec, &cancel, &lively.admin.posts(&path, &json!({})).await);
        }
        seen.all_fit();
        let done =
            |name: &str, status: u16| assert!(seen.statuses[name].contains(&status), "{:?}", seen.statuses);
        done("POST /api/v1/operations/plan", 200);
        done("POST /api/v1/operations", 202);
        done("POST /api/v1/operations", 409);
        done("POST /api/v1/operations/{id}/decisions", 200);
        done("POST /api/v1/operations/{id}/cancel", 202);
        let tried: BTreeSet<_> = seen.statuses.keys().cloned().collect();
        let left: Vec<_> = spec
            .endpoints()
            .into_iter()
            .filter(|one| {
                one.method != Method::GET && !tried.contains(&format!("{} {}", one.method, one.path))
            })
            .filter(|one| !ELSEWHERE.iter().any(|(path, _)| *path == one.path))
            .map(|one| one.path.to_owned())
            .collect();
        assert!(left.is_empty(), "nobody wrote to {left:?}");
    })
    .await;
}

/// Once, again under the same key, and after the facts have changed.
async fn starts(lively: &Lively, spec: &Spec, seen: &mut Seen) {
    let start = spec.endpoint(&Method::POST, "/api/v1/operations");
    let planned = async |operation: &str, target: String| {
        let request = json!({ "operation": operation, "target": target, "input": {} });
        lively.admin.posts("/api/v1/operations/plan", &request).await.json()["hash"].clone()
    };
    let probe = planned("node.probe", format!("node:{}", lively.house.node)).await;
    for key in ["one", "one", "two"] {
        let body = json!({ "plan_hash": probe });
        let answer = lively.admin.posts_with("/api/v1/operations", &body, &[("idempotency-key", key)]).await;
        seen.note(spec, &start, &answer);
    }
    let launch = json!({ "operation": "workload.launch", "target": format!("project:{}", lively.house.projects[0]),
        "input": { "name": "changed", "sku": lively.house.sku, "command": ["true"] } });
    let launch = lively.admin.posts("/api/v1/operations/plan", &launch).await.json()["hash"].clone();
    lively.house.cordons().await;
    let body = json!({ "plan_hash": launch });
    let answer = lively.admin.posts_with("/api/v1/operations", &body, &[("idempotency-key", "three")]).await;
    answer.is_problem(409, "plan_changed");
    assert!(answer.json()["plan"]["hash"].is_string(), "{}", answer.text);
    seen.note(spec, &start, &answer);
}

/// Requests nobody can do anything with: each is answered as the document says, and nothing is taken.
fn bad_requests(caller: &Caller, of: &Endpoint<'_>, path: &str) -> Vec<axum::http::Request<Body>> {
    let ask = |path: &str, kind: Option<&str>, body: String| {
        let request = caller.request(of.method.clone(), path).header("idempotency-key", "bad");
        let request = kind.into_iter().fold(request, |all, kind| all.header(header::CONTENT_TYPE, kind));
        request.body(Body::from(body)).unwrap()
    };
    let json = Some("application/json");
    let elsewhere = of.path.replace("{id}", "nonsense");
    let nowhere = of.path.replace("{id}", &format!("op_{:032x}", 9));
    if of.method == Method::GET {
        let query = |words: &str| ask(&format!("{path}?{words}"), None, String::new());
        let mut all = vec![ask(&elsewhere, None, String::new()), ask(&nowhere, None, String::new())];
        all.extend(
            ["limit=x", "cursor=%00", "nonsense=1", "target=x", "view=x", "project=x", "open=x"].map(query),
        );
        return all;
    }
    vec![
        ask(&elsewhere, json, "{}".to_owned()),
        ask(&nowhere, json, "{}".to_owned()),
        ask(path, None, "{}".to_owned()),
        ask(path, json, "{".to_owned()),
        ask(path, json, "[]".to_owned()),
        ask(path, json, "{\"nonsense\": 1}".to_owned()),
        ask(path, json, format!("\"{}\"", "x".repeat(2 * 1024 * 1024))),
    ]
}

#[tokio::test]
async fn whatever_is_asked_wrongly_is_refused_as_the_document_says() {
    on_both(async |db| {
        let lively = Lively::of(House::on(db).await).await;
        let spec = Spec::of(&lively.house).await;
        let mut seen = Seen::default();
        for endpoint in spec.endpoints() {
            let path = lively.path(&endpoint);
            for caller in [lively.house.nobody(), lively.admin.clone()] {
                for request in bad_requests(&caller, &endpoint, &path) {
                    // The feed has no end: only what is refused ends.
                    if endpoint.path == "/api/v1/events" && !request.uri().to_string().contains("nonsense=") {
                        continue;
                    }
                    seen.note(&spec, &endpoint, &send(request).await);
                }
            }
        }
        seen.all_fit();
        let all: BTreeSet<u16> = seen.statuses.values().flatten().copied().collect();
        for status in [400, 401, 404, 413, 415, 422] {
            assert!(all.contains(&status), "nothing was refused with {status}: {all:?}");
        }
    })
    .await;
}
