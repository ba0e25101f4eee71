//! A second opinion on permissions: for each route × role × own and foreign project the running server refuses or allows a
//! generated request as the policy says. What is of a foreign project is not there.

use axum::http::{Method, StatusCode};
use read_models::ids::OperationId;
use serde_json::{Value, json};
use server::authz::{Action, Principal, Resource, Role, Scope, decide, testing};
use server::store::testing::on_both;

use crate::caller::{Answer, Caller, send};
use crate::house::House;

mod evidence;

/// One request, and the permission it needs.
struct Case {
    name: String,
    method: Method,
    path: String,
    body: Option<Value>,
    needs: Needs,
}

struct Needs {
    /// First this has to be allowed, else the thing is not there for people who may not know of it.
    see: (Action, Resource, Scope),
    /// Then this.
    act: Option<(Action, Resource)>,
    /// Tenants do not learn that there are operations of the platform.
    hidden_from_tenants: bool,
}

fn reading(name: &str, path: String, resource: Resource, scope: &Scope) -> Case {
    let needs = Needs { see: (Action::Read, resource, scope.clone()), act: None, hidden_from_tenants: false };
    Case { name: name.to_owned(), method: Method::GET, path, body: None, needs }
}

fn writing(
    name: &str,
    path: String,
    body: Value,
    see: Resource,
    act: (Action, Resource),
    scope: &Scope,
) -> Case {
    let needs = Needs { see: (Action::Read, see, scope.clone()), act: Some(act), hidden_from_tenants: false };
    Case { name: name.to_owned(), method: Method::POST, path, body: Some(body), needs }
}

/// What can be read of a project.
fn read_in_project(house: &House, number: usize, operation: &OperationId) -> Vec<Case> {
    let scope = Scope::Project(house.projects[number].clone());
    let (workload, of) = (&house.workloads[number], format!("of project {number}"));
    let (workloads, records) = (Resource::Workloads, Resource::OperationRecords);
    let project = &house.projects[number];
    let questions = [
        ("workbench", format!("/api/v1/workbench?project={project}"), workloads),
        ("launch", format!("/api/v1/compute/launch?project={project}"), workloads),
        ("what an operation asks", format!("/api/v1/operations/{operation}/decisions"), records),
        ("workload", format!("/api/v1/workloads/{workload}"), workloads),
        ("workload's page", format!("/workloads/{workload}"), workloads),
        ("workload's metrics", format!("/api/v1/workloads/{workload}/metrics?window=24h"), workloads),
        ("page of a workload's metrics", format!("/workloads/{workload}/metrics"), workloads),
        ("operation", format!("/api/v1/operations/{operation}"), records),
        ("operation's page", format!("/operations/{operation}"), records),
        ("events", format!("/api/v1/operations/{operation}/events"), records),
        ("summary of evidence", format!("/api/v1/operations/{operation}/evidence/summary"), records),
        ("evidence's page", format!("/operations/{operation}/evidence"), records),
        ("evidence", format!("/api/v1/operations/{operation}/evidence"), records),
        ("operations on a workload", format!("/api/v1/operations?target=workload:{workload}"), workloads),
    ];
    let asked = questions.into_iter().chain(evidence::of_project(project, workload));
    asked.map(|(name, path, needs)| reading(&format!("{name} {of}"), path, needs, &scope)).collect()
}

/// What can be changed in a project.
fn change_in_project(house: &House, number: usize, operation: &OperationId) -> Vec<Case> {
    let scope = Scope::Project(house.projects[number].clone());
    let (workload, project) = (&house.workloads[number], &house.projects[number]);
    let release = json!({ "operation": "workload.release", "target": format!("workload:{workload}") });
    let launch = json!({ "operation": "workload.launch", "target": { "kind": "project", "id": project },
        "input": { "name": "new", "sku": house.sku, "command": ["true"] } });
    let invite = json!({ "operation": "user.invite", "target": format!("people:{project}"),
        "input": { "email": "new@example.org", "role": "member", "days": 1 } });
    let (workloads, records) = (Resource::Workloads, Resource::OperationRecords);
    let (operate, destroy) = ((Action::Operate, workloads), (Action::Destroy, workloads));
    let (plan, of) = ("/api/v1/operations/plan".to_owned(), format!("/api/v1/operations/{operation}"));
    let changes = [
        ("plan to release", plan.clone(), release, workloads, destroy),
        ("plan to launch", plan.clone(), launch, Resource::Projects, operate),
        ("plan to invite", plan, invite, Resource::Projects, (Action::Administer, Resource::Invitations)),
        ("decision", format!("{of}/decisions"), json!({ "choice": "wait", "reason": "" }), records, destroy),
        ("cancelling", format!("{of}/cancel"), json!({}), records, destroy),
    ];
    let case = |(name, path, body, see, act)| {
        writing(&format!("{name} in project {number}"), path, body, see, act, &scope)
    };
    changes.into_iter().map(case).collect()
}

