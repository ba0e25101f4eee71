//! Wherever it breaks, an operation ends in a state it declares, and what it says is so.
//!
//! One database and one server for all cases of a test; each case has a node of its own.

use std::collections::BTreeSet;
use std::future::Future;
use std::time::Duration;

use operations::OperationState;
use read_models::ids::OperationId;
use read_models::operations::OperationsConsole as _;

use super::super::register;
use super::support::{
    Kind, Manner, Scene, Site, Trip, Write, break_writes, mend_writes, scene, seen_writes, watch_writes,
};
use crate::args;
use crate::store::db::Db;
use crate::store::testing::on_both;
use crate::workers::engine::{carry_on, take};

/// No operation has more commits than this when nothing goes wrong.
const MOST_COMMITS: u32 = 60;

fn operations() -> Vec<&'static str> {
    register().all().iter().map(|operation| operation.declaration().id).collect()
}

/// Every operation with a worker that is lost at each of its commits, until there is none left.
async fn at_every_commit<F, R>(db: Db, trip: fn(u32) -> Trip, then: F)
where
    F: Fn(Site, OperationId) -> R,
    R: Future<Output = Site>,
{
    let mut site = Site::on(db).await;
    for operation in operations() {
        for n in 1.. {
            assert!(n < MOST_COMMITS, "{operation} has more commits than anybody wants to read");
            site.begins_anew().await;
            let scene = scene(&mut site, operation).await;
            site.trips.at = trip(n);
            let id = begins(&mut site, &scene, n).await;
            site.run_until_it_trips().await;
            let fired = site.trips.fired;
            site = then(site, id.clone()).await;
            site.keeps_its_promises(&id, &format!("with {:?}", trip(n))).await;
            if !fired {
                break;
            }
        }
    }
}

async fn begins(site: &mut Site, scene: &Scene, n: u32) -> OperationId {
    // What set the scene up had commits too.
    let at = std::mem::take(&mut site.trips).at;
    site.trips.at = at;
    assert!(n > 0);
    site.asks(&site.admin(), scene).await
}

async fn must_succeed(mut site: Site, id: OperationId) -> Site {
    let operation = site.settles(&id).await;
    assert_eq!(operation.record.state, OperationState::Succeeded, "{:#?}", operation.record);
    site
}

#[tokio::test]
async fn a_worker_that_dies_before_it_wrote_down_what_it_did_costs_nothing() {
    on_both(async |db| at_every_commit(db, Trip::DiesBefore, must_succeed).await).await;
}

#[tokio::test]
async fn a_worker_that_dies_after_it_wrote_down_what_it_will_do_costs_nothing() {
    on_both(async |db| at_every_commit(db, Trip::DiesAfter, must_succeed).await).await;
}

#[tokio::test]
async fn a_worker_that_lost_its_lease_writes_nothing_and_the_next_one_goes_on() {
    on_both(async |db| at_every_commit(db, Trip::LosesItsLeaseBefore, must_succeed).await).await;
}

