//! Searching the audit as events grow: what one page costs the database, each search with few events and with a million.

use std::time::{Duration, Instant};

use read_models::audit::AuditSearch;
use server::args;
use server::store::views::audit;

use super::house::{House, proof};
use super::line;

/// Events there are, in turn.
const SIZES: [i64; 2] = [10_000, 1_000_000];
const AT_ONCE: i64 = 50_000;
const TIMES: usize = 21;

/// As real ones are: a few kinds, some people, a thousand nodes, operations of twelve events each. Their hashes are not real.
const FILL: &str = "
INSERT INTO event (seq, id, at, kind, actor, sentence, operation_id, project_id, resource, body, prev_hash, hash)
    WITH RECURSIVE n(i) AS (SELECT CAST($1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < $2)
    SELECT i, 'bench' || i, 1700000000000000 + i * 1000000, 'bench.kind' || (i % 12), 'person' || (i % 40) || '@example.org',
    'Something happened that is worth a sentence of the usual length, number ' || i || '.',
    'op_' || substr('00000000000000000000000000000000', 1, 32 - length('' || (i / 12))) || (i / 12),
    'prj_0000000000000000000000000000000' || (i % 8), 'node:node_' || (i % 1000),
    '{\"observed\":\"a body of the usual size, with a few words in it\"}', '', '' FROM n";
const NUMBERED: &str = "UPDATE sequencer SET last_seq = $1 WHERE id = 1";
const LAST: &str = "SELECT COALESCE(MAX(seq), 0) AS last FROM event";

/// What each search costs, beside the same with few events.
pub(crate) async fn as_events_grow(house: &House) {
    let mut few: Vec<Duration> = Vec::new();
    for size in SIZES {
        fill(house, size).await;
        let mut took = Vec::new();
        for (_, search, skip) in searches(size) {
            took.push(median(house, &search, skip).await);
        }
        if few.is_empty() {
            few = took;
            continue;
        }
        for (((what, ..), now), before) in searches(size).iter().zip(&took).zip(&few) {
            let figure = format!("{:.2} ms", now.as_secs_f64() * 1e3);
            let beside = format!("{:.2} ms with {}", before.as_secs_f64() * 1e3, SIZES[0]);
            line(&format!("audit with {size} events, page of 50: {what}"), &figure, &beside);
        }
    }
}

/// What is searched, and how many pages before the one that is measured.
fn searches(size: i64) -> Vec<(&'static str, AuditSearch, usize)> {
    let said = |parts: &[(&str, &str)]| {
        AuditSearch::of_pairs(parts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    };
    let middle = 1_700_000_000 + size / 2;
    let moment = |second: i64| read_models::time::Timestamp::from_micros(second * 1_000_000).rfc3339();
    let (from, until) = (moment(middle), moment(middle + 3600));
    vec![
        ("everything", said(&[]), 0),
        ("everything, the 20th page", said(&[]), 20),
        ("who", said(&[("actor", "person7@example.org")]), 0),
        ("what", said(&[("kind", "bench.kind3")]), 0),
        ("on what", said(&[("resource", "node:node_77")]), 0),
        ("an hour in the middle", said(&[("from", &from), ("until", &until)]), 0),
        (
            "who and what, an hour",
            said(&[
                ("actor", "person7@example.org"),
                ("kind", "bench.kind7"),
                ("from", &from),
                ("until", &until),
            ]),
            0,
        ),
        ("who and what nobody did", said(&[("actor", "person7@example.org"), ("kind", "bench.kind0")]), 0),
        ("words that nobody wrote", said(&[("text", "no such words")]), 0),
    ]
}

async fn fill(house: &House, size: i64) {
    let db = &house.state.db;
    let last = db.row(LAST, args![]).await.unwrap().unwrap().int("last").unwrap();
    let mut from = last + 1;
    while from <= size {
        let to = size.min(from + AT_ONCE - 1);
        db.execute(FILL, args![from, to]).await.unwrap();
        from = to + 1;
    }
    db.execute(NUMBERED, args![last.max(size)]).await.unwrap();
}

async fn median(house: &House, search: &AuditSearch, skip: usize) -> Duration {
    let (filter, db) = (search.read().unwrap(), &house.state.db);
    let mut below = None;
    for _ in 0..skip {
        below = audit::search(db, &proof(), &filter, below, 50).await.unwrap().next;
    }
    let mut took = Vec::new();
    for _ in 0..TIMES {
        let asked = Instant::now();
        audit::search(db, &proof(), &filter, below, 50).await.unwrap();
        took.push(asked.elapsed());
    }
    took.sort();
    took[TIMES / 2]
}