/// What belongs to nobody's project.
fn of_platform(house: &House, operation: &OperationId) -> Vec<Case> {
    let (node, platform) = (&house.node, Scope::Platform);
    let drain = json!({ "operation": "node.drain", "target": format!("node:{node}"), "input": {} });
    let token = json!({ "operation": "enrolment_token.issue", "target": "platform:platform", "input": {} });
    let plan = || "/api/v1/operations/plan".to_owned();
    let operate_nodes = (Action::Operate, Resource::Nodes);
    let mut hidden = vec![
        reading(
            "operation of the platform",
            format!("/api/v1/operations/{operation}"),
            Resource::OperationRecords,
            &platform,
        ),
        reading(
            "events of the platform",
            format!("/api/v1/operations/{operation}/events"),
            Resource::OperationRecords,
            &platform,
        ),
        reading(
            "evidence of the platform",
            format!("/api/v1/operations/{operation}/evidence"),
            Resource::OperationRecords,
            &platform,
        ),
        writing(
            "cancelling of the platform",
            format!("/api/v1/operations/{operation}/cancel"),
            json!({}),
            Resource::OperationRecords,
            operate_nodes,
            &platform,
        ),
    ];
    hidden.extend(evidence::of_things(node));
    for case in &mut hidden {
        case.needs.hidden_from_tenants = true;
    }
    let mut all = vec![
        reading("checkpoints", "/api/v1/evidence/checkpoints".to_owned(), Resource::Feed, &platform),
        reading("nodes", "/api/v1/nodes".to_owned(), Resource::Nodes, &platform),
        reading("nodes at a glance", "/api/v1/platform/nodes".to_owned(), Resource::Nodes, &platform),
        reading("metrics", "/metrics".to_owned(), Resource::Nodes, &platform),
        reading("node", format!("/api/v1/nodes/{node}"), Resource::Nodes, &platform),
        reading("nodes' page", "/platform/nodes".to_owned(), Resource::Nodes, &platform),
        reading("node's page", format!("/platform/nodes/{node}"), Resource::Nodes, &platform),
        writing("plan to drain", plan(), drain, Resource::Nodes, operate_nodes, &platform),
        writing(
            "plan to issue a token",
            plan(),
            token,
            Resource::Nodes,
            (Action::Operate, Resource::EnrolmentTokens),
            &platform,
        ),
    ];
    all.append(&mut hidden);
    all.extend(queue().into_iter().chain(evidence::audit()));
    all.extend(offer(house).into_iter().chain(onboarding(house)).chain(people()));
    all
}

/// Who has an account, and who is invited.
fn people() -> [Case; 3] {
    let platform = Scope::Platform;
    let invite = json!({ "operation": "user.invite", "target": "people:platform",
        "input": { "email": "new@example.org", "role": "operator", "days": 1 } });
    [
        reading("people", "/api/v1/platform/iam/users".to_owned(), Resource::Users, &platform),
        reading("people's page", "/platform/iam/users".to_owned(), Resource::Users, &platform),
        writing(
            "plan to invite to the platform",
            "/api/v1/operations/plan".to_owned(),
            invite,
            Resource::Invitations,
            (Action::Administer, Resource::Invitations),
            &platform,
        ),
    ]
}

/// The queue of whoever looks after the machines.
fn queue() -> [Case; 2] {
    let platform = Scope::Platform;
    [
        reading("queue", "/api/v1/platform/ops".to_owned(), Resource::OperationRecords, &platform),
        reading("queue's page", "/platform/ops".to_owned(), Resource::OperationRecords, &platform),
    ]
}

