//! Bundles of real things and times: what is in one, what it proves, who may have it, and that whatever is touched is found.

use std::time::Duration;

use evidence::{OfWhat, ResourceBundle, Verdict, verify_bundle};
use futures::TryStreamExt as _;
use read_models::audit::AuditSearch;
use read_models::error::ConsoleError;
use read_models::evidence::EvidenceConsole as _;
use read_models::ids::OperationId;
use serde_json::{Value, json};

use super::evidence::{happens, is_refused_wherever_it_is_touched, signed};
use super::support::{Scene, Site, launched_by};
use crate::args;
use crate::authz::Role;
use crate::clock::Clock as _;
use crate::console::Asking;
use crate::store::events::{self, NewEvent};
use crate::store::testing::on_both;
use crate::workers::sequencer;

fn asked(resource: &str, from: &str) -> AuditSearch {
    let said = |text: &str| Some(text.to_owned());
    AuditSearch { resource: said(resource), from: said(from), ..AuditSearch::default() }
}

/// Since ever.
fn all_of(resource: &str) -> AuditSearch {
    asked(resource, "1970-01-01")
}

async fn file(who: &Asking, search: &AuditSearch) -> Result<String, ConsoleError> {
    let parts: Vec<String> = who.resource_file(search).await?.body.try_collect().await.unwrap();
    Ok(parts.concat())
}

fn verdict(site: &Site, file: &str) -> Verdict {
    verify_bundle(file.as_bytes(), site.state.evidence.public()).unwrap()
}

async fn numbered(site: &Site) {
    while sequencer::turn(&site.state).await.unwrap() > 0 {}
}

/// A drain among what others do: the node, the operation.
async fn drained(site: &mut Site) -> (String, OperationId) {
    site.runs_a_workload().await;
    let drain = Scene::on_node("node.drain", &site.node, json!({ "grace_s": 10 }));
    let id = site.asks(&site.admin(), &drain).await;
    happens(site, 3).await;
    site.settles(&id).await;
    happens(site, 2).await;
    signed(site).await;
    (format!("node:{}", site.node), id)
}

#[tokio::test]
async fn everything_that_happened_to_a_thing_is_in_it_and_wherever_it_is_touched_it_is_found() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let (node, drain) = drained(&mut site).await;
        let file = file(&site.console(&site.admin()), &all_of(&node)).await.unwrap();
        let verdict = verdict(&site, &file);
        let OfWhat::Resource { resource, operations, proved, .. } = &verdict.of else { panic!() };
        assert_eq!((resource, operations), (&node, &vec![drain.to_string()]));
        assert_eq!(proved.len(), 3, "{proved:?}");
        let bundle: ResourceBundle = serde_json::from_str(&file).unwrap();
        let recorded = &bundle.operations[0];
        assert!(!recorded.steps.is_empty() && !recorded.approvals.sentence.is_empty());
        assert_eq!((bundle.contents.intents.len(), bundle.contents.outcomes.len()), (1, 1));
        assert!(bundle.contents.observations.len() > 3, "{:?}", bundle.contents);
        assert!(!file.contains("What others did."), "it stands as a digest");
        let bundle: Value = serde_json::from_str(&file).unwrap();
        is_refused_wherever_it_is_touched(&bundle, site.state.evidence.public());
    })
    .await;
}

#[tokio::test]
async fn a_time_is_between_the_checkpoints_around_it_and_what_was_before_is_said() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let (node, drain) = drained(&mut site).await;
        site.clock.advance(Duration::from_mins(10));
        let from = site.clock.now().rfc3339();
        site.clock.advance(Duration::from_mins(10));
        let resume = Scene::on_node("node.resume", &site.node, json!({}));
        let resume = site.asks(&site.admin(), &resume).await;
        site.settles(&resume).await;
        numbered(&site).await;
        let text = file(&site.console(&site.admin()), &asked(&node, &from)).await.unwrap();
        let bundle: ResourceBundle = serde_json::from_str(&text).unwrap();
        let before = bundle.before.clone().unwrap();
        assert!(before.at <= bundle.subject.from && bundle.chain[0].checkpoint.at >= bundle.subject.until);
        let of = verdict(&site, &text).of;
        let OfWhat::Resource { operations, .. } = of else { panic!() };
        assert!(operations.contains(&resume.to_string()) && !operations.contains(&drain.to_string()));
        let quiet = asked(&node, &site.clock.now().rfc3339());
        let nothing = file(&site.console(&site.admin()), &quiet).await.unwrap();
        assert!(verdict(&site, &nothing).range.0 > 1, "that nothing happened is proved as well");
    })
    .await;
}

