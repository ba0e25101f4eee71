//! Searching on both databases: each part narrows, pages follow on one another, and no page looks at more than it may.

use super::*;
use crate::authz::system::for_worker;
use crate::store::testing::on_both;
use read_models::audit::AuditSearch;

/// Events 1 to 60: two people, three kinds, ten operations, and a time that goes back now and then.
const SEED: &str = "
INSERT INTO event (seq, id, at, kind, actor, sentence, operation_id, project_id, resource, body, prev_hash, hash)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)
    SELECT i, 'e' || i, 1000000 * (i - (i % 7) * 2), 'k.' || (i % 3), CASE WHEN i % 2 = 0 THEN 'ada' ELSE 'bob' END,
    'Did 100' || '% of ' || i || CASE WHEN i % 5 = 0 THEN ' with Ünïcode AND_More' ELSE '' END,
    'op_' || substr('00000000000000000000000000000000' || (i % 10), -32, 32),
    'prj_' || substr('00000000000000000000000000000000' || (i % 4), -32, 32), 'node:n' || (i % 6), '{}', '', '' FROM n;
";
const SEED_POSTGRES: &str = "
INSERT INTO event (seq, id, at, kind, actor, sentence, operation_id, project_id, resource, body, prev_hash, hash)
    SELECT i, 'e' || i, 1000000::bigint * (i - (i % 7) * 2), 'k.' || (i % 3), CASE WHEN i % 2 = 0 THEN 'ada' ELSE 'bob' END,
    'Did 100' || '% of ' || i || CASE WHEN i % 5 = 0 THEN ' with Ünïcode AND_More' ELSE '' END,
    'op_' || lpad((i % 10)::text, 32, '0'), 'prj_' || lpad((i % 4)::text, 32, '0'), 'node:n' || (i % 6), '{}', '', ''
    FROM generate_series(1, 60) AS i;
";

async fn seeded(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let seed = if tx.is_sqlite() { SEED } else { SEED_POSTGRES };
    tx.script(seed).await.unwrap();
    tx.commit().await.unwrap();
}

/// Every page of a search, this many at a time.
async fn all(db: &Db, search: &AuditSearch, limit: u32) -> Vec<i64> {
    let (filter, mut found, mut below) = (search.read().unwrap(), Vec::new(), None);
    loop {
        let page = super::search(db, &for_worker("test"), &filter, below, limit).await.unwrap();
        assert!(page.events.len() <= usize::try_from(limit).unwrap());
        found.extend(page.events.iter().map(|event| (event.at, event.seq)));
        match page.next {
            None => break,
            next => below = next,
        }
    }
    assert!(found.windows(2).all(|two| two[0] > two[1]), "newest first, each once: {found:?}");
    found.into_iter().map(|(_, seq)| seq).collect()
}

fn said(parts: &[(&str, &str)]) -> AuditSearch {
    AuditSearch::of_pairs(parts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

/// Whether an event is meant.
type Is = fn(i64) -> bool;

fn id(prefix: &str, number: i64) -> String {
    format!("{prefix}{number:032}")
}

#[tokio::test]
async fn each_part_narrows_and_pages_lose_and_repeat_nothing() {
    on_both(async |db| {
        seeded(&db).await;
        let (operation, project) = (id("op_", 4), id("prj_", 2));
        let cases: [(&[(&str, &str)], Is); 11] = [
            (&[], |_| true),
            (&[("actor", "ada")], |i| i % 2 == 0),
            (&[("kind", "k.1")], |i| i % 3 == 1),
            (&[("operation", &operation)], |i| i % 10 == 4),
            (&[("resource", "node:n3")], |i| i % 6 == 3),
            (&[("project", &project)], |i| i % 4 == 2),
            (&[("text", "and_more")], |i| i % 5 == 0),
            (&[("text", "100% of 7")], |i| i == 7),
            (&[("actor", "ada"), ("kind", "k.0"), ("text", "with")], |i| i % 30 == 0),
            (&[("actor", "nobody")], |_| false),
            (&[("from", "1970-01-01T00:00:20Z"), ("until", "1970-01-01T00:00:30Z")], |i| {
                (20..=30).contains(&(i - (i % 7) * 2))
            }),
        ];
        for (parts, is) in &cases {
            let wanted: usize = (1..=60).filter(|i| is(*i)).count();
            for limit in [3, 50] {
                let found = all(&db, &said(parts), limit).await;
                assert_eq!(found.len(), wanted, "{parts:?}");
                assert!(found.iter().all(|i| is(*i)), "{parts:?}: {found:?}");
            }
            // The file holds the same, the other way round.
            let filter = said(parts).read().unwrap();
            let (mut up, mut above) = (Vec::new(), None);
            loop {
                let part = oldest(&db, &for_worker("test"), &filter, above, 60, 7).await.unwrap();
                let Some(last) = part.last() else { break };
                above = Some(Place { at: last.at, seq: last.seq });
                up.extend(part.iter().map(|event| event.seq));
            }
            up.reverse();
            assert_eq!(up, all(&db, &said(parts), 50).await, "{parts:?}");
        }
        let upto = oldest(&db, &for_worker("test"), &AuditFilter::default(), None, 10, 100).await.unwrap();
        assert!(upto.len() == 10 && upto.iter().all(|event| event.seq <= 10));
        assert_eq!(kinds(&db, &for_worker("test")).await.unwrap(), ["k.0", "k.1", "k.2"]);
    })
    .await;
}

#[tokio::test]
async fn a_page_looks_at_so_many_and_says_so() {
    const MANY: &str = "
    INSERT INTO event (seq, id, at, kind, actor, sentence, body, prev_hash, hash)
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000)
        SELECT i, 'e' || i, i, 'k', 'ada', CASE WHEN i = 7 THEN 'needle' ELSE 'hay' END, '{}', '', '' FROM n;";
    on_both(async |db| {
        let mut tx = db.begin().await.unwrap();
        tx.script(MANY).await.unwrap();
        tx.commit().await.unwrap();
        let filter = said(&[("text", "Needle")]).read().unwrap();
        let (mut below, mut pages, mut found) = (None, 0, Vec::new());
        loop {
            let page = search(&db, &for_worker("test"), &filter, below, 50).await.unwrap();
            pages += 1;
            found.extend(page.events.iter().map(|event| event.seq));
            assert_eq!(page.looked_enough, page.next.is_some());
            match page.next {
                None => break,
                next => below = next,
            }
        }
        assert_eq!((pages, found), (3, vec![7]));
    })
    .await;
}