/// What the platform offers, for who decides it.
fn offer(house: &House) -> Vec<Case> {
    let (platform, sku) = (Scope::Platform, &house.sku);
    let create = json!({ "operation": "sku.create", "target": "platform:platform", "input": {
        "name": "h200-1", "title": "1 × H200", "placement": "slice", "cpus": 24, "memory_gib": 220,
        "gpu_model": "H200", "gpu_count": 1, "price_per_hour": "4.10" } });
    let plan = "/api/v1/operations/plan".to_owned();
    let operate = (Action::Operate, Resource::Skus);
    let questions = [
        ("offer", "/api/v1/platform/config/skus".to_owned()),
        ("offer's page", "/platform/config/skus".to_owned()),
    ];
    let read = |(name, path): (&str, String)| reading(name, path, Resource::Nodes, &platform);
    let mut cases: Vec<_> = questions.into_iter().map(read).collect();
    cases.push(writing("plan to create a SKU", plan, create, Resource::Nodes, operate, &platform));
    let of_one = [
        ("SKU", format!("/api/v1/platform/config/skus/{sku}")),
        ("SKU's page", format!("/platform/config/skus/{sku}")),
    ];
    cases.extend(of_one.into_iter().map(read));
    cases
}

/// The machines that are being brought in.
fn onboarding(house: &House) -> Vec<Case> {
    let (platform, id) = (Scope::Platform, &house.onboarding);
    let (tokens, operate) = (Resource::EnrolmentTokens, (Action::Operate, Resource::EnrolmentTokens));
    let (plan, on) = ("/api/v1/operations/plan".to_owned(), format!("onboarding:{id}"));
    let questions = [
        ("onboardings", "/api/v1/onboardings".to_owned()),
        ("onboarding", format!("/api/v1/onboardings/{id}")),
        ("onboardings' page", "/platform/nodes/onboard".to_owned()),
        ("onboarding's page", format!("/platform/nodes/onboard/{id}?step=token")),
    ];
    let mut cases: Vec<_> =
        questions.into_iter().map(|(name, path)| reading(name, path, tokens, &platform)).collect();
    let begin = json!({ "operation": "onboarding.begin", "target": "platform:platform",
        "input": { "mode": "manual" } });
    let abandon = json!({ "operation": "onboarding.abandon", "target": on, "input": {} });
    cases.push(writing("plan to begin", plan.clone(), begin, Resource::Nodes, operate, &platform));
    cases.push(writing("plan to give up", plan, abandon, tokens, operate, &platform));
    cases
}

/// 404, 403, or neither.
fn expected(who: &Principal, needs: &Needs) -> Option<StatusCode> {
    let (action, resource, scope) = &needs.see;
    let refusal = |hides: bool| if hides { StatusCode::NOT_FOUND } else { StatusCode::FORBIDDEN };
    if let Err(denied) = decide(who, *action, *resource, scope) {
        return Some(refusal(denied.hides() || (needs.hidden_from_tenants && !who.is_platform())));
    }
    let (action, resource) = needs.act?;
    decide(who, action, resource, scope).err().map(|denied| refusal(denied.hides()))
}

async fn asks(who: &Caller, case: &Case) -> Answer {
    match &case.body {
        None => {
            let request = who.request(case.method.clone(), &case.path).header("accept", "*/*");
            send(request.body(axum::body::Body::empty()).unwrap()).await
        }
        Some(body) => who.posts(&case.path, body).await,
    }
}

async fn all_cases(house: &House) -> Vec<Case> {
    house.signs();
    let admin = house.program(Role::PlatformAdmin).await;
    let release = async |number: usize| {
        let target = format!("workload:{}", house.workloads[number]);
        house.starts(&admin, "workload.release", &target, House::workload_name()).await
    };
    let (own, foreign) = (release(0).await, release(1).await);
    let drain = house.starts(&admin, "node.drain", &format!("node:{}", house.node), "confirmed").await;
    let mut cases = read_in_project(house, 0, &own);
    cases.extend(change_in_project(house, 0, &own));
    cases.extend(read_in_project(house, 1, &foreign));
    cases.extend(change_in_project(house, 1, &foreign));
    cases.extend(of_platform(house, &drain));
    cases
}

