//! Onboardings: what the wizard shows at each step, who may go on, and what is in the way.

use std::time::Duration;

use node_protocol::{Capability, Usage};
use read_models::ids::{EnrolmentTokenId, OnboardingId};
use read_models::onboarding::{
    LampState, OnboardingConsole as _, OnboardingStatus, OnboardingStep, OnboardingView, StepStanding,
};
use serde_json::json;

use super::support::{Scene, Site, nothing, proof};
use crate::authz::{Principal, Role};
use crate::clock::Clock as _;
use crate::store::enrolment_tokens::{self, UsedBy};
use crate::store::nodes::{self, first_signs};
use crate::store::testing::on_both;

async fn looks(site: &Site, who: &Principal, id: &OnboardingId) -> OnboardingView {
    site.console(who).onboarding(id.clone(), None, None).await.unwrap()
}

/// The site's own node has come in with the token, and its agent has spoken before.
async fn comes_in(site: &Site, token: &EnrolmentTokenId) {
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

/// The node's newest heartbeat says this much.
async fn says(site: &Site, capabilities: bool, usage: bool) {
    let mut beat = site.node().await.heartbeat.unwrap();
    let capability =
        Capability { name: "driver.x".to_owned(), available: true, detail: "It starts programs.".to_owned() };
    beat.capabilities = if capabilities { vec![capability] } else { Vec::new() };
    beat.usage = Usage { load1: usage.then_some(0.5), ..Usage::default() };
    let mut tx = site.state.db.begin().await.unwrap();
    nodes::record_heartbeat(&mut tx, &proof(), &site.node, &beat, 0, site.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn each_step_follows_from_the_one_before_until_the_machine_has_landed() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let (begins, goes_on) = (site.person(Role::Operator, None), site.admin());
        let begin = Scene::on_platform("onboarding.begin", json!({ "mode": "manual", "site": "row 4" }));
        let operation = site.asks(&begins, &begin).await;
        site.settles(&operation).await;
        let id = OnboardingId::from_uuid(operation.digits());
        let view = looks(&site, &goes_on, &id).await;
        assert_eq!((view.next, view.begun_by.as_str()), (OnboardingStep::Role, &*begins.audit_name()));
        assert!(!view.token.issue.button.enabled, "the role comes first");

        let choose = json!({ "role": "slice_host", "node_name": "hx-1" });
        let chosen = site.asks(&goes_on, &Scene::on_onboarding("onboarding.choose", &id, choose)).await;
        site.settles(&chosen).await;
        assert_eq!(looks(&site, &goes_on, &id).await.next, OnboardingStep::Token);

        let token = site.issues_for(&id).await;
        let view = looks(&site, &goes_on, &id).await;
        let shown = view.token.chosen.unwrap();
        assert_eq!((&shown.id, view.next), (&token, OnboardingStep::Command));
        assert!(shown.allows.contains("as hx-1") && shown.command.unwrap().contains(token.as_str()));
        let others = looks(&site, &begins, &id).await.token.chosen.unwrap();
        assert!(others.command.is_none() && others.no_command.is_some(), "it is shown to who issued it");

        site.clock.advance(Duration::from_mins(5));
        let view = looks(&site, &goes_on, &id).await;
        assert_eq!(view.signs.hints.map(|hints| hints.causes.len()), Some(5));
        comes_in(&site, &token).await;
        says(&site, false, false).await;
        let view = looks(&site, &goes_on, &id).await;
        let lamps: Vec<_> = view.signs.lamps.iter().map(|lamp| lamp.state).collect();
        assert_eq!(lamps, [LampState::There, LampState::There, LampState::Waiting, LampState::Waiting]);
        site.clock.advance(Duration::from_secs(7));
        says(&site, true, true).await;
        let view = looks(&site, &goes_on, &id).await;
        assert_eq!((view.status, view.next), (OnboardingStatus::Landed, OnboardingStep::Land));
        assert_eq!(view.landing.unwrap().node, site.node);
        let first = first_signs(&mut &site.state.db, &proof(), &site.node).await.unwrap();
        assert!(first.heartbeat < first.usage && first.capabilities == first.usage, "{first:?}");
        let list = site.console(&goes_on).onboardings(None).await.unwrap();
        assert_eq!((list.unfinished.len(), list.over.len()), (0, 1));
    })
    .await;
}

