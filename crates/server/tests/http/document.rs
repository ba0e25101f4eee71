//! The API's document and the server say the same: every route, every page's answer, no loose end.

use std::collections::BTreeSet;

use axum::http::{Method, header};
use read_models::navigation::{CONTRACT, Route};
use serde_json::Value;
use server::store::testing::on_both;

use crate::caller::send;
use crate::house::House;
use crate::spec::Spec;

/// What is for browsers alone, and so not in the API's document: forms, files, the pages' own questions. What programs
/// need of it is in the API; this list may only get shorter.
const OF_BROWSERS: [&str; 26] = [
    "/",
    "/account/passkeys",
    "/account/passkeys/ask",
    "/account/passkeys/new",
    "/account/password",
    "/account/totp",
    "/account/totp/confirm",
    "/allocations/{id}",
    "/favicon.svg",
    "/fonts/{file}",
    "/invite/{token}",
    "/invite/{token}/accept",
    "/operations/plan",
    "/operations/plans/{id}/start",
    "/operations/{id}/cancel",
    "/operations/{id}/decisions",
    "/pkg/{build}/{*file}",
    "/session/keys",
    "/session/project",
    "/session/theme",
    "/sign-in",
    "/sign-in/code",
    "/sign-in/first",
    "/sign-in/passkey",
    "/sign-in/passkey/ask",
    "/sign-out",
];

/// The router's own table.
pub(crate) fn routes_of(house: &House) -> BTreeSet<String> {
    let table = format!("{:?}", server::http::router(house.state.clone()));
    let paths = table.split("): \"/").skip(1).filter_map(|rest| rest.split('"').next());
    paths.filter(|path| !path.contains("__private")).map(|path| format!("/{path}")).collect()
}

fn is_page(path: &str) -> bool {
    let as_contract = path.replace("{id}", ":id");
    CONTRACT.iter().any(|page| page.path == as_contract)
}

#[tokio::test]
async fn every_route_is_in_the_document_and_everything_in_the_document_is_a_route() {
    on_both(async |db| {
        let house = House::on(db).await;
        let spec = Spec::of(&house).await;
        let routes = routes_of(&house);
        let documented: BTreeSet<String> = spec.endpoints().iter().map(|one| one.path.to_owned()).collect();
        assert!(routes.len() > 40, "the router's table can be read: {routes:?}");
        let undocumented: Vec<_> = routes
            .iter()
            .filter(|path| !documented.contains(*path))
            .filter(|path| !is_page(path))
            .filter(|path| !OF_BROWSERS.contains(&path.as_str()))
            .collect();
        assert!(undocumented.is_empty(), "not in the document: {undocumented:?}");
        let missing: Vec<_> = documented.difference(&routes).collect();
        assert!(missing.is_empty(), "no such route: {missing:?}");
        for path in OF_BROWSERS {
            assert!(routes.contains(path), "{path} is on the list and is no route any more");
        }
    })
    .await;
}

#[tokio::test]
async fn an_endpoint_takes_the_methods_the_document_names_and_no_other() {
    on_both(async |db| {
        let house = House::on(db).await;
        let spec = Spec::of(&house).await;
        let problem = serde_json::json!({ "$ref": "#/components/schemas/Problem" });
        for path in spec.endpoints().iter().map(|one| one.path) {
            let mut said: BTreeSet<String> = BTreeSet::new();
            for endpoint in spec.endpoints().iter().filter(|one| one.path == path) {
                said.insert(endpoint.method.to_string());
                if endpoint.method == Method::GET {
                    said.insert("HEAD".to_owned());
                }
            }
            let request = house.nobody().request(Method::PATCH, path).header("sec-fetch-site", "same-origin");
            let answer = send(request.body(axum::body::Body::empty()).unwrap()).await;
            answer.is_problem(405, "method_not_allowed");
            assert_eq!(spec.unfit(&problem, &answer.json()), None, "{path}");
            let allowed = answer.header(header::ALLOW.as_str()).split(',').map(|word| word.trim().to_owned());
            assert_eq!(allowed.collect::<BTreeSet<_>>(), said, "{path}");
        }
    })
    .await;
}

/// The read model an endpoint answers with.
fn read_model(said: &Value) -> Option<&str> {
    said["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].as_str()?.rsplit('/').next()
}

#[tokio::test]
async fn every_page_s_read_model_can_be_had_from_the_api() {
    on_both(async |db| {
        let house = House::on(db).await;
        let spec = Spec::of(&house).await;
        let endpoints = spec.endpoints();
        let reads = |page: &&Route| {
            endpoints.iter().any(|one| {
                one.method == Method::GET
                    && one.path.starts_with("/api/v1/")
                    && read_model(one.said) == Some(page.read_model)
            })
        };
        let without: Vec<_> =
            CONTRACT.iter().filter(|page| !reads(page)).map(|page| (page.path, page.read_model)).collect();
        assert!(without.is_empty(), "pages whose answer no endpoint gives: {without:?}");
    })
    .await;
}

#[tokio::test]
async fn the_document_has_no_loose_end() {
    on_both(async |db| {
        let house = House::on(db).await;
        let spec = Spec::of(&house).await;
        let mut places = Vec::new();
        references(&spec.document, &mut places);
        assert!(places.len() > 200);
        for place in places {
            let pointer = place.strip_prefix('#').expect("it refers to itself only");
            assert!(spec.document.pointer(pointer).is_some(), "{place} leads nowhere");
        }
        let mut ids = BTreeSet::new();
        for endpoint in spec.endpoints() {
            let id = endpoint.said["operationId"].as_str().unwrap();
            assert!(ids.insert(id), "{id} stands twice");
            assert!(endpoint.said["summary"].as_str().is_some_and(|words| words.len() > 15), "{id}");
            let in_path =
                endpoint.said["parameters"].as_array().unwrap().iter().filter(|one| one["in"] == "path");
            let named: Vec<_> = in_path.map(|one| format!("{{{}}}", one["name"].as_str().unwrap())).collect();
            assert!(named.iter().all(|name| endpoint.path.contains(name)), "{id}");
            assert_eq!(named.len(), endpoint.path.matches('{').count(), "{id}");
        }
        let requests = &spec.document["components"]["schemas"]["PlanRequest"]["oneOf"];
        assert_eq!(requests.as_array().unwrap().len(), house.state.register.all().len());
    })
    .await;
}

fn references<'a>(value: &'a Value, into: &mut Vec<&'a str>) {
    match value {
        Value::Object(members) => {
            into.extend(members.get("$ref").and_then(Value::as_str));
            members.values().for_each(|member| references(member, into));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
