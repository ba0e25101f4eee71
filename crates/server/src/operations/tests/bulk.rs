//! `bulk.run` on several nodes: the canary, so many at one time, stopping by itself, pausing, trying again, and that no
//! target ever gets two operations for one try.

use operations::OperationState;
use read_models::error::ErrorKind;
use read_models::ids::{NodeId, OperationId};
use read_models::nodes::NodePolicy;
use read_models::operation::{BulkOutcome, BulkView};
use read_models::operations::{OperationsConsole as _, Started};
use serde_json::{Value, json};

use super::support::{Kind, Manner, Scene, Site, proof};
use crate::clock::Clock as _;
use crate::nodes::silent;
use crate::store::db::Db;
use crate::store::nodes;
use crate::store::testing::on_both;

/// A site with so many nodes.
pub(super) async fn many(db: Db, nodes: usize) -> Site {
    let mut site = Site::on(db).await;
    site.has_more_nodes(nodes - 1).await;
    site
}

fn ids(site: &Site) -> Vec<NodeId> {
    let others = site.others.iter().map(|(id, _)| id.clone());
    [site.node.clone()].into_iter().chain(others).collect()
}

pub(super) fn on_all(site: &Site, operation: &str, more: &Value) -> Scene {
    let mut input = json!({ "operation": operation, "targets": ids(site), "parallelism": 2 });
    for (name, value) in more.as_object().unwrap() {
        input[name] = value.clone();
    }
    Scene::on_platform("bulk.run", input)
}

pub(super) async fn bulk(site: &Site, id: &OperationId) -> BulkView {
    site.console(&site.admin()).operation(id.clone()).await.unwrap().bulk.unwrap()
}

/// A letter for each target, as in `counting`.
pub(super) async fn letters(site: &Site, id: &OperationId) -> String {
    let letter = |outcome| match outcome {
        BulkOutcome::Waiting => 'w',
        BulkOutcome::Running => 'r',
        BulkOutcome::Succeeded => 's',
        BulkOutcome::Failed => 'f',
        BulkOutcome::NotStarted => 'n',
        BulkOutcome::LeftOut => 'x',
    };
    bulk(site, id).await.targets.iter().map(|target| letter(target.outcome)).collect()
}

