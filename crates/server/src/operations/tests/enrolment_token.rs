//! `enrolment_token.issue`: a secret that is stored nowhere, shown to one person, and useless when it is undone.
//! `enrolment_token.revoke`: useless as well, unless a machine was faster.

use std::time::Duration;

use operations::OperationState;
use read_models::ids::EnrolmentTokenId;
use read_models::nodes::NodesConsole as _;
use read_models::operation::Confirmation;
use read_models::operations::OperationsConsole as _;
use read_models::paging::PageRequest;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::super::enrolment_secret_of;
use super::support::{Scene, Site, Trip, Trips, dump, nothing, proof};
use crate::authz::{Principal, Role};
use crate::clock::Clock as _;
use crate::store::enrolment_tokens::{self, UsedBy};
use crate::store::testing::on_both;

async fn commands_shown_to(site: &Site, who: &Principal) -> Vec<Option<String>> {
    let view = site.console(who).nodes_view(PageRequest::default(), None).await.unwrap();
    view.enrolment.tokens.into_iter().map(|token| token.command).collect()
}

#[tokio::test]
async fn its_command_is_shown_to_whoever_issued_it_and_its_secret_is_in_no_table() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let (operator, other) = (site.person(Role::Operator, None), site.admin());
        let id = site.asks(&operator, &Scene::on_platform("enrolment_token.issue", nothing())).await;
        assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded);
        let token = EnrolmentTokenId::from_uuid(id.digits());
        let secret = enrolment_secret_of(&site.state.sealing, &token);
        let shown = commands_shown_to(&site, &operator).await;
        let command = shown[0].as_ref().expect("the issuer sees it");
        let wanted = format!("--token {token}.{secret}.{} ", site.state.authority.ca_pin());
        assert!(command.contains(&wanted), "{command}");
        assert_eq!(commands_shown_to(&site, &other).await, [None]);
        assert_eq!(commands_shown_to(&site, &site.person(Role::Auditor, None)).await, [None]);
        site.whole_chain().await;
        let everything = format!("{:?}", dump(&site.state.db).await);
        assert!(!everything.contains(&secret), "the secret is derived, never stored");
        assert!(everything.contains(&hex::encode(Sha256::digest(&secret))));
    })
    .await;
}

#[tokio::test]
async fn undone_it_lets_nobody_in_and_is_not_shown() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let admin = site.admin();
        let id = site.asks(&admin, &Scene::on_platform("enrolment_token.issue", nothing())).await;
        // After it was written, and before that is: taking the locks, beginning, the end.
        site.trips.at = Trip::DiesBefore(3);
        site.run_until_it_trips().await;
        let token = EnrolmentTokenId::from_uuid(id.digits());
        let written = enrolment_tokens::find(&mut &site.state.db, &proof(), &token).await.unwrap();
        assert!(written.revoked_at.is_none());
        site.console(&admin).cancel(id.clone(), "wrong name".to_owned()).await.unwrap();
        assert_eq!(site.settles(&id).await.record.state, OperationState::Cancelled);
        let revoked = enrolment_tokens::find(&mut &site.state.db, &proof(), &token).await.unwrap();
        assert!(revoked.revoked_at.is_some());
        assert_eq!(commands_shown_to(&site, &admin).await, Vec::<Option<String>>::new());
    })
    .await;
}

