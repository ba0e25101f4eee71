//! The rows of the lists say when what is under way on them takes longer than usual: in the words of the operation's page.

use std::time::Duration;

use read_models::ids::{OperationId, WorkloadId};
use read_models::nodes::NodesConsole as _;
use read_models::operations::OperationsConsole as _;
use read_models::paging::PageRequest;
use read_models::workloads::{WorkloadsConsole as _, WorkloadsFilter};

use super::support::{Kind, Manner, Scene, Site, nothing};
use crate::store::testing::on_both;

/// Enough runs to know what is usual.
const RUNS: u32 = 5;

/// What its page says of an operation.
async fn said(site: &Site, id: &OperationId) -> Option<String> {
    site.console(&site.admin()).operation(id.clone()).await.unwrap().above_sla
}

/// What the rows of the nodes say.
async fn of_nodes(site: &Site) -> Vec<Option<String>> {
    let view = site.console(&site.admin()).nodes_view(PageRequest::default(), None).await.unwrap();
    view.nodes.into_iter().map(|row| row.above_sla).collect()
}

/// What the rows of the project's workloads say, in the order in which they were launched.
async fn of_workloads(site: &Site) -> Vec<(WorkloadId, Option<String>)> {
    let page = PageRequest::default();
    let project = Some(site.project.clone());
    let view =
        site.console(&site.admin()).workbench(project, WorkloadsFilter::All, page, None).await.unwrap();
    let mut rows: Vec<_> = view.rows.into_iter().map(|row| (row.id, row.above_sla)).collect();
    rows.sort();
    rows
}

#[tokio::test]
async fn a_node_whose_probe_takes_longer_than_usual_says_so_and_the_others_do_not() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        site.has_more_nodes(1).await;
        let probe = Scene::on_node("node.probe", &site.node, nothing());
        for _ in 0..RUNS {
            let id = site.asks(&site.admin(), &probe).await;
            site.settles(&id).await;
        }
        site.agent.manners.insert(Kind::Probe, Manner::IsSilent);
        let id = site.asks(&site.admin(), &probe).await;
        site.work_once().await;
        assert_eq!(of_nodes(&site).await, [None, None], "it has only begun");
        site.clock.advance(Duration::from_secs(8));
        let why = said(&site, &id).await;
        assert!(why.as_deref().is_some_and(|why| why.starts_with("Nine in ten take less than ")), "{why:?}");
        assert_eq!(of_nodes(&site).await, [why, None]);
        site.settles(&id).await;
        assert_eq!(of_nodes(&site).await, [None, None], "it is over");
    })
    .await;
}

#[tokio::test]
async fn a_workload_that_takes_longer_to_stop_than_usual_says_so_and_the_others_do_not() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let (one, other) = (site.runs_a_workload().await, site.runs_a_workload().await);
        for operation in ["workload.stop", "workload.start"].repeat(RUNS as usize) {
            let id = site.asks(&site.admin(), &Scene::on_workload(operation, &one, nothing())).await;
            site.settles(&id).await;
        }
        assert_eq!(of_workloads(&site).await, [(one.clone(), None), (other.clone(), None)]);
        site.agent.manners.insert(Kind::Term, Manner::IsSilent);
        let stop = Scene::on_workload("workload.stop", &one, nothing());
        let id = site.asks(&site.admin(), &stop).await;
        site.work_once().await;
        site.clock.advance(Duration::from_secs(8));
        let why = said(&site, &id).await;
        assert!(why.is_some());
        assert_eq!(of_workloads(&site).await, [(one, why), (other, None)]);
        site.agent.manners.clear();
        site.settles(&id).await;
    })
    .await;
}