async fn has_policy(site: &Site, node: &NodeId, policy: NodePolicy) {
    let mut tx = site.state.db.begin().await.unwrap();
    nodes::set_policy(&mut tx, &proof(), node, (policy, None), site.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
}

async fn choices(site: &Site, id: &OperationId) -> Vec<String> {
    let question = site.console(&site.admin()).question(id.clone()).await.unwrap();
    question.choices.into_iter().map(|choice| choice.id).collect()
}

/// The agents of these refuse to be probed.
fn refuse(site: &mut Site, which: &[usize]) {
    for index in which {
        site.others[*index].1.manners.insert(Kind::Probe, Manner::Refuses);
    }
}

#[tokio::test]
async fn the_plan_says_who_is_included_and_who_is_not_and_its_hash_covers_each() {
    on_both(async |db| {
        let site = many(db, 4).await;
        let out = ids(&site)[2].clone();
        has_policy(&site, &out, NodePolicy::Maintenance).await;
        let scene = on_all(&site, "node.drain", &json!({}));
        let plan = site.plans(&site.admin(), &scene).await.unwrap();
        let told = plan.bulk.clone().unwrap();
        assert_eq!((told.included.len(), told.left_out.len()), (3, 1));
        assert_eq!(told.left_out[0].target.id, out.to_string());
        assert!(told.left_out[0].why.contains("maintenance"), "{}", told.left_out[0].why);
        let canaries: Vec<_> = told.included.iter().map(|one| one.is_canary).collect();
        assert_eq!(canaries, [true, false, false]);
        assert_eq!((plan.title.as_str(), plan.target_view.name.as_str()), ("Drain node", "on 3 of 4 nodes"));
        // What changes one of them changes the whole.
        has_policy(&site, &ids(&site)[1], NodePolicy::Maintenance).await;
        let Started::Changed { differences, fresh, .. } =
            site.starts(&site.admin(), &plan, "k").await.unwrap()
        else {
            panic!("nothing is started");
        };
        assert!(differences.iter().any(|one| one.contains("can no longer be included")), "{differences:?}");
        assert_eq!(fresh.bulk.unwrap().included.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_plan_stays_good_while_one_that_is_left_out_is_silent_for_longer() {
    on_both(async |db| {
        let mut site = many(db, 2).await;
        site.clock.advance(std::time::Duration::from_mins(10));
        for (_, other) in &mut site.others {
            other.beats(&site.state).await;
        }
        silent::mark_unreachable(&site.state).await.unwrap();
        let scene = on_all(&site, "node.probe", &json!({}));
        let plan = site.plans(&site.admin(), &scene).await.unwrap();
        let told = plan.bulk.clone().unwrap();
        assert_eq!((told.included.len(), told.left_out.len()), (1, 1));
        assert!(told.left_out[0].why.contains("10 min"), "{}", told.left_out[0].why);
        site.clock.advance(std::time::Duration::from_secs(3));
        let started = site.starts(&site.admin(), &plan, "k").await.unwrap();
        assert!(matches!(started, Started::Accepted { .. }), "{started:?}");
    })
    .await;
}

#[tokio::test]
async fn a_selection_that_cannot_be_meant_is_refused_with_what_to_write_instead() {
    on_both(async |db| {
        let site = many(db, 2).await;
        let nobody: [&str; 0] = [];
        for (more, pointer) in [
            (json!({ "operation": "node.teleport" }), "/operation"),
            (json!({ "targets": nobody }), "/targets"),
            (json!({ "parallelism": 0 }), "/parallelism"),
            (json!({ "stop_after_failures": 0 }), "/stop_after_failures"),
            (json!({ "canary": 300 }), "/canary"),
            (json!({ "with": { "grace_s": 0 } }), "/with/grace_s"),
        ] {
            let scene = on_all(&site, "node.drain", &more);
            let error = site.plans(&site.admin(), &scene).await.unwrap_err();
            assert_eq!(error.kind, ErrorKind::Invalid, "{more}");
            assert!(error.fields.iter().any(|field| field.pointer == pointer), "{more}: {error:?}");
        }
        // Twice the same and one that is not there.
        let targets = json!([site.node, site.node, "node_nowhere"]);
        let scene = on_all(&site, "node.probe", &json!({ "targets": targets }));
        let told = site.plans(&site.admin(), &scene).await.unwrap().bulk.unwrap();
        assert_eq!((told.included.len(), told.left_out.len()), (1, 1));
        has_policy(&site, &site.node, NodePolicy::InService).await;
        let scene = on_all(&site, "node.resume", &json!({}));
        let plan = site.plans(&site.admin(), &scene).await.unwrap();
        assert_eq!(plan.blockers.len(), 1, "none of them is held");
        assert_eq!(site.starts(&site.admin(), &plan, "k").await.unwrap_err().code, "blocked");
    })
    .await;
}

#[tokio::test]
async fn the_canary_comes_alone_then_so_many_at_one_time() {
    on_both(async |db| {
        let mut site = many(db, 5).await;
        let scene = on_all(&site, "node.probe", &json!({}));
        let id = site.asks(&site.admin(), &scene).await;
        let mut seen = Vec::new();
        while !site.operation(&id).await.record.state.is_over() {
            site.work_once().await;
            let now = letters(&site, &id).await;
            if seen.last() != Some(&now) {
                seen.push(now);
            }
            site.agents_turn().await;
            site.clock.advance(std::time::Duration::from_millis(500));
            site.agents_beat().await;
        }
        site.run_until_it_rests().await;
        assert!(seen.contains(&"rwwww".to_owned()), "{seen:?}");
        assert!(seen.contains(&"srrww".to_owned()), "{seen:?}");
        for now in &seen {
            let running = now.matches('r').count();
            assert!(running <= 2, "{seen:?}");
            assert!(now.starts_with('s') || running + now.matches('s').count() <= 1, "{seen:?}");
        }
        assert_eq!(letters(&site, &id).await, "sssss");
        let operation = site.operation(&id).await;
        assert_eq!(operation.record.state, OperationState::Succeeded);
        site.keeps_its_promises(&id, "five").await;
        // Parent and children know each other.
        let child = bulk(&site, &id).await.targets[1].operation.clone().unwrap();
        let view = site.console(&site.admin()).operation(child).await.unwrap();
        let parent = view.parent.unwrap();
        assert_eq!((parent.id, parent.title.as_str()), (id, "Probe node on 5 nodes"));
    })
    .await;
}

#[tokio::test]
async fn a_canary_that_fails_stops_it_before_anybody_else() {
    on_both(async |db| {
        let mut site = many(db, 3).await;
        site.agent.manners.insert(Kind::Probe, Manner::Refuses);
        let scene = on_all(&site, "node.probe", &json!({}));
        let id = site.asks(&site.admin(), &scene).await;
        site.run_until_it_rests().await;
        assert_eq!(letters(&site, &id).await, "fww");
        assert_eq!(choices(&site, &id).await, ["go_on", "retry_failed", "stop_here"]);
        assert!(!bulk(&site, &id).await.targets[0].sentence.is_empty(), "what went wrong stands there");
        site.decides(&site.admin(), &id, "stop_here").await.unwrap();
        site.run_until_it_rests().await;
        let operation = site.operation(&id).await;
        assert_eq!(operation.record.state, OperationState::Failed);
        assert_eq!(letters(&site, &id).await, "fnn");
        let outcome = operation.record.outcome.unwrap();
        assert!(outcome.contains("0 of 3 succeeded, 1 failed, 2 were not started."), "{outcome}");
        site.keeps_its_promises(&id, "stopped").await;
    })
    .await;
}

#[tokio::test]
async fn it_stops_by_itself_is_paused_resumed_and_retries_only_the_failed_ones() {
    on_both(async |db| {
        let mut site = many(db, 7).await;
        refuse(&mut site, &[0, 1]);
        let scene = on_all(&site, "node.probe", &json!({}));
        let id = site.asks(&site.admin(), &scene).await;
        site.run_until_it_rests().await;
        assert_eq!(letters(&site, &id).await, "sffwwww");
        let attention = site.operation(&id).await.record.attention.unwrap().sentence;
        assert!(attention.contains("2 failed") && attention.contains("stopped by itself"), "{attention}");
        site.decides(&site.admin(), &id, "go_on").await.unwrap();
        // The next ones are started, and then somebody pauses.
        for _ in 0..4 {
            site.work_once().await;
            site.clock.advance(std::time::Duration::from_millis(1));
        }
        assert_eq!(letters(&site, &id).await, "sffrrww");
        assert_eq!(choices(&site, &id).await, ["pause"]);
        site.decides(&site.admin(), &id, "pause").await.unwrap();
        site.run_until_it_rests().await;
        assert_eq!(letters(&site, &id).await, "sffssww", "those that ran finished, and no other began");
        assert!(bulk(&site, &id).await.paused);
        assert_eq!(choices(&site, &id).await, ["resume", "stop_here"]);
        site.decides(&site.admin(), &id, "resume").await.unwrap();
        site.run_until_it_rests().await;
        assert_eq!(letters(&site, &id).await, "sffssss");
        assert_eq!(choices(&site, &id).await, ["retry_failed", "end_here"]);
        for (_, agent) in &mut site.others {
            agent.manners.clear();
        }
        site.decides(&site.admin(), &id, "retry_failed").await.unwrap();
        site.run_until_it_rests().await;
        assert_eq!(letters(&site, &id).await, "sssssss");
        let attempts: Vec<_> = bulk(&site, &id).await.targets.iter().map(|one| one.attempt).collect();
        assert_eq!(attempts, [1, 2, 2, 1, 1, 1, 1]);
        assert_eq!(site.operation(&id).await.record.state, OperationState::Succeeded);
        site.keeps_its_promises(&id, "retried").await;
    })
    .await;
}

#[tokio::test]
async fn one_whose_facts_are_others_by_its_turn_is_not_started_and_says_what_is_different() {
    on_both(async |db| {
        let mut site = many(db, 3).await;
        let scene = on_all(&site, "node.disable_scheduling", &json!({}));
        let id = site.asks(&site.admin(), &scene).await;
        has_policy(&site, &ids(&site)[1], NodePolicy::Maintenance).await;
        site.run_until_it_rests().await;
        assert_eq!(letters(&site, &id).await, "sns");
        let why = bulk(&site, &id).await.targets[1].sentence.clone();
        assert!(why.contains("has changed") && why.len() > 50, "{why}");
        let operation = site.operation(&id).await;
        assert_eq!(operation.record.state, OperationState::Failed);
        assert!(operation.record.outcome.unwrap().contains("1 was not started"));
        assert_eq!(bulk(&site, &id).await.unsuccessful, [ids(&site)[1].to_string()]);
        site.keeps_its_promises(&id, "changed").await;
    })
    .await;
}

#[tokio::test]
async fn cancelled_it_starts_no_further_one_and_waits_for_those_that_run() {
    on_both(async |db| {
        let mut site = many(db, 4).await;
        let scene = on_all(&site, "node.probe", &json!({ "canary": 0 }));
        let id = site.asks(&site.admin(), &scene).await;
        site.work_once().await;
        assert_eq!(letters(&site, &id).await, "rrww");
        site.console(&site.admin()).cancel(id.clone(), "enough".to_owned()).await.unwrap();
        site.work_once().await;
        assert_eq!(site.operation(&id).await.record.state, OperationState::Running, "two still run");
        site.run_until_it_rests().await;
        assert_eq!(letters(&site, &id).await, "ssnn");
        let operation = site.operation(&id).await;
        assert_eq!(operation.record.state, OperationState::Cancelled);
        assert!(operation.record.outcome.unwrap().contains("stays done"));
        site.keeps_its_promises(&id, "cancelled").await;
    })
    .await;
}
