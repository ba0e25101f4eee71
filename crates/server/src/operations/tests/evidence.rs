//! Bundles of real operations: what nobody touched fits, what was touched anywhere does not; nobody learns from one what
//! they may not know, and nothing secret is in one.

use evidence::{Bundle, OfWhat, PublicKey, verify_bundle};
use read_models::ids::OperationId;
use read_models::operation::OperationState;
use serde_json::{Value, json};

use super::support::{Scene, Site, launched_by, proof};
use crate::args;
use crate::authz::Role;
use crate::clock::Clock as _;
use crate::store::checkpoints;
use crate::store::events::{self, NewEvent};
use crate::store::testing::on_both;
use crate::store::workload_logs::{self, LogPiece};
use crate::workers::checkpoints::turn as signs;
use crate::workers::sequencer;

pub(super) async fn signed(site: &Site) {
    while sequencer::turn(&site.state).await.unwrap() > 0 {}
    checkpoints::want(&site.state.db, &proof()).await.unwrap();
    signs(&site.state).await.unwrap();
}

/// A drain among what others do, and its bundle.
async fn drained(site: &mut Site) -> Bundle {
    site.runs_a_workload().await;
    let drain = Scene::on_node("node.drain", &site.node, json!({ "grace_s": 10 }));
    let id = site.asks(&site.admin(), &drain).await;
    happens(site, 3).await;
    assert_eq!(site.settles(&id).await.state, OperationState::Succeeded);
    happens(site, 2).await;
    signed(site).await;
    site.console(&site.admin()).bundle(&id).await.unwrap()
}

/// Events of nobody's operation.
pub(super) async fn happens(site: &Site, times: usize) {
    let mut tx = site.state.db.begin().await.unwrap();
    for _ in 0..times {
        let event = NewEvent {
            at: site.clock.now(),
            kind: "node.connected",
            actor: "agent".to_owned(),
            sentence: "What others did.".to_owned(),
            operation: None,
            step: None,
            project: None,
            resource: None,
            body: json!(null),
        };
        events::append(&mut tx, &*site.state.ids, event).await.unwrap();
    }
    tx.commit().await.unwrap();
}

fn leaves(value: &Value, at: &str, into: &mut Vec<String>) {
    let mut walk = |name: &str, value: &Value| leaves(value, &format!("{at}/{name}"), into);
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| walk(name, value)),
        Value::Array(items) => (0..).zip(items).for_each(|(i, item): (usize, _)| walk(&i.to_string(), item)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => into.push(at.to_owned()),
    }
}

fn other_than(value: &Value) -> Value {
    match value {
        Value::Number(number) => (number.as_i64().unwrap() ^ 1).into(),
        Value::String(text) => format!("{text}x").into(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => "x".into(),
    }
}

fn is_refused(touched: &Value, key: &PublicKey, place: &str) {
    let misfit = verify_bundle(&serde_json::to_vec(touched).unwrap(), key).expect_err(place);
    assert!(!misfit.to_string().is_empty(), "{place}");
}

/// Changed, dropped, doubled, moved, cut off at each of its places: each is found.
pub(super) fn is_refused_wherever_it_is_touched(bundle: &Value, key: &PublicKey) {
    verify_bundle(&serde_json::to_vec(bundle).unwrap(), key).unwrap();
    let mut places = Vec::new();
    leaves(bundle, "", &mut places);
    assert!(places.len() > 200, "{}", places.len());
    for place in &places {
        let mut touched = bundle.clone();
        let value = touched.pointer_mut(place).unwrap();
        *value = other_than(value);
        is_refused(&touched, key, place);
    }
    let entries = bundle.pointer("/chain/0/entries").unwrap().as_array().unwrap().len();
    for index in 0..entries {
        let touch = |change: &dyn Fn(&mut Vec<Value>)| {
            let mut touched = bundle.clone();
            change(touched.pointer_mut("/chain/0/entries").unwrap().as_array_mut().unwrap());
            is_refused(&touched, key, &format!("entry {index}"));
        };
        touch(&|all| drop(all.remove(index)));
        touch(&|all| all.truncate(index));
        touch(&|all| all.insert(index, all[index].clone()));
        if index > 0 {
            touch(&|all| all.swap(index - 1, index));
        }
    }
}

#[tokio::test]
async fn wherever_a_real_bundle_is_touched_it_is_found() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let bundle = serde_json::to_value(drained(&mut site).await).unwrap();
        is_refused_wherever_it_is_touched(&bundle, site.state.evidence.public());
    })
    .await;
}

