//! `workload.launch`: what it refuses, what it takes back, what it calls ready.

use operations::OperationState;
use read_models::error::ErrorKind;
use read_models::nodes::NodePolicy;
use read_models::operation::TargetKind;
use read_models::workloads::WorkloadState;
use serde_json::json;

use super::support::{Kind, Manner, SLOTS, Scene, Site, dump, launched_by, target};
use crate::store::testing::on_both;

#[tokio::test]
async fn a_program_that_ends_with_an_error_before_it_is_ready_has_failed_and_gives_its_slot_back() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        site.agent.ends_with = Some(1);
        let launch = site.launch();
        let id = site.asks(&site.admin(), &launch).await;
        let operation = site.settles(&id).await;
        assert_eq!(operation.record.state, OperationState::Failed);
        let outcome = operation.record.outcome.unwrap();
        assert!(outcome.contains("exit code 1"), "{outcome}");
        let workload = site.workload(&launched_by(&id)).await;
        assert_eq!((workload.state, workload.exit_code), (WorkloadState::Finished, Some(1)));
        assert!(workload.actionable_until.is_some(), "somebody may want to read its log");
        site.keeps_its_promises(&id, "exit 1").await;
    })
    .await;
}

#[tokio::test]
async fn a_program_that_has_done_its_work_already_was_ready() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        site.agent.ends_with = Some(0);
        let launch = site.launch();
        let id = site.asks(&site.admin(), &launch).await;
        assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded);
        assert_eq!(site.workload(&launched_by(&id)).await.state, WorkloadState::Finished);
        site.keeps_its_promises(&id, "exit 0").await;
    })
    .await;
}

#[tokio::test]
async fn a_program_that_cannot_be_started_fails_at_once_with_the_agents_words() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        site.agent.answers(Kind::Start, Manner::Fails);
        let launch = site.launch();
        let id = site.asks(&site.admin(), &launch).await;
        let operation = site.settles(&id).await;
        assert_eq!(operation.record.state, OperationState::Failed);
        assert!(operation.record.outcome.unwrap().contains("It did not work."));
        let took = operation.record.finished_at.unwrap() - operation.accepted_at.as_micros();
        assert!(took < 30_000_000, "{took} µs: the same answer was waited for again and again");
    })
    .await;
}

#[tokio::test]
async fn an_agent_that_says_yes_and_does_nothing_makes_nothing_observed() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        site.agent.answers(Kind::Start, Manner::Lies);
        let launch = site.launch();
        let id = site.asks(&site.admin(), &launch).await;
        let operation = site.settles(&id).await;
        assert_eq!(operation.record.state, OperationState::Failed);
        let start = operation.record.steps.iter().find(|step| step.title.starts_with("Start")).unwrap();
        assert!(start.observed_at.is_none());
        site.keeps_its_promises(&id, "a liar").await;
    })
    .await;
}

#[tokio::test]
async fn without_a_free_slot_or_a_node_it_is_blocked_with_a_sentence_and_a_way_out() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        for _ in 0..SLOTS {
            site.runs_a_workload().await;
        }
        let launch = site.launch();
        let plan = site.plans(&site.admin(), &launch).await.unwrap();
        let said: Vec<_> = plan.blockers.iter().map(|b| (b.code.as_str(), b.sentence.as_str())).collect();
        assert_eq!(said, [("a_slot_is_free", "All 2 places for it are held.")]);
        let refused = site.starts(&site.admin(), &plan, "k").await.unwrap_err();
        assert_eq!((refused.kind, refused.code.as_str()), (ErrorKind::Conflict, "blocked"));
        assert!(refused.next_step.unwrap().contains("workload.release"));
        site.has_policy(NodePolicy::Cordoned).await;
        let plan = site.plans(&site.admin(), &launch).await.unwrap();
        assert_eq!(plan.blockers[0].sentence, "No node takes it now: 1 is cordoned.");
        assert_eq!(plan.blockers[0].unblocked_by.as_deref(), Some("node.resume"));
    })
    .await;
}