#[tokio::test]
async fn cancelled_anywhere_it_is_undone_or_was_over() {
    on_both(async |db| {
        at_every_commit(db, Trip::DiesAfter, async |mut site, id| {
            let asked = site.console(&site.admin()).cancel(id.clone(), "changed my mind".to_owned()).await;
            let state = Box::pin(site.settles(&id)).await.record.state;
            let wanted = if asked.is_ok() { OperationState::Cancelled } else { OperationState::Succeeded };
            assert_eq!(state, wanted);
            site
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn hours_that_pass_anywhere_end_it_and_leave_nothing_behind() {
    on_both(async |db| {
        at_every_commit(db, Trip::DiesAfter, async |mut site, id| {
            site.clock.advance(Duration::from_hours(3));
            site.settles(&id).await;
            site
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn everything_performed_observed_and_undone_twice_is_as_if_it_were_once() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        for operation in operations() {
            for cancels_after in [None, Some(4), Some(9), Some(14)] {
                site.begins_anew().await;
                let scene = scene(&mut site, operation).await;
                let id = site.asks(&site.admin(), &scene).await;
                if let Some(n) = cancels_after {
                    site.trips.at = Trip::DiesAfter(n);
                    site.run_until_it_trips().await;
                    drop(site.console(&site.admin()).cancel(id.clone(), "enough".to_owned()).await);
                }
                site.trips.at = Trip::LosesEverySecond;
                let state = site.settles(&id).await.record.state;
                assert!(
                    cancels_after.is_some() || state == OperationState::Succeeded,
                    "{operation}: {state:?}"
                );
                site.trips.at = Trip::Never;
                site.keeps_its_promises(&id, &format!("twice, cancelled after {cancels_after:?}")).await;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn however_the_agent_answers_it_ends_and_tells_the_truth() {
    const MANNERS: [Manner; 7] = [
        Manner::Lies,
        Manner::Refuses,
        Manner::Fails,
        Manner::CannotTell,
        Manner::IsSilent,
        Manner::AnswersTwice,
        Manner::IsLate(3),
    ];
    on_both(async |db| {
        let mut site = Site::on(db).await;
        for operation in operations() {
            // Which kinds of commands it gives is learned on the way: some only follow a bad answer to another.
            let (mut known, mut cases) = (BTreeSet::new(), vec![None]);
            while let Some(case) = cases.pop() {
                site.begins_anew().await;
                let scene = scene(&mut site, operation).await;
                site.agent.told.clear();
                site.agent.manners.extend(case);
                let id = site.asks(&site.admin(), &scene).await;
                site.settles(&id).await;
                let told: BTreeSet<Kind> = site.agent.told.iter().map(|(kind, _)| *kind).collect();
                for kind in told.difference(&known.clone()) {
                    known.insert(*kind);
                    cases.extend(MANNERS.map(|manner| Some((*kind, manner))));
                }
                // The slots are looked at once the agent does as it is told again.
                site.agent.manners.clear();
                site.keeps_its_promises(&id, &format!("{case:?}")).await;
            }
        }
    })
    .await;
}

/// What operations write of their own, beside what the engine keeps of them.
const WRITES: [Write; 36] = [
    ("bulk_target", "INSERT"),
    ("bulk_child", "INSERT"),
    ("node", "UPDATE OF policy"),
    ("workload", "INSERT"),
    ("workload", "UPDATE OF stop_requested_at"),
    ("workload", "UPDATE OF run"),
    ("workload", "UPDATE OF acknowledged_at"),
    ("allocation", "INSERT"),
    ("allocation", "DELETE"),
    ("command", "INSERT"),
    ("enrolment_token", "INSERT"),
    ("enrolment_token", "UPDATE OF revoked_at"),
    ("session", "DELETE"),
    ("api_token", "INSERT"),
    ("api_token", "UPDATE OF revoked_at"),
    ("ssh_key", "INSERT"),
    ("ssh_key", "DELETE"),
    ("user_account", "UPDATE OF display_name"),
    ("user_account", "UPDATE OF password_hash"),
    ("kept_secret", "UPDATE OF used_by"),
    ("totp", "DELETE"),
    ("passkey", "INSERT"),
    ("passkey", "DELETE"),
    ("recovery_code", "INSERT"),
    ("standstill", "UPDATE OF since"),
    ("approval_policy", "INSERT"),
    ("operation_hand_over", "INSERT"),
    ("operation_hand_over", "DELETE"),
    ("onboarding", "INSERT"),
    ("onboarding", "UPDATE OF role"),
    ("onboarding", "UPDATE OF enrolment_token_id"),
    ("onboarding", "UPDATE OF abandoned_at"),
    ("evidence_export", "INSERT"),
    ("audit_verification", "INSERT"),
    ("audit_verification", "UPDATE OF finished_at"),
    ("sequencer", "UPDATE OF checkpoint_wanted"),
];

#[tokio::test]
async fn what_the_database_refuses_for_a_moment_is_tried_again_and_for_good_it_ends() {
    on_both(async |db| {
        let mut site = Site::on(db.clone()).await;
        let mut broken = BTreeSet::new();
        for operation in operations() {
            site.begins_anew().await;
            let scene_of_it = scene(&mut site, operation).await;
            let id = site.asks(&site.admin(), &scene_of_it).await;
            watch_writes(&db, &WRITES).await;
            site.settles(&id).await;
            for write in seen_writes(&db, &WRITES).await {
                broken.insert(write);
                for is_for_good in [false, true] {
                    site.begins_anew().await;
                    let scene = scene(&mut site, operation).await;
                    let id = site.asks(&site.admin(), &scene).await;
                    break_writes(&db, write).await;
                    site.work_once().await;
                    if is_for_good {
                        site.settles(&id).await;
                    }
                    mend_writes(&db, write).await;
                    let state = site.settles(&id).await.record.state;
                    assert!(
                        is_for_good || state == OperationState::Succeeded,
                        "{operation} {write:?}: {state:?}"
                    );
                    site.keeps_its_promises(&id, &format!("{write:?} broken, for good: {is_for_good}")).await;
                }
            }
        }
        assert_eq!(broken, BTreeSet::from(WRITES), "every kind of write is broken for some operation");
    })
    .await;
}

const PLANNED_BY_ANOTHER: &str =
    "UPDATE operation SET record = replace(record, '\"version\":1,', '\"version\":9,') WHERE id = $1";
const PLANNED_BY_US: &str =
    "UPDATE operation SET record = replace(record, '\"version\":9,', '\"version\":1,') WHERE id = $1";

#[tokio::test]
async fn what_another_version_planned_is_set_aside_with_the_reason_and_goes_on_when_it_can_be_read() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let scene = scene(&mut site, "node.probe").await;
        let id = site.asks(&site.admin(), &scene).await;
        site.state.db.execute(PLANNED_BY_ANOTHER, args![&id]).await.unwrap();
        for (id, leased) in take(&site.state, 8).await.unwrap() {
            carry_on(&site.state, &id, leased).await;
        }
        let waits = site.operation(&id).await.record.waiting.unwrap();
        assert!(waits.on.contains("version 9"), "{}", waits.on);
        assert!(!site.work_once().await, "it is not tried again and again");
        site.state.db.execute(PLANNED_BY_US, args![&id]).await.unwrap();
        assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded);
    })
    .await;
}