#[tokio::test]
async fn nothing_is_given_before_it_is_numbered_and_signed() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let scene = Scene::on_node("node.probe", &site.node, json!({}));
        let id = site.asks(&site.admin(), &scene).await;
        let admin = site.console(&site.admin());
        assert_eq!(admin.bundle_if_covered(&id).await.unwrap(), None, "it has no number");
        while sequencer::turn(&site.state).await.unwrap() > 0 {}
        let newest = checkpoints::covering(&site.state.db, &proof(), 1).await.unwrap();
        assert_eq!(newest, None);
        assert_eq!(admin.bundle_if_covered(&id).await.unwrap(), None, "it is under no checkpoint");
        signed(&site).await;
        let early = admin.bundle_if_covered(&id).await.unwrap().unwrap();
        let verdict = verify_bundle(&serde_json::to_vec(&early).unwrap(), site.state.evidence.public());
        assert!(matches!(verdict.unwrap().of, OfWhat::Operation { is_over: false, .. }), "it is under way");
        site.settles(&id).await;
        assert_eq!(admin.bundle_if_covered(&id).await.unwrap(), None, "there is more by now");
        signed(&site).await;
        assert!(admin.bundle_if_covered(&id).await.unwrap().unwrap().contents.outcome.is_some());
    })
    .await;
}

#[tokio::test]
async fn a_tenant_has_the_bundle_of_their_own_and_learns_nothing_of_others_from_it() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let (ours, theirs) = (site.project.clone(), site.other_project.clone());
        let launch = site.launch();
        let id = site.asks(&site.admin(), &launch).await;
        happens(&site, 4).await;
        site.settles(&id).await;
        let drain = Scene::on_node("node.drain", &site.node, json!({ "grace_s": 10 }));
        let platform = site.asks(&site.admin(), &drain).await;
        site.settles(&platform).await;
        writes(&site, &id, "password=canary-in-a-log\n").await;
        signed(&site).await;
        let member = site.console(&site.person(Role::Viewer, Some(&ours)));
        let bundle = member.bundle(&id).await.unwrap();
        let text = serde_json::to_string(&bundle).unwrap();
        assert!(!text.contains("What others did.") && !text.contains(platform.as_str()));
        assert!(text.contains("canary-in-a-log"), "their own log is theirs to read");
        assert!(bundle.left_out[0].contains("bytes"), "{:?}", bundle.left_out);
        verify_bundle(text.as_bytes(), site.state.evidence.public()).unwrap();
        let stranger = site.console(&site.person(Role::Member, Some(&theirs)));
        for (who, of) in [(&stranger, &id), (&stranger, &platform), (&member, &platform)] {
            assert_eq!(who.bundle(of).await.unwrap_err().code, "not_found");
        }
    })
    .await;
}

/// The workload writes more than a bundle holds.
async fn writes(site: &Site, launch: &OperationId, last: &str) {
    let text = format!("{}{last}", "x\n".repeat(60_000));
    let mut tx = site.state.db.begin().await.unwrap();
    let end = i64::try_from(text.len()).unwrap();
    let piece = LogPiece { start: 0, end, text, received_at: site.clock.now() };
    workload_logs::append(&mut tx, &proof(), &launched_by(launch), &piece).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn what_much_else_happened_between_is_left_out_between_checkpoints() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let scene = Scene::on_node("node.probe", &site.node, json!({}));
        let id = site.asks(&site.admin(), &scene).await;
        signed(&site).await;
        happens(&site, 600).await;
        signed(&site).await;
        happens(&site, 600).await;
        site.settles(&id).await;
        signed(&site).await;
        let bundle = site.console(&site.admin()).bundle(&id).await.unwrap();
        let file = serde_json::to_vec(&bundle).unwrap();
        let verdict = verify_bundle(&file, site.state.evidence.public()).unwrap();
        assert_eq!(verdict.skipped.len(), 1);
        assert!(verdict.skipped[0].1 - verdict.skipped[0].0 > 1_000, "{:?}", verdict.skipped);
    })
    .await;
}

#[tokio::test]
async fn a_database_that_was_changed_gives_no_bundle_and_says_where() {
    const CHANGE: &str =
        "UPDATE event SET sentence = 'It was nobody.' WHERE operation_id = $1 AND kind = 'audit.intent'";
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let bundle = drained(&mut site).await;
        let id: OperationId = bundle.subject.id.parse().unwrap();
        assert_eq!(site.state.db.execute(CHANGE, args![&id]).await.unwrap(), 1);
        let error = site.console(&site.admin()).bundle(&id).await.unwrap_err();
        let place = format!("Event {} ", bundle.contents.intent.unwrap());
        assert_eq!((error.code.as_str(), error.sentence.contains(&place)), ("chain_broken", true), "{error}");
    })
    .await;
}
