//! What every operation says about itself, and that planning changes nothing.

use std::collections::BTreeSet;

use operations::kit::{complaints, is_sentence};

use super::super::{World, register};
use super::support::{Site, dump, is_of_evidence, scene};
use crate::authz::{Action, OWN, POLICY, Resource};
use crate::store::operations::MayStart;
use crate::store::testing::on_both;
use read_models::operation::TargetKind;

#[test]
fn every_declaration_is_complete() {
    let found: Vec<_> = register().all().iter().flat_map(|one| complaints::<World>(&**one)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn no_two_operations_share_an_id_or_a_title() {
    let register = register();
    let ids: BTreeSet<_> = register.all().iter().map(|one| one.declaration().id).collect();
    let titles: BTreeSet<_> = register.all().iter().map(|one| one.declaration().title).collect();
    assert_eq!((ids.len(), titles.len()), (register.all().len(), register.all().len()));
}

#[test]
fn every_target_is_one_that_somebody_can_be_permitted_to_operate_on() {
    for operation in register().all() {
        let declared = operation.declaration();
        let kind = TargetKind::parse(declared.target).expect(declared.id);
        let resource = match kind {
            TargetKind::Node => Resource::Nodes,
            TargetKind::Workload | TargetKind::Project => Resource::Workloads,
            TargetKind::Sku => Resource::Skus,
            TargetKind::Platform if declared.id.starts_with("sku.") => Resource::Skus,
            TargetKind::Platform if declared.id.starts_with("bulk.") => Resource::Nodes,
            TargetKind::Platform if is_of_evidence(declared.id) => Resource::Evidence,
            TargetKind::EnrolmentToken | TargetKind::Onboarding | TargetKind::Platform => {
                Resource::EnrolmentTokens
            }
            TargetKind::People => {
                let who =
                    POLICY.iter().filter(|(_, l)| l.contains(&(Action::Administer, Resource::Invitations)));
                assert!(who.count() > 1, "{}: only an administrator may", declared.id);
                continue;
            }
            TargetKind::Operation => Resource::OperationRecords,
            // Everybody may, on themselves.
            TargetKind::User => {
                assert!(OWN.contains(&(Action::Administer, Resource::Account)), "{}", declared.id);
                continue;
            }
        };
        let action = MayStart::action_for(declared.danger);
        assert!(action != Action::Read, "{}", declared.id);
        let someone = POLICY.iter().filter(|(_, lines)| lines.contains(&(action, resource))).count();
        assert!(someone > 1, "{}: only an administrator may", declared.id);
    }
}

#[test]
fn every_input_has_a_schema_with_a_description_for_each_field_and_takes_nothing_else() {
    for operation in register().all() {
        let (id, schema) = (operation.declaration().id, operation.input_schema());
        assert_eq!(schema["type"], "object", "{id}");
        assert_eq!(schema["additionalProperties"], false, "{id}");
        for (name, field) in schema["properties"].as_object().into_iter().flatten() {
            assert!(is_sentence(field["description"].as_str().unwrap_or_default()), "{id}: {name}");
        }
    }
}

#[test]
fn a_stored_step_of_another_version_is_not_read() {
    for operation in register().all() {
        let other = operation.declaration().version + 1;
        assert!(operation.step(other, &serde_json::json!({})).is_err());
        assert!(operation.step(other - 1, &serde_json::json!({ "step": "unheard_of" })).is_err());
    }
}

#[tokio::test]
async fn every_plan_is_whole_and_making_it_has_no_effect() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let mut unobserved = Vec::new();
        for operation in register().all() {
            let id = operation.declaration().id;
            site.begins_anew().await;
            let scene = scene(&mut site, id).await;
            let mut before = dump(&site.state.db).await;
            let plan = site.plans(&site.admin(), &scene).await.unwrap();
            let mut after = dump(&site.state.db).await;
            assert!(after["plan"].len() > before["plan"].len(), "{id}: the plan is kept");
            for dumped in [&mut before, &mut after] {
                dumped.remove("plan");
            }
            assert_eq!(before, after, "{id}");
            assert!(plan.blockers.is_empty() && plan.denied.is_none(), "{id}: {plan:#?}");
            assert!(!plan.steps.is_empty() && !plan.blast_radius.is_empty(), "{id}");
            // They may begin with the name of a workload.
            for text in plan.blast_radius.iter().chain(plan.preconditions.iter().map(|rule| &rule.sentence)) {
                assert!(text.ends_with('.'), "{id}: {text}");
            }
            for step in &plan.steps {
                assert!(!step.title.is_empty() && step.undo.ends_with('.'), "{id}: {step:?}");
                unobserved.extend(step.observed_by.is_none().then(|| format!("{id}: {}", step.title)));
            }
        }
        // Steps that nobody looks after. This list may only get shorter.
        assert_eq!(unobserved, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_plan_made_twice_is_the_same_plan() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        for operation in register().all() {
            site.begins_anew().await;
            let scene = scene(&mut site, operation.declaration().id).await;
            let first = site.plans(&site.admin(), &scene).await.unwrap();
            // A heartbeat and some time void nothing.
            site.clock.advance(std::time::Duration::from_secs(6));
            site.agent.beats(&site.state).await;
            let second = site.plans(&site.admin(), &scene).await.unwrap();
            assert_eq!((first.hash, first.id), (second.hash, second.id), "{}", operation.declaration().id);
        }
    })
    .await;
}
