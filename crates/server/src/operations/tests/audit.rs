//! Checks of the chain and files of it, on chains that somebody has touched and on those that nobody has.

use std::time::Duration;

use evidence::Checkpoint;
use futures::StreamExt as _;
use read_models::audit::AuditSearch;
use read_models::evidence::EvidenceConsole as _;
use read_models::ids::OperationId;
use read_models::operation::OperationState;
use read_models::ops::OpsConsole as _;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::support::{Scene, Site, proof};
use crate::args;
use crate::authz::Role;
use crate::store::db::Db;
use crate::store::events::StoredEvent;
use crate::store::exports;
use crate::store::testing::on_both;
use crate::store::{chain, checkpoints, events, verifications};
use crate::workers::checkpoints::turn as signs;
use crate::workers::sequencer;

/// Events that are touched, and kept whole beside.
const FIRST: i64 = 8;

/// Some events, under two checkpoints.
async fn lived(db: Db) -> Site {
    let site = Site::on(db).await;
    for _ in 0..2 {
        site.something_happens("It happened.", 4).await;
        checkpoints::want(&site.state.db, &proof()).await.unwrap();
        assert!(signs(&site.state).await.unwrap());
    }
    site
}

/// The first events and every checkpoint, as they are.
async fn kept(site: &Site) -> (Vec<StoredEvent>, Vec<Checkpoint>) {
    let db = &site.state.db;
    let events = chain::between(db, &proof(), 1, FIRST).await.unwrap();
    (events, checkpoints::list(db, &proof(), i64::MAX, 100).await.unwrap())
}