#[tokio::test]
async fn two_launches_for_one_slot_get_one_slot() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        site.runs_a_workload().await;
        let (one, other) = (site.launch(), site.launch());
        let plans = [
            site.plans(&site.admin(), &one).await.unwrap(),
            site.plans(&site.admin(), &other).await.unwrap(),
        ];
        let mut ids = Vec::new();
        for (key, plan) in ["a", "b"].iter().zip(&plans) {
            ids.push(super::support::accepted(site.starts(&site.admin(), plan, key).await.unwrap()));
        }
        site.run_until_it_rests().await;
        let mut states = [site.settles(&ids[0]).await.record.state, site.settles(&ids[1]).await.record.state];
        states.sort_by_key(|state| *state != OperationState::Succeeded);
        assert_eq!(states, [OperationState::Succeeded, OperationState::Failed]);
        assert_eq!(site.agent.count(Kind::Start), 2, "the first workload and one of the two");
    })
    .await;
}

#[tokio::test]
async fn a_name_is_active_once_in_a_project_and_free_again_when_it_is_over() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let launch = site.launch();
        let (first, second) = (
            site.plans(&site.admin(), &launch).await.unwrap(),
            site.plans(&site.admin(), &launch).await.unwrap(),
        );
        assert_eq!(first.hash, second.hash);
        let id = super::support::accepted(site.starts(&site.admin(), &first, "a").await.unwrap());
        let again = super::support::accepted(site.starts(&site.admin(), &second, "b").await.unwrap());
        assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded);
        let refused = site.settles(&again).await;
        assert_eq!(refused.record.state, OperationState::Failed, "both were planned while the name was free");
        let plan = site.plans(&site.admin(), &launch).await.unwrap();
        assert_eq!(plan.blockers[0].code, "name_is_free");
        assert!(plan.blockers[0].unblocked_by.as_ref().unwrap().starts_with("/workloads/"));
        site.agent.sees_end(&site.state, &launched_by(&id), 0).await;
        assert!(site.plans(&site.admin(), &launch).await.unwrap().blockers.is_empty());
    })
    .await;
}

#[tokio::test]
async fn bad_input_is_answered_field_by_field_and_changes_nothing() {
    on_both(async |db| {
        let site = Site::on(db).await;
        let before = dump(&site.state.db).await;
        let bad = json!({ "name": "Not a name", "sku": site.sku, "command": [], "port": 80 });
        let no_sku = json!({ "name": "a", "sku": read_models::ids::SkuId::from_uuid(&"0".repeat(32)), "command": ["a"] });
        let extra = json!({ "name": "a", "sku": site.sku, "command": ["a"], "root": true });
        for (input, places) in [
            (bad, vec!["/name", "/command", "/port"]),
            (no_sku, vec!["/sku"]),
            (extra, vec![""]),
            (json!([]), vec![""]),
            (json!({ "name": "a", "sku": "nonsense", "command": ["a"] }), vec![""]),
        ] {
            let scene = Scene::on_project("workload.launch", &site.project, input);
            let refused = site.plans(&site.admin(), &scene).await.unwrap_err();
            assert_eq!(refused.kind, ErrorKind::Invalid, "{refused:?}");
            let said: Vec<_> = refused.fields.iter().map(|field| field.pointer.as_str()).collect();
            assert_eq!(said, places, "{refused:?}");
            assert!(refused.fields.iter().all(|field| field.sentence.ends_with('.') || field.sentence.contains("8000")));
        }
        assert_eq!(before, dump(&site.state.db).await);
    })
    .await;
}

#[tokio::test]
async fn what_could_not_be_started_can_still_be_released() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        site.agent.answers(Kind::Start, Manner::Refuses);
        let launch = site.launch();
        let id = site.asks(&site.admin(), &launch).await;
        assert_eq!(site.settles(&id).await.record.state, OperationState::Failed);
        let workload = launched_by(&id);
        let release = Scene {
            operation: "workload.release".to_owned(),
            target: target(TargetKind::Workload, workload.as_str()),
            input: json!({}),
        };
        let id = site.asks(&site.admin(), &release).await;
        let record = site.settles(&id).await.record;
        assert_eq!((record.state, record.steps.len()), (OperationState::Succeeded, 1));
        site.keeps_its_promises(&id, "never started").await;
    })
    .await;
}
