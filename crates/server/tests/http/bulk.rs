//! One operation on many: from the list over the plan to its page, as a browser without script sends it, and over the API.

use serde_json::{Value, json};
use server::authz::{Grant, Role, Scope};
use server::store::testing::on_both;

use crate::house::House;

/// What the list's form sends, with these boxes ticked.
fn form<'a>(operation: &'a str, reason: &'a str, ticked: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![
        ("operation", "bulk.run"),
        ("target", "platform:platform"),
        ("back", "/platform/nodes"),
        ("input.operation", operation),
        ("input.with.reason", reason),
        ("input.canary", "1"),
        ("input.parallelism", "3"),
        ("input.stop_after_failures", "2"),
    ];
    fields.extend(ticked.iter().map(|id| ("input.targets", *id)));
    fields
}

/// What the list of the first project's workloads sends.
fn form_of_workloads<'a>(whose: &'a str, operation: &'a str, ticked: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    let mut fields = form(operation, "", ticked);
    for (name, value) in &mut fields {
        match *name {
            "operation" => *value = "bulk.run_in_project",
            "target" => *value = whose,
            "back" => *value = "/workloads?view=all",
            _ => {}
        }
    }
    fields
}

/// The value of a hidden field.
fn value<'a>(page: &'a str, name: &str) -> &'a str {
    let tag = page.split(&format!("name=\"{name}\"")).nth(1).unwrap_or_default();
    tag.split("value=\"").nth(1).unwrap_or_default().split('"').next().unwrap_or_default()
}

#[tokio::test]
async fn ticked_nodes_go_from_the_list_over_the_plan_to_the_operation() {
    on_both(async |db| {
        let house = House::on(db).await;
        let browser = house.browser(Role::Operator).await;
        let (node, nowhere) = (house.node.to_string(), "node_nowhere");
        let planned = browser
            .sends("/operations/plan", &form("node.disable_scheduling", "noisy", &[&node, nowhere]))
            .await;
        let plan = planned.leads_to().to_owned();
        assert!(plan.starts_with("/operations/plans/plan_"), "{plan}");
        let page = browser.gets(&plan).await.text;
        assert!(page.contains("on 1 of 2 nodes") && page.contains("There is no such node."), "{page}");
        let (hash, key) = (value(&page, "plan_hash"), value(&page, "idempotency_key"));
        let start = [("plan_hash", hash), ("idempotency_key", key), ("confirmation", "confirmed")];
        let operation = browser.sends(&format!("{plan}/start"), &start).await.leads_to().to_owned();
        assert!(operation.starts_with("/operations/op_"), "{operation}");
        let page = browser.gets(&operation).await.text;
        assert!(page.contains("on 1 of 2 nodes"), "{page}");
    })
    .await;
}

