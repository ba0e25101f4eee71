//! The audit of a project shows what is of the project and nothing else; the list of operations says how the evidence of each
//! stands.

use read_models::audit::{AuditSearch, OperationsSearch};
use read_models::evidence::{Coverage, EvidenceConsole as _};
use read_models::paging::PageRequest;
use serde_json::json;

use super::evidence::{happens, signed};
use super::support::{Scene, Site, launched_by};
use crate::authz::Role;
use crate::store::testing::on_both;
use crate::workers::sequencer;

#[tokio::test]
async fn the_audit_of_a_project_is_its_own_whatever_is_searched_for() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let (ours, theirs) = (site.project.clone(), site.other_project.clone());
        let launch = site.launch();
        let id = site.asks(&site.admin(), &launch).await;
        site.settles(&id).await;
        let drain = Scene::on_node("node.drain", &site.node, json!({ "grace_s": 10 }));
        let drain = site.asks(&site.admin(), &drain).await;
        site.settles(&drain).await;
        happens(&site, 2).await;
        signed(&site).await;
        let (member, stranger) = (
            site.console(&site.person(Role::Viewer, Some(&ours))),
            site.console(&site.person(Role::ProjectAdmin, Some(&theirs))),
        );
        let own = member.project_audit(Some(ours.clone()), AuditSearch::default(), None).await.unwrap();
        assert!(own.events.len() > 3 && own.events.iter().all(|event| event.project.as_ref() == Some(&ours)));
        assert!(own.export.is_none() && own.kinds.is_empty() && own.exports.is_empty());
        let told = own.events.iter().filter_map(|event| event.operation.clone());
        assert!(
            told.into_iter().all(|operation| operation == id),
            "the drain of the node is not theirs to see"
        );
        let node = format!("node:{}", site.node);
        for search in [
            AuditSearch { operation: Some(drain.to_string()), ..AuditSearch::default() },
            AuditSearch { resource: Some(node.clone()), ..AuditSearch::default() },
            AuditSearch {
                project: Some(theirs.to_string()),
                text: Some("a".to_owned()),
                ..AuditSearch::default()
            },
        ] {
            let found = member.project_audit(Some(ours.clone()), search, None).await.unwrap();
            assert!(found.events.iter().all(|event| event.project.as_ref() == Some(&ours)));
            assert!(found.events.iter().all(|event| event.resource.as_deref() != Some(&node)));
        }
        let page = || PageRequest { limit: None, cursor: None };
        let of = |project: &str| AuditSearch { project: Some(project.to_owned()), ..AuditSearch::default() };
        let listed = member.audit_events(of(ours.as_str()), page()).await.unwrap();
        assert_eq!(listed.items, own.events);
        for refused in [
            stranger.project_audit(Some(ours.clone()), AuditSearch::default(), None).await.err(),
            stranger.audit_events(of(ours.as_str()), page()).await.err(),
        ] {
            assert_eq!(refused.unwrap().code, "not_found");
        }
        assert_eq!(member.audit_events(AuditSearch::default(), page()).await.unwrap_err().code, "denied");
        let by_thing = AuditSearch { resource: Some(format!("workload:{}", launched_by(&id))), ..of("") };
        let found = member.project_audit(None, by_thing, None).await.unwrap();
        assert_eq!(found.scope.map(|project| project.id), Some(ours));
    })
    .await;
}

#[tokio::test]
async fn the_evidence_of_each_operation_is_said_to_be_whole_and_signed_when_it_is() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let probe = Scene::on_node("node.probe", &site.node, json!({}));
        let id = site.asks(&site.admin(), &probe).await;
        let auditor = site.console(&site.person(Role::Auditor, None));
        let find = async |search: OperationsSearch| {
            let found = auditor.operations_evidence(search, None).await.unwrap();
            found.operations.into_iter().find(|one| one.id == id)
        };
        let all = OperationsSearch::default;
        let begun = find(all()).await.unwrap();
        assert!(matches!(begun.coverage, Coverage::Waiting { .. }) && !begun.complete, "{begun:?}");
        site.settles(&id).await;
        while sequencer::turn(&site.state).await.unwrap() > 0 {}
        let over = find(all()).await.unwrap();
        assert!(over.complete && over.coverage == Coverage::Numbered, "{over:?}");
        signed(&site).await;
        let sealed = find(all()).await.unwrap();
        assert!(sealed.complete && matches!(sealed.coverage, Coverage::Covered { .. }), "{sealed:?}");
        let said = |name: &str, value: &str| all().with(name, Some(value.to_owned()));
        let target = format!("node:{}", site.node);
        for (search, is_found) in [
            (said("operation", "node.probe"), true),
            (said("operation", "node.drain"), false),
            (said("target", &target), true),
            (said("target", "node:node_x"), false),
            (said("requested_by", &sealed.requested_by), true),
            (said("requested_by", "nobody"), false),
            (said("from", "1970-01-01"), true),
            (said("until", "1969-12-31"), false),
            (said("project", site.project.as_str()), false),
        ] {
            assert_eq!(find(search.clone()).await.is_some(), is_found, "{search:?}");
        }
        let member = site.console(&site.person(Role::Member, Some(&site.project)));
        assert_eq!(member.operations_evidence(all(), None).await.unwrap_err().code, "denied");
    })
    .await;
}

#[tokio::test]
async fn the_list_goes_on_behind_its_page_and_leaves_nothing_out() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let mut asked = Vec::new();
        for _ in 0..53 {
            let probe = Scene::on_node("node.probe", &site.node, json!({}));
            asked.push(site.asks(&site.admin(), &probe).await);
        }
        let auditor = site.console(&site.person(Role::Auditor, None));
        let (mut found, mut cursor) = (Vec::new(), None);
        loop {
            let page = auditor.operations_evidence(OperationsSearch::default(), cursor).await.unwrap();
            found.extend(page.operations.into_iter().map(|one| one.id));
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        asked.reverse();
        assert_eq!(found, asked);
    })
    .await;
}