#[tokio::test]
async fn a_name_that_is_taken_or_none_is_refused() {
    on_both(async |db| {
        let site = Site::on(db).await;
        let issue = |name: &str| Scene::on_platform("enrolment_token.issue", json!({ "node_name": name }));
        let plan = site.plans(&site.admin(), &issue("n1")).await.unwrap();
        assert_eq!(plan.blockers[0].sentence, "A node named n1 exists: choose another name.");
        assert!(site.plans(&site.admin(), &issue("n2.example")).await.unwrap().blockers.is_empty());
        for name in ["", "a b", "a;rm", "$(x)", &"n".repeat(64)] {
            let refused = site.plans(&site.admin(), &issue(name)).await.unwrap_err();
            assert_eq!(refused.fields[0].pointer, "/node_name", "{name:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_revoked_token_is_not_shown_any_more_and_lets_nobody_in() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let admin = site.admin();
        let id = site.asks(&admin, &Scene::on_platform("enrolment_token.issue", nothing())).await;
        assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded);
        let token = EnrolmentTokenId::from_uuid(id.digits());
        let view = site.console(&admin).nodes_view(PageRequest::default(), None).await.unwrap();
        let row = &view.enrolment.tokens[0];
        assert!(row.revoke.button.enabled && row.revoke.target.id == token.as_str());

        let revoke = Scene::on_token("enrolment_token.revoke", &token, nothing());
        let plan = site.plans(&admin, &revoke).await.unwrap();
        assert!(plan.blast_radius[0].contains(&admin.audit_name()), "{:?}", plan.blast_radius);
        assert_eq!(plan.confirmation, Confirmation::PlanSeen);
        let id = site.asks(&admin, &revoke).await;
        assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded);
        site.keeps_its_promises(&id, "revoked").await;
        assert_eq!(commands_shown_to(&site, &admin).await, Vec::<Option<String>>::new());
        let again = site.plans(&admin, &revoke).await.unwrap();
        assert_eq!(again.blockers[0].code, "is_not_revoked");
    })
    .await;
}

#[tokio::test]
async fn a_token_that_let_a_machine_in_cuts_nothing_off_any_more() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let revoke = |token| Scene::on_token("enrolment_token.revoke", &token, nothing());
        let (used, raced, old) =
            (site.has_a_token().await, site.has_a_token().await, site.has_a_token().await);
        uses(&site, &used).await;
        let plan = site.plans(&site.admin(), &revoke(used)).await.unwrap();
        let way = format!("/platform/nodes/{}", site.node);
        assert_eq!(plan.blockers[0].unblocked_by.as_deref(), Some(way.as_str()));

        // The machine is faster than the revocation.
        let id = site.asks(&site.admin(), &revoke(raced.clone())).await;
        uses(&site, &raced).await;
        let operation = site.settles(&id).await;
        assert_eq!(operation.record.state, OperationState::Failed);
        site.keeps_its_promises(&id, "used meanwhile").await;

        site.clock.advance(Duration::from_hours(1));
        let plan = site.plans(&site.admin(), &revoke(old)).await.unwrap();
        assert_eq!(plan.blockers[0].code, "is_in_its_time");
    })
    .await;
}

async fn uses(site: &Site, token: &EnrolmentTokenId) {
    let by = UsedBy {
        at: site.clock.now(),
        key_fingerprint: "k".to_owned(),
        node_id: site.node.clone(),
        certificate_pem: "c".to_owned(),
    };
    let mut tx = site.state.db.begin().await.unwrap();
    enrolment_tokens::use_up(&mut tx, &proof(), token, &by).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_token_that_is_not_good_is_not_called_good() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        for is_late in [false, true] {
            site.begins_anew().await;
            let id = site.asks(&site.admin(), &Scene::on_platform("enrolment_token.issue", nothing())).await;
            // After it was written, and before that is: taking the locks, beginning, the end.
            site.trips.at = Trip::DiesBefore(3);
            site.run_until_it_trips().await;
            let token = EnrolmentTokenId::from_uuid(id.digits());
            if is_late {
                site.clock.advance(Duration::from_hours(1));
            } else {
                let mut tx = site.state.db.begin().await.unwrap();
                enrolment_tokens::revoke(&mut tx, &proof(), &token, site.clock.now()).await.unwrap();
                tx.commit().await.unwrap();
            }
            site.trips = Trips::default();
            let operation = site.settles(&id).await;
            assert_eq!(operation.record.state, OperationState::Failed, "late: {is_late}");
            site.keeps_its_promises(&id, "not good").await;
        }
    })
    .await;
}