#[tokio::test]
async fn what_is_missing_is_said_on_the_list_and_what_was_ticked_stays_ticked() {
    on_both(async |db| {
        let house = House::on(db).await;
        let browser = house.browser(Role::Operator).await;
        let node = house.node.to_string();
        for (fields, sentence) in [
            (form("node.begin_maintenance", "", &[&node]), "reason: "),
            (form("node.drain", "", &[]), "targets: "),
            (form("node.teleport", "", &[&node]), "operation: "),
        ] {
            let back = browser.sends("/operations/plan", &fields).await;
            let place = back.leads_to().to_owned();
            assert!(place.starts_with("/platform/nodes?draft=dft_"), "{place}");
            let page = browser.gets(&place).await.text;
            assert!(page.contains("bulk_errors") && page.contains(sentence), "{sentence}: {page}");
            let tick = page.split(&format!("value=\"{node}\"")).nth(1).unwrap_or_default();
            let is_ticked = tick.split('>').next().unwrap_or_default().contains("checked");
            assert_eq!(is_ticked, fields.contains(&("input.targets", &*node)), "{sentence}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_api_plans_starts_and_reads_it_like_every_operation() {
    on_both(async |db| {
        let house = House::on(db).await;
        let program = house.program(Role::Operator).await;
        let request = json!({ "operation": "bulk.run", "target": "platform:platform",
            "input": { "operation": "node.disable_scheduling", "targets": [house.node] } });
        let plan: Value = program.posts("/api/v1/operations/plan", &request).await.json();
        assert_eq!(plan["bulk"]["included"][0]["target"]["id"], house.node.to_string(), "{plan}");
        assert_eq!((&plan["bulk"]["canary"], &plan["bulk"]["parallelism"]), (&json!(1), &json!(3)));
        let start = json!({ "plan_hash": plan["hash"], "confirmation": "confirmed" });
        let key = [("idempotency-key", "bulk-1")];
        let started = program.posts_with("/api/v1/operations", &start, &key).await.json();
        let again = program.posts_with("/api/v1/operations", &start, &key).await.json();
        assert_eq!((&again["id"], &again["repeated"]), (&started["id"], &json!(true)));
        let id = started["id"].as_str().unwrap_or_default();
        let view = program.gets(&format!("/api/v1/operations/{id}")).await.json();
        // No worker runs here: who waits is known from the plan.
        assert_eq!((&view["title"], &view["bulk"]["of"]), (&json!("Disable scheduling"), &json!(1)));
        assert_eq!(view["bulk"]["targets"][0]["outcome"], "waiting");
        let viewer = house.program(Role::Viewer).await;
        let refused = viewer.posts("/api/v1/operations/plan", &request).await.status.as_u16();
        assert!([403, 404].contains(&refused), "{refused}");
    })
    .await;
}

#[tokio::test]
async fn a_tenants_ticked_workloads_are_released_when_the_name_of_each_is_typed() {
    on_both(async |db| {
        let house = House::on(db).await;
        let browser = house.browser(Role::Member).await;
        let (own, foreign) = (house.workloads[0].to_string(), house.workloads[1].to_string());
        let list = browser.gets("/workloads?view=all").await.text;
        let whose = format!("project:{}", house.projects[0]);
        assert!(list.contains("value=\"bulk.run_in_project\"") && list.contains(&*whose), "{list}");
        assert!(list.contains(&format!("name=\"input.targets\" value=\"{own}\"")), "{list}");
        assert!(!list.contains(&foreign), "{list}");
        let fields = form_of_workloads(&whose, "workload.release", &[&own, &foreign]);
        let plan = browser.sends("/operations/plan", &fields).await.leads_to().to_owned();
        let page = browser.gets(&plan).await.text;
        assert!(page.contains("on 1 of 2 workloads"), "{page}");
        assert!(page.contains("There is no such workload in this project."), "{page}");
        let (hash, key) = (value(&page, "plan_hash").to_owned(), value(&page, "idempotency_key").to_owned());
        let start = async |typed: &str| {
            let fields = [("plan_hash", &*hash), ("idempotency_key", &*key), ("confirmation", typed)];
            browser.sends(&format!("{plan}/start"), &fields).await.leads_to().to_owned()
        };
        let program = house.program(Role::Member).await;
        let count =
            async || program.gets("/api/v1/operations").await.json()["items"].as_array().map(Vec::len);
        assert_eq!(count().await, Some(0));
        for wrong in ["", "confirmed", "web-2", "web-1 web-1"] {
            let back = start(wrong).await;
            assert_eq!(back, format!("{plan}?error=not_confirmed"), "{wrong}");
        }
        assert_eq!(count().await, Some(0), "nothing was started");
        let operation = start("web-1").await;
        assert!(operation.starts_with("/operations/op_"), "{operation}");
        assert!(browser.gets(&operation).await.text.contains("on 1 of 2 workloads"));
        // Who looks after the machines reads it, and who is of another project does not learn of it.
        let id = operation.rsplit('/').next().unwrap_or_default();
        let reads = format!("/api/v1/operations/{id}");
        let operator = house.program(Role::Operator).await;
        assert_eq!(operator.gets(&reads).await.status.as_u16(), 200);
        let grant = Grant { role: Role::ProjectAdmin, scope: Scope::Project(house.projects[1].clone()) };
        let stranger = house.program_of("stranger@example.org", grant).await;
        assert_eq!(stranger.gets(&reads).await.status.as_u16(), 404);
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_with_a_selection_of_workloads_is_said_on_the_list_it_came_from() {
    on_both(async |db| {
        let house = House::on(db).await;
        let browser = house.browser(Role::Member).await;
        let (own, whose) = (house.workloads[0].to_string(), format!("project:{}", house.projects[0]));
        let fields = form_of_workloads(&whose, "workload.acknowledge", &[&own]);
        let place = browser.sends("/operations/plan", &fields).await.leads_to().to_owned();
        assert!(place.starts_with("/workloads?view=all&draft=dft_"), "{place}");
        let page = browser.gets(&place).await.text;
        assert!(page.contains("bulk_errors") && page.contains("reason: "), "{page}");
        let tick = page.split(&format!("value=\"{own}\"")).nth(1).unwrap_or_default();
        assert!(tick.split('>').next().unwrap_or_default().contains("checked"), "{page}");
        // Who may only look has nothing to tick.
        let viewer = house.browser(Role::Viewer).await;
        let list = viewer.gets("/workloads?view=all").await.text;
        assert!(list.contains("web-1") && !list.contains("input.targets"), "{list}");
    })
    .await;
}

#[tokio::test]
async fn the_api_releases_many_only_with_their_names_and_says_which_is_missing() {
    on_both(async |db| {
        let house = House::on(db).await;
        let program = house.program(Role::Member).await;
        let request = json!({ "operation": "bulk.run_in_project",
            "target": format!("project:{}", house.projects[0]),
            "input": { "operation": "workload.release", "targets": [house.workloads[0]] } });
        let plan: Value = program.posts("/api/v1/operations/plan", &request).await.json();
        assert_eq!(plan["confirmation"], json!({ "kind": "type_names", "names": ["web-1"] }), "{plan}");
        assert_eq!(
            (&plan["danger"], &plan["bulk"]["target_kind"]),
            (&json!("destructive"), &json!("workload"))
        );
        let key = [("idempotency-key", "release-many")];
        let start = json!({ "plan_hash": plan["hash"], "confirmation": "web-2" });
        let refused = program.posts_with("/api/v1/operations", &start, &key).await;
        assert_eq!(refused.status.as_u16(), 422, "{}", refused.text);
        assert_eq!(refused.json()["errors"][0]["pointer"], "/confirmation", "{}", refused.text);
        assert!(refused.text.contains("missing: web-1"), "{}", refused.text);
        let start = json!({ "plan_hash": plan["hash"], "confirmation": "web-1" });
        let key = [("idempotency-key", "release-many-2")];
        let started = program.posts_with("/api/v1/operations", &start, &key).await;
        assert_eq!(started.status.as_u16(), 202, "{}", started.text);
        for role in [Role::Viewer, Role::Operator, Role::Auditor] {
            let refused = house.program(role).await.posts("/api/v1/operations/plan", &request).await;
            assert!([403, 404].contains(&refused.status.as_u16()), "{role:?}: {}", refused.text);
        }
    })
    .await;
}