#[tokio::test]
async fn a_tenant_has_what_happened_to_their_own_and_learns_nothing_of_others_from_it() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let (ours, theirs) = (site.project.clone(), site.other_project.clone());
        let launch = site.launch();
        let id = site.asks(&site.admin(), &launch).await;
        happens(&site, 4).await;
        site.settles(&id).await;
        signed(&site).await;
        let (workload, project) = (format!("workload:{}", launched_by(&id)), format!("project:{ours}"));
        let member = site.console(&site.person(Role::Viewer, Some(&ours)));
        let stranger = site.console(&site.person(Role::Member, Some(&theirs)));
        for thing in [&workload, &project] {
            let text = file(&member, &all_of(thing)).await.unwrap();
            assert!(!text.contains("What others did."), "{thing}");
            assert!(verdict(&site, &text).events > 0, "{thing}");
            assert_eq!(file(&stranger, &all_of(thing)).await.unwrap_err().code, "not_found", "{thing}");
        }
        let whole = verdict(&site, &file(&member, &all_of(&project)).await.unwrap());
        let OfWhat::Resource { operations, .. } = whole.of else { panic!() };
        assert_eq!(operations, [id.to_string()], "the launch is in the bundle of its project");
        for thing in [format!("node:{}", site.node), "platform:platform".to_owned(), "x".to_owned()] {
            assert_eq!(file(&member, &all_of(&thing)).await.unwrap_err().code, "not_found", "{thing}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_no_bundle_holds_is_refused_with_what_to_ask_instead() {
    const MANY: &str = "UPDATE sequencer SET last_seq = last_seq + 200000";
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let (node, _) = drained(&mut site).await;
        let admin = site.console(&site.admin());
        for (search, code) in [
            (AuditSearch::default(), "invalid_search"),
            (AuditSearch { from: None, ..all_of(&node) }, "invalid_search"),
            (asked(&node, "2999-01-01"), "invalid_search"),
            (all_of("node:node_0192f3a4b5c67d8e9fa0b1c2d3e4f599"), "none"),
        ] {
            let found = file(&admin, &search).await.err().map(|error| error.code);
            assert_eq!(found.as_deref().unwrap_or("none"), code, "{search:?}");
        }
        // Somebody else's events, as far as anybody can tell.
        site.clock.advance(Duration::from_mins(10));
        site.state.db.execute(MANY, args![]).await.unwrap();
        let error = file(&admin, &all_of(&node)).await.unwrap_err();
        assert_eq!(error.code, "bundle_too_large");
        assert!(error.next_step.unwrap().contains("Ask until"), "{}", error.sentence);
        let shown = admin.audit(all_of(&node), None, None).await.unwrap().bundle;
        assert!(shown.holds.is_none() && shown.refused.unwrap().contains("at most 100000"));
    })
    .await;
}

#[tokio::test]
async fn a_chain_that_was_changed_gives_no_whole_file() {
    const CHANGE: &str = "UPDATE event SET sentence = 'It was nobody.' WHERE kind = 'audit.outcome'";
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let (node, _) = drained(&mut site).await;
        site.state.db.execute(CHANGE, args![]).await.unwrap();
        let admin = site.console(&site.admin());
        let parts = admin.resource_file(&all_of(&node)).await.unwrap().body;
        let cut: Result<Vec<String>, _> = parts.try_collect().await;
        assert!(cut.unwrap_err().to_string().contains("does not fit"));
    })
    .await;
}

#[tokio::test]
async fn what_waits_for_its_number_is_waited_for() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let (node, _) = drained(&mut site).await;
        let event = NewEvent {
            at: site.clock.now(),
            kind: "node.connected",
            actor: "agent".to_owned(),
            sentence: "It came back.".to_owned(),
            operation: None,
            step: None,
            project: None,
            resource: Some(node.clone()),
            body: json!(null),
        };
        let mut tx = site.state.db.begin().await.unwrap();
        events::append(&mut tx, &*site.state.ids, event).await.unwrap();
        tx.commit().await.unwrap();
        let (admin, search) = (site.console(&site.admin()), all_of(&node));
        let (text, ()) = tokio::join!(file(&admin, &search), numbered(&site));
        assert!(text.unwrap().contains("It came back."));
    })
    .await;
}
