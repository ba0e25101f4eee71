//! Finding on both databases: by beginnings, ends, middles and addresses, and only in the permit's project.

use super::*;
use crate::authz::system::for_worker;
use crate::authz::testing::person;
use crate::authz::{Permit, Read, Role, Scope, authorize};
use crate::store::node_addresses;
use crate::store::nodes::tests::enrolled;
use crate::store::testing::on_both;
use crate::store::workload_reports::tests::placed;
use node_protocol::{Interface, Inventory};

#[tokio::test]
async fn a_node_is_found_by_name_by_address_and_by_the_end_of_its_id() {
    on_both(async |db| {
        let proof = for_worker("test");
        let mut tx = db.begin().await.unwrap();
        let (a, b) = (enrolled(&mut tx, "GPU-west-1").await, enrolled(&mut tx, "gpu-east-1").await);
        let inventory = Inventory {
            hostname: Some("rack7".to_owned()),
            interfaces: Some(vec![Interface {
                name: "eth0".to_owned(),
                mac: Some("52:54:00:AB:00:07".to_owned()),
                addresses: vec!["10.20.30.40".to_owned()],
            }]),
            ..Inventory::default()
        };
        node_addresses::record(&mut tx, &proof, &a, &inventory).await.unwrap();
        node_addresses::record(&mut tx, &proof, &a, &inventory).await.unwrap();
        tx.commit().await.unwrap();
        let found = async |by: NodesBy<'_>| {
            let hits = nodes(&db, &proof, by, 9).await.unwrap();
            hits.into_iter().map(|hit| (hit.id, hit.reached_by.map(|(kind, _)| kind))).collect::<Vec<_>>()
        };
        assert_eq!(found(NodesBy::Name("gpu-")).await, [(b.clone(), None), (a.clone(), None)]);
        assert_eq!(found(NodesBy::Name("gpu-w")).await, [(a.clone(), None)]);
        assert_eq!(found(NodesBy::Within("east")).await, [(b.clone(), None)]);
        for (text, kind) in [("10.20.", "ip"), ("525400", "mac"), ("rack", "host")] {
            assert_eq!(found(NodesBy::Reached(text)).await, [(a.clone(), Some(kind.to_owned()))], "{text}");
        }
        assert!(found(NodesBy::Reached("10.2.")).await.is_empty());
        let tail = &b.digits()[26..];
        assert!(found(NodesBy::Tail(tail)).await.contains(&(b.clone(), None)));
        // What is typed is a text, never a pattern.
        for pattern in ["%", "_", "gpu%", "\\"] {
            assert!(found(NodesBy::Within(pattern)).await.is_empty(), "{pattern}");
        }
    })
    .await;
}

const PLANS: [(&str, &str); 4] = [
    (
        "EXPLAIN QUERY PLAN SELECT id FROM node WHERE find_name >= 'a' AND find_name < 'b'",
        "node_by_find_name",
    ),
    ("EXPLAIN QUERY PLAN SELECT id FROM workload WHERE find_tail = 'a'", "workload_by_find_tail"),
    ("EXPLAIN QUERY PLAN SELECT id FROM operation WHERE find_tail = 'a'", "operation_by_find_tail"),
    (
        "EXPLAIN QUERY PLAN SELECT node_id FROM node_address WHERE address >= 'a' AND address < 'b'",
        "node_address_by_address",
    ),
];

#[tokio::test]
async fn an_index_answers_each_beginning_and_each_end() {
    on_both(async |db| {
        if !db.is_sqlite() {
            return;
        }
        for (statement, index) in PLANS {
            let rows = db.rows(statement, args![]).await.unwrap();
            let plan: Vec<_> = rows.iter().map(|row| row.text("detail").unwrap()).collect();
            assert!(plan.iter().any(|line| line.contains(index)), "{statement}: {plan:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_permit_for_one_project_finds_nothing_of_another() {
    on_both(async |db| {
        let stranger = ProjectId::from_uuid(&format!("{:032x}", 77));
        let viewer = person(Role::Viewer, Scope::Project(stranger.clone()));
        let permit: Permit<Read, Workloads> = authorize(&viewer, &Scope::Project(stranger)).unwrap();
        let mut tx = db.begin().await.unwrap();
        let (id, _) = placed(&mut tx).await;
        tx.commit().await.unwrap();
        let tail = id.digits()[26..].to_owned();
        for by in [WorkloadsBy::Name("web"), WorkloadsBy::Within("eb"), WorkloadsBy::Tail(&tail)] {
            assert_eq!(workloads(&db, &for_worker("test"), by, 9).await.unwrap().len(), 1, "{by:?}");
            assert!(workloads(&db, &permit, by, 9).await.unwrap().is_empty(), "{by:?}");
        }
    })
    .await;
}
