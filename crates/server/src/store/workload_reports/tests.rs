//! A report and what follows from it are stored together; a stray one leaves nothing.

use node_protocol::Exit;
use node_protocol::workload::WorkloadState as Seen;
use read_models::ids::{OperationId, SkuId};
use read_models::workloads::WorkloadKind;

use super::*;
use crate::authz::system::for_worker;
use crate::projections::workload_state::next;
use crate::store::nodes::tests::enrolled;
use crate::store::projects;
use crate::store::testing::on_both;
use crate::store::workloads::{self, NewWorkload};

const NOW: Timestamp = Timestamp::from_micros(50);
const SKU: &str = "INSERT INTO sku (id, name, title, placement, cpus, memory_bytes, gpu_model, gpu_count,
    price_microcents_per_hour, created_at) VALUES ($1, 'small', 'Small', 'process', 1, 1, NULL, 0, 0, 0)";

/// A workload on slot 0 of a node, asked for a moment ago.
pub(crate) async fn placed(tx: &mut Tx) -> (WorkloadId, NodeId) {
    let proof = for_worker("test");
    let node = enrolled(tx, "n1").await;
    let uuid = |n: u8| format!("{n:032x}");
    let (id, project, sku) =
        (WorkloadId::from_uuid(&uuid(1)), ProjectId::from_uuid(&uuid(2)), SkuId::from_uuid(&uuid(3)));
    projects::create(tx, &proof, &project, "p", NOW).await.unwrap();
    tx.execute(SKU, args![&sku]).await.unwrap();
    let new = NewWorkload {
        id: id.clone(),
        project,
        name: "web".into(),
        kind: WorkloadKind::Slice,
        sku,
        command: vec!["true".into()],
        port: None,
        created_by: "test".into(),
        launch_operation: OperationId::from_uuid(&uuid(4)),
        ssh_keys: Vec::new(),
    };
    workloads::insert(tx, &proof, &new, NOW).await.unwrap();
    workloads::place(tx, &proof, &id, &node, 0, NOW).await.unwrap();
    (id, node)
}

fn report(id: &WorkloadId, state: Seen, code: Option<i32>) -> WorkloadReport {
    WorkloadReport {
        workload_id: id.as_str().parse().unwrap(),
        run: 1,
        slot: 0,
        state,
        pid: Some(7),
        started_at_us: None,
        isolation: None,
        port_answering: None,
        exit: code.map(|code| Exit { code: Some(code), signal: None, at_us: 40, sentence: None }),
        log_end: 0,
    }
}

#[tokio::test]
async fn a_workload_runs_and_ends_as_reported() {
    on_both(async |db| {
        let (proof, mut tx) = (for_worker("test"), db.begin().await.unwrap());
        let (id, node) = placed(&mut tx).await;
        for (report, state) in [
            (report(&id, Seen::Running, None), WorkloadState::Running),
            (report(&id, Seen::Exited, Some(3)), WorkloadState::Finished),
        ] {
            let subject = receive(&mut tx, &proof, &node, (&id, &report), NOW).await.unwrap().unwrap();
            let change = next(subject.known, &report, NOW).unwrap();
            apply(&mut tx, &proof, &id, subject.known.state, &change, NOW).await.unwrap();
            assert_eq!(change.state, state);
        }
        tx.commit().await.unwrap();
        let stored = workloads::find_system(&mut &db, &proof, &id).await.unwrap();
        assert_eq!((stored.state, stored.exit_code), (WorkloadState::Finished, Some(3)));
        assert_eq!(stored.ended_at, Some(Timestamp::from_micros(40)));
        assert_eq!(stored.failure.as_deref(), Some("ended with exit code 3"));
        assert_eq!(stored.report.map(|report| report.state), Some(Seen::Exited));
    })
    .await;
}

#[tokio::test]
async fn a_report_from_another_node_slot_or_run_counts_for_nothing() {
    on_both(async |db| {
        let (proof, mut tx) = (for_worker("test"), db.begin().await.unwrap());
        let (id, node) = placed(&mut tx).await;
        let other = enrolled(&mut tx, "n2").await;
        let good = report(&id, Seen::Running, None);
        let wrong_slot = WorkloadReport { slot: 1, ..good.clone() };
        let earlier_run = WorkloadReport { run: 0, ..good.clone() };
        let unknown = WorkloadId::from_uuid(&format!("{:032x}", 99));
        for (node, id, report, stray) in [
            (&other, &id, &good, Stray::Elsewhere),
            (&node, &id, &wrong_slot, Stray::Elsewhere),
            (&node, &unknown, &good, Stray::Unknown),
            (&node, &id, &earlier_run, Stray::OtherRun),
        ] {
            assert_eq!(receive(&mut tx, &proof, node, (id, report), NOW).await.unwrap(), Err(stray));
        }
        assert_eq!(workloads::find_system(&mut tx, &proof, &id).await.unwrap().report, None);
        assert!(
            is_on(&mut tx, &proof, &id, &node).await.unwrap()
                && !is_on(&mut tx, &proof, &id, &other).await.unwrap()
        );
    })
    .await;
}
