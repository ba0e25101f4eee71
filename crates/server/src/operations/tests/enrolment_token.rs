//! `enrolment_token.issue`: a secret that is stored nowhere, shown to one person, and useless when it is undone.

use operations::OperationState;
use read_models::ids::EnrolmentTokenId;
use read_models::nodes::NodesConsole as _;
use read_models::operations::OperationsConsole as _;
use read_models::paging::PageRequest;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::super::enrolment_secret_of;
use super::support::{Scene, Site, Trip, dump, nothing, proof};
use crate::authz::{Principal, Role};
use crate::store::enrolment_tokens;
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
        // After it was written and before it was seen.
        site.trips.at = Trip::DiesAfter(4);
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