#[tokio::test]
async fn what_is_not_ready_or_taken_or_over_is_in_the_way_with_a_way_out() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let admin = site.admin();
        for mode in ["maas_direct", "maas_batch", "maas_discovery"] {
            let begin = Scene::on_platform("onboarding.begin", json!({ "mode": mode }));
            let plan = site.plans(&admin, &begin).await.unwrap();
            assert_eq!(plan.blockers[0].code, "mode_is_ready");
            assert!(plan.blockers[0].sentence.contains("Provisioning"), "{mode}");
        }
        let id = site.has_an_onboarding().await;
        let blocked = async |site: &Site, scene: &Scene| {
            let plan = site.plans(&site.admin(), scene).await.unwrap();
            plan.blockers.first().map(|blocker| (blocker.code.clone(), blocker.unblocked_by.is_some()))
        };
        let on = |operation: &str, input| Scene::on_onboarding(operation, &id, input);
        let issue = Scene::on_platform("enrolment_token.issue", json!({ "onboarding": id }));
        let code = |word: &str, way| Some((word.to_owned(), way));
        assert_eq!(blocked(&site, &issue).await, code("onboarding_waits", true), "no role yet");
        let metal = on("onboarding.choose", json!({ "role": "bare_metal" }));
        assert_eq!(blocked(&site, &metal).await, code("role_is_served", false));
        let of_another = on("onboarding.choose", json!({ "role": "slice_host", "node_name": "n1" }));
        assert_eq!(blocked(&site, &of_another).await, code("name_is_free", false));

        site.has_chosen(&id, Some("worker-7")).await;
        let token = site.has_a_token().await;
        let other = site.has_an_onboarding().await;
        site.has_taken(&other, &token).await;
        let use_it = on("onboarding.use_token", json!({ "token": token }));
        assert_eq!(blocked(&site, &use_it).await, code("token_is_free", true));
        let unknown = EnrolmentTokenId::from_uuid(&site.state.ids.uuid());
        let use_none = on("onboarding.use_token", json!({ "token": unknown }));
        assert_eq!(blocked(&site, &use_none).await, code("token_is_open", false));

        site.issues_for(&id).await;
        assert_eq!(blocked(&site, &issue).await, code("onboarding_waits", true), "it has a good token");
        let renamed = on("onboarding.choose", json!({ "role": "slice_host", "node_name": "hx-2" }));
        assert_eq!(blocked(&site, &renamed).await, code("name_fits_the_token", true));
        site.gives_up(&id).await;
        for scene in [&renamed, &use_it, &on("onboarding.abandon", nothing())] {
            assert_eq!(blocked(&site, scene).await, code("goes_on", true), "{}", scene.operation);
        }
        assert_eq!(looks(&site, &admin, &id).await.status, OnboardingStatus::Abandoned);
    })
    .await;
}

#[tokio::test]
async fn a_token_that_is_over_makes_the_token_step_the_next_one_again() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let id = site.has_an_onboarding().await;
        site.has_chosen(&id, None).await;
        site.issues_for(&id).await;
        site.clock.advance(Duration::from_hours(1));
        let view = looks(&site, &site.admin(), &id).await;
        assert_eq!(view.next, OnboardingStep::Token);
        assert_eq!(view.steps[4].standing, StepStanding::Later, "no command is left to run");
        assert!(view.signs.hints.is_none() && view.token.issue.button.enabled);
        let again = site.issues_for(&id).await;
        assert_eq!(site.onboarding(&id).await.token.unwrap().id, again);
    })
    .await;
}

#[tokio::test]
async fn an_auditor_sees_everything_and_can_change_nothing() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let id = site.has_an_onboarding().await;
        site.has_chosen(&id, None).await;
        site.issues_for(&id).await;
        let auditor = site.person(Role::Auditor, None);
        let view = looks(&site, &auditor, &id).await;
        let cards = [&view.choose, &view.abandon, &view.token.issue, &view.token.use_token];
        for card in cards {
            assert!(!card.button.enabled, "{}", card.operation);
        }
        assert!(view.token.chosen.unwrap().command.is_none());
        let unknown = OnboardingId::from_uuid(&site.state.ids.uuid());
        let missing = site.console(&auditor).onboarding(unknown, None, None).await.unwrap_err();
        assert_eq!(missing.kind, read_models::error::ErrorKind::NotFound);
    })
    .await;
}