#[tokio::test]
async fn each_route_allows_and_refuses_each_role_what_the_policy_says() {
    on_both(async |db| {
        let house = House::on(db).await;
        let cases = all_cases(&house).await;
        let mut wrong = Vec::new();
        for role in Role::ALL {
            let grant = house.grant(role);
            let who = testing::person(role, grant.scope.clone());
            let caller = house.program_of(&format!("other-{}@example.org", role.key()), grant).await;
            for case in &cases {
                let (expected, answer) = (expected(&who, &case.needs), asks(&caller, case).await);
                let refused = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN, StatusCode::NOT_FOUND]
                    .contains(&answer.status);
                let fits = expected.map_or(!refused && !answer.status.is_server_error(), |expected| {
                    answer.status == expected
                });
                if !fits {
                    wrong.push(format!(
                        "{} {}: {} but expected {expected:?}: {:.200}",
                        role.key(),
                        case.name,
                        answer.status,
                        answer.text
                    ));
                }
            }
        }
        assert!(wrong.is_empty(), "{} answers do not fit the policy:\n{}", wrong.len(), wrong.join("\n"));
    })
    .await;
}

#[tokio::test]
async fn nobody_gets_nothing_and_is_told_how_to_come_in() {
    on_both(async |db| {
        let house = House::on(db).await;
        let mut cases = all_cases(&house).await;
        let platform = Scope::Platform;
        for path in ["projects", "skus", "workloads", "operations", "events", "session", "workbench"] {
            cases.push(reading(path, format!("/api/v1/{path}"), Resource::Nodes, &platform));
        }
        let start = json!({ "plan_hash": "x" });
        let seen = (Action::Operate, Resource::Nodes);
        cases.push(writing(
            "start",
            "/api/v1/operations".to_owned(),
            start,
            Resource::Nodes,
            seen,
            &platform,
        ));
        for case in &cases {
            let answer = asks(&house.nobody(), case).await;
            if case.path.starts_with("/api/v1/") || case.path == "/metrics" {
                answer.is_problem(401, "not_signed_in");
                assert!(answer.header("www-authenticate").starts_with("Bearer"), "{}", case.name);
            } else {
                assert!(answer.leads_to().starts_with("/sign-in?next=/"), "{}", case.name);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn lists_show_a_tenant_their_own_project_only() {
    on_both(async |db| {
        let house = House::on(db).await;
        let (viewer, admin) = (house.program(Role::Viewer).await, house.program(Role::PlatformAdmin).await);
        let ids = |answer: &Answer| {
            let page = answer.json();
            let items = page["items"].as_array().unwrap();
            items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(ids(&viewer.gets("/api/v1/projects").await), [house.projects[0].as_str()]);
        assert_eq!(ids(&viewer.gets("/api/v1/workloads?view=all").await), [house.workloads[0].as_str()]);
        assert_eq!(ids(&admin.gets("/api/v1/projects").await).len(), 2);
        assert_eq!(ids(&admin.gets("/api/v1/workloads?view=all").await).len(), 2);
        let target = format!("workload:{}", house.workloads[1]);
        let foreign = house.starts(&admin, "workload.release", &target, House::workload_name()).await;
        assert_eq!(ids(&viewer.gets("/api/v1/operations").await), Vec::<String>::new());
        assert_eq!(ids(&admin.gets("/api/v1/operations").await), [foreign.as_str()]);
    })
    .await;
}

#[tokio::test]
async fn what_another_site_makes_a_browser_send_changes_nothing() {
    on_both(async |db| {
        let house = House::on(db).await;
        let browser = house.browser(Role::Member).await;
        let plan =
            json!({ "operation": "workload.release", "target": format!("workload:{}", house.workloads[0]) });
        for (path, kind) in [
            ("/api/v1/operations/plan", "application/json"),
            ("/api/v1/operations", "application/json"),
            ("/operations/plan", "application/x-www-form-urlencoded"),
            ("/session/project", "application/x-www-form-urlencoded"),
        ] {
            let mut request = browser.request(Method::POST, path).header("content-type", kind);
            request.headers_mut().unwrap().insert("sec-fetch-site", "cross-site".parse().unwrap());
            send(request.body(axum::body::Body::from(plan.to_string())).unwrap())
                .await
                .is_problem(403, "cross_site");
        }
        let mut listening = browser.request(Method::GET, "/api/v1/events");
        listening.headers_mut().unwrap().insert("sec-fetch-site", "cross-site".parse().unwrap());
        send(listening.body(axum::body::Body::empty()).unwrap()).await.is_problem(403, "cross_site");
    })
    .await;
}