/// They are so again.
async fn restored(site: &Site, (events, signed): &(Vec<StoredEvent>, Vec<Checkpoint>)) {
    const EVENT: &str = "INSERT INTO event
        (seq, id, at, kind, actor, sentence, operation_id, step, project_id, resource, body, prev_hash, hash)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    const SIGNED: &str = "UPDATE checkpoint SET at = $2, key_id = $3 WHERE seq = $1";
    let mut tx = site.state.db.begin().await.unwrap();
    tx.execute("DELETE FROM event WHERE seq <= $1", args![FIRST]).await.unwrap();
    for one in events {
        let values = args![
            one.seq,
            &one.id,
            one.at,
            &one.kind,
            &one.actor,
            &one.sentence,
            &one.operation,
            one.step,
            &one.project,
            &one.resource,
            &one.body,
            &one.prev_hash,
            &one.hash
        ];
        tx.execute(EVENT, values).await.unwrap();
    }
    for one in signed {
        tx.execute(SIGNED, args![one.seq, one.at, &one.key]).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn verified(site: &mut Site) -> (OperationId, OperationState, String) {
    let id = site.asks(&site.admin(), &Scene::on_platform("audit.verify", json!({}))).await;
    let over = site.settles(&id).await;
    let step = over.record.steps[0].last_observation.clone().unwrap_or_default();
    (id, over.state, format!("{} {step}", over.record.outcome.unwrap_or_default()))
}

#[tokio::test]
async fn a_chain_that_nobody_touched_fits_and_says_how_much_was_looked_at() {
    on_both(async |db| {
        let mut site = lived(db).await;
        let (id, state, said) = verified(&mut site).await;
        assert_eq!(state, OperationState::Succeeded, "{said}");
        let check = verifications::find(&mut &site.state.db, &proof(), &id).await.unwrap().unwrap();
        assert!(
            check.checkpoints >= 2 && check.range.0 == 1 && check.reached.0 == check.range.1,
            "{check:?}"
        );
        let view = site.console(&site.admin()).evidence(None).await.unwrap();
        assert_eq!(view.verification.unwrap().broken, None);
        assert!(view.action_required.is_empty(), "{:?}", view.action_required);
    })
    .await;
}

/// A change made in the database by hand, and the number it is found at.
const TAMPERED: [(&str, i64); 9] = [
    ("UPDATE event SET sentence = 'Nothing happened.' WHERE seq = 3", 3),
    ("UPDATE event SET actor = 'somebody else' WHERE seq = 1", 1),
    ("UPDATE event SET at = at + 1 WHERE seq = 8", 8),
    ("UPDATE event SET hash = prev_hash WHERE seq = 5", 5),
    ("DELETE FROM event WHERE seq = 4", 4),
    ("DELETE FROM event WHERE seq > 6 AND seq <= 8", 7),
    ("UPDATE event SET seq = -seq WHERE seq = 2", 2),
    ("UPDATE checkpoint SET at = at + 1 WHERE seq = 5", 5),
    ("UPDATE checkpoint SET key_id = 'another' WHERE seq = 9", 9),
];

#[tokio::test]
async fn whatever_is_changed_in_the_database_is_found_at_its_place_and_operators_are_told() {
    on_both(async |db| {
        let mut site = lived(db).await;
        let whole = kept(&site).await;
        for (change, number) in TAMPERED {
            site.state.db.execute(change, args![]).await.unwrap();
            let (id, state, said) = verified(&mut site).await;
            assert_eq!(state, OperationState::Failed, "{change}: {said}");
            assert!(said.contains(&format!("at event {number}.")), "{change}: {said}");
            let check = verifications::find(&mut &site.state.db, &proof(), &id).await.unwrap().unwrap();
            assert_eq!(check.misfit.map(|(at, _)| at), Some(number), "{change}");
            let queue = site.console(&site.person(Role::Operator, None)).ops(None, None).await.unwrap();
            let told = queue.needs_action.iter().find(|item| item.title == "The audit chain does not fit");
            assert!(told.is_some_and(|item| item.reason.contains(&number.to_string())), "{change}");
            let view = site.console(&site.admin()).evidence(None).await.unwrap();
            assert!(view.action_required[0].contains(&format!("at event {number}")), "{change}");
            restored(&site, &whole).await;
            site.clock.advance(Duration::from_secs(1));
        }
        assert_eq!(verified(&mut site).await.1, OperationState::Succeeded, "as it was before");
    })
    .await;
}

#[tokio::test]
async fn a_chain_that_is_cut_off_behind_its_numbers_is_found_by_what_was_signed() {
    on_both(async |db| {
        let mut site = lived(db).await;
        let cut = [
            "DELETE FROM event WHERE seq > 6",
            "UPDATE sequencer SET last_seq = 6, last_hash = (SELECT hash FROM event WHERE seq = 6)",
        ];
        for statement in cut {
            site.state.db.execute(statement, args![]).await.unwrap();
        }
        // The newest checkpoint signs event 8, and what happens now is written over it.
        let (_, state, said) = verified(&mut site).await;
        assert_eq!(state, OperationState::Failed, "{said}");
    })
    .await;
}

#[tokio::test]
async fn a_good_check_takes_the_item_from_the_queue() {
    on_both(async |db| {
        let mut site = lived(db).await;
        site.state.db.execute("UPDATE event SET sentence = 'x' WHERE seq = 3", args![]).await.unwrap();
        assert_eq!(verified(&mut site).await.1, OperationState::Failed);
        let mend = "UPDATE event SET sentence = 'It happened.' WHERE seq = 3";
        site.state.db.execute(mend, args![]).await.unwrap();
        site.clock.advance(Duration::from_secs(1));
        assert_eq!(verified(&mut site).await.1, OperationState::Succeeded);
        let queue = site.console(&site.admin()).ops(None, None).await.unwrap();
        assert!(queue.needs_action.iter().all(|item| !item.title.contains("audit chain")));
    })
    .await;
}

#[tokio::test]
async fn a_range_is_checked_alone() {
    on_both(async |db| {
        let mut site = lived(db).await;
        site.state.db.execute("UPDATE event SET sentence = 'x' WHERE seq = 3", args![]).await.unwrap();
        for (from, to, state) in [
            (4, 8, OperationState::Succeeded),
            (1, 2, OperationState::Succeeded),
            (2, 4, OperationState::Failed),
        ] {
            let scene = Scene::on_platform("audit.verify", json!({ "from": from, "to": to }));
            let id = site.asks(&site.admin(), &scene).await;
            assert_eq!(site.settles(&id).await.state, state, "{from} to {to}");
        }
        let beyond = Scene::on_platform("audit.verify", json!({ "from": 100_000 }));
        assert!(site.plans(&site.admin(), &beyond).await.is_err());
    })
    .await;
}

/// The whole file, as it is sent.
async fn file(site: &Site, id: &OperationId) -> Result<String, std::io::Error> {
    let mut body = site.console(&site.admin()).export_file(id).await.unwrap().body;
    let mut whole = String::new();
    while let Some(part) = body.next().await {
        whole.push_str(&part?);
    }
    Ok(whole)
}

#[tokio::test]
async fn a_file_is_what_its_operation_wrote_down_whenever_it_is_taken() {
    on_both(async |db| {
        let mut site = lived(db).await;
        for format in ["ndjson", "csv"] {
            let input = json!({ "format": format, "kind": "test.happened", "text": "HAPPENED" });
            let id = site.asks(&site.admin(), &Scene::on_platform("evidence.export", input)).await;
            assert_eq!(site.settles(&id).await.state, OperationState::Succeeded);
            let made = exports::find(&mut &site.state.db, &proof(), &id).await.unwrap().unwrap();
            assert_eq!(made.events, if format == "csv" { 10 } else { 8 });
            site.something_happens("It happened later.", 2).await;
            for _ in 0..2 {
                let whole = file(&site, &id).await.unwrap();
                assert_eq!(hex::encode(Sha256::digest(&whole)), made.sha256);
                assert_eq!(i64::try_from(whole.len()).unwrap(), made.bytes);
                let lines = i64::try_from(whole.lines().count()).unwrap();
                assert_eq!(lines, made.events + i64::from(format == "csv"));
            }
            site.state
                .db
                .execute("UPDATE event SET sentence = 'It happened, not.' WHERE seq = 3", args![])
                .await
                .unwrap();
            assert!(file(&site, &id).await.is_err(), "what was changed since is not sent as whole");
            site.state
                .db
                .execute("UPDATE event SET sentence = 'It happened.' WHERE seq = 3", args![])
                .await
                .unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn an_export_is_for_who_may_and_stands_in_the_audit() {
    on_both(async |db| {
        let mut site = lived(db).await;
        let auditor = site.person(Role::Auditor, None);
        let scene = Scene::on_platform("evidence.export", json!({ "format": "csv" }));
        let id = site.asks(&auditor, &scene).await;
        site.settles(&id).await;
        while sequencer::turn(&site.state).await.unwrap() > 0 {}
        let own = events::of_operation(&site.state.db, &proof(), &id, 0, 100).await.unwrap();
        assert!(own.iter().any(|event| event.kind == "audit.intent" && event.actor.contains("auditor")));
        let sha256 = exports::find(&mut &site.state.db, &proof(), &id).await.unwrap().unwrap().sha256;
        assert!(own.iter().any(|event| event.body.contains(&sha256)), "the digest is in the chain");
        assert!(site.console(&auditor).export_file(&id).await.is_ok());
        for who in [site.person(Role::Finance, None), site.person(Role::ProjectAdmin, Some(&site.project))] {
            assert!(site.console(&who).export_file(&id).await.is_err());
            assert!(site.console(&who).audit(AuditSearch::default(), None, None).await.is_err());
            assert!(site.plans(&who, &scene).await.is_err());
        }
    })
    .await;
}
