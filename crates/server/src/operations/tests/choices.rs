//! A choice within an operation that destroys something: confirmed by the name, and by a second person where the policy says so.

use std::time::Duration;

use operations::OperationState;
use read_models::error::{ConsoleError, ErrorKind};
use read_models::ids::OperationId;
use read_models::operation::{Decision, OperationView};
use read_models::operations::OperationsConsole as _;
use read_models::paging::PageRequest;
use serde_json::json;

use super::support::{Kind, Scene, Site};
use crate::authz::{Principal, Role};
use crate::store::db::Db;
use crate::store::testing::on_both;

/// A drain that asks what to do with a workload that goes on.
async fn asked(db: Db) -> (Site, OperationId) {
    let mut site = Site::on(db).await;
    site.runs_a_workload().await;
    site.agent.ignores_term = true;
    let drain = Scene::on_node("node.drain", &site.node, json!({ "grace_s": 10 }));
    let id = site.asks(&site.admin(), &drain).await;
    site.run_until_it_rests().await;
    (site, id)
}

async fn chooses(
    site: &Site,
    who: &Principal,
    id: &OperationId,
    (choice, typed): (&str, Option<&str>),
) -> Result<OperationView, ConsoleError> {
    let decision = Decision {
        choice: choice.to_owned(),
        reason: "It does not answer.".to_owned(),
        questions: None,
        plan_hash: None,
        confirmation: typed.map(str::to_owned),
    };
    site.console(who).decide(id.clone(), decision).await
}

fn operator(site: &Site) -> Principal {
    site.person(Role::Operator, None)
}

#[tokio::test]
async fn it_is_confirmed_by_the_targets_name_and_what_destroys_nothing_is_not() {
    on_both(async |db| {
        let (mut site, id) = asked(db).await;
        let view = site.console(&site.admin()).operation(id.clone()).await.unwrap();
        let confirms: Vec<_> = view.choices.iter().map(|choice| choice.confirm.as_deref()).collect();
        assert_eq!(confirms, [None, Some("n1"), None]);
        assert!(view.choices.iter().all(|choice| choice.second_person.is_none()) && view.proposed.is_none());
        for wrong in [None, Some(""), Some("N1"), Some("n1 ")] {
            let refused = chooses(&site, &site.admin(), &id, ("evict", wrong)).await.unwrap_err();
            assert_eq!((refused.kind, refused.code.as_str()), (ErrorKind::Invalid, "not_confirmed"));
            assert_eq!(refused.fields[0].pointer, "/confirmation");
        }
        assert_eq!(site.agent.count(Kind::Kill), 0);
        chooses(&site, &site.admin(), &id, ("wait", None)).await.unwrap();
        site.run_until_it_rests().await;
        chooses(&site, &site.admin(), &id, ("evict", Some("n1"))).await.unwrap();
        assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded);
        assert_eq!(site.agent.count(Kind::Kill), 1);
    })
    .await;
}

#[tokio::test]
async fn where_the_policy_asks_for_it_a_second_person_has_to_choose_it_too() {
    on_both(async |db| {
        let (mut site, id) = asked(db).await;
        site.needs_approval("platform").await;
        let (admin, operator) = (site.admin(), operator(&site));
        let view = site.console(&admin).operation(id.clone()).await.unwrap();
        assert!(view.choices[1].second_person.as_deref().unwrap().contains("a second person"));
        let mine = chooses(&site, &admin, &id, ("evict", Some("n1"))).await.unwrap();
        site.run_until_it_rests().await;
        assert!(mine.proposed.unwrap().is_own);
        let offered: Vec<_> = mine.choices.iter().map(|choice| choice.id.as_str()).collect();
        assert_eq!(offered, ["wait", "undo"], "it is not theirs to approve");
        let again = chooses(&site, &admin, &id, ("evict", Some("n1"))).await.unwrap_err();
        assert_eq!((again.kind, again.code.as_str()), (ErrorKind::Denied, "own_approval"));
        assert_eq!(site.agent.count(Kind::Kill), 0, "nothing is done by one person");

        let theirs = site.console(&operator).operation(id.clone()).await.unwrap();
        assert!(
            theirs.choices[1]
                .second_person
                .as_deref()
                .unwrap()
                .starts_with("platform_admin@example.org asked")
        );
        let proposed = theirs.proposed.unwrap();
        assert_eq!((proposed.choice.as_str(), proposed.reason.as_str()), ("evict", "It does not answer."));
        let unnamed = chooses(&site, &operator, &id, ("evict", None)).await.unwrap_err();
        assert_eq!(unnamed.code, "not_confirmed", "the second person confirms it too");
        chooses(&site, &operator, &id, ("evict", Some("n1"))).await.unwrap();
        assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded);
        assert_eq!(site.agent.count(Kind::Kill), 1);
        site.whole_chain().await;
        let events = site.console(&admin).events(id.clone(), PageRequest::default()).await.unwrap().items;
        let said: Vec<_> = events.iter().filter(|event| event.kind == "audit.decision").collect();
        assert!(said[0].sentence.starts_with("platform_admin@example.org asked for evict"), "{said:?}");
        assert!(
            said[1]
                .sentence
                .starts_with("operator@example.org chose evict, as platform_admin@example.org had")
        );
        site.keeps_its_promises(&id, "evicted by two").await;
    })
    .await;
}

#[tokio::test]
async fn it_is_bound_to_exactly_that_choice_of_exactly_that_question() {
    on_both(async |db| {
        let (mut site, id) = asked(db).await;
        site.needs_approval("platform").await;
        let (admin, operator) = (site.admin(), operator(&site));
        chooses(&site, &admin, &id, ("evict", Some("n1"))).await.unwrap();
        // Somebody waits instead: it is asked again, and that is another question.
        chooses(&site, &operator, &id, ("wait", None)).await.unwrap();
        site.run_until_it_rests().await;
        assert!(site.operation(&id).await.record.attention.is_some());
        let now = site.console(&operator).operation(id.clone()).await.unwrap();
        assert!(now.proposed.is_none());
        let alone = chooses(&site, &operator, &id, ("evict", Some("n1"))).await.unwrap();
        site.run_until_it_rests().await;
        assert!(alone.proposed.unwrap().is_own, "they are the first to ask for it now");
        assert_eq!(site.agent.count(Kind::Kill), 0);
        // What nobody chose too in time has lapsed.
        site.clock.advance(Duration::from_hours(25));
        let late = chooses(&site, &admin, &id, ("evict", Some("n1"))).await;
        assert!(late.is_err() || late.unwrap().proposed.is_some_and(|asked| asked.is_own));
        assert_eq!(site.agent.count(Kind::Kill), 0);
    })
    .await;
}
