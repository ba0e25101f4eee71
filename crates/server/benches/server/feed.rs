//! Events from several writers at once: how many a second are numbered and chained, and that none is missing.

use std::time::Instant;

use serde_json::json;
use server::clock::{Clock as _, SystemClock};
use server::ids::SystemIds;
use server::store::events::{self, NewEvent};

use super::house::House;
use super::line;

const WRITERS: usize = 4;
const TRANSACTIONS: usize = 250;
/// What a busy operation writes with one commit.
const AT_ONCE: usize = 5;

/// Written, numbered, chained: until the last of them has its number.
pub(crate) async fn numbers(house: &House) {
    let before = events::last(&house.state.db).await.unwrap();
    let begun = Instant::now();
    let writers: Vec<_> = (0..WRITERS)
        .map(|_| {
            let state = house.state.clone();
            tokio::spawn(async move {
                for _ in 0..TRANSACTIONS {
                    let mut tx = state.db.begin().await.unwrap();
                    for _ in 0..AT_ONCE {
                        events::append(&mut tx, &SystemIds, happened()).await.unwrap();
                    }
                    tx.commit().await.unwrap();
                    state.hub.wake_sequencer();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let all = WRITERS * TRANSACTIONS * AT_ONCE;
    let wanted = before + i64::try_from(all).unwrap();
    let mut feed = house.state.feed.subscribe();
    while *feed.borrow_and_update() < wanted {
        feed.changed().await.unwrap();
    }
    let seconds = begun.elapsed().as_secs_f64();
    // Numbers come from one row that is counted up: the last one says that none is missing, and none is there twice.
    assert_eq!(events::last(&house.state.db).await.unwrap(), wanted);
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let per_second = all as f64 / seconds;
    line(
        "events written, numbered and chained (goal 2,000/s)",
        &format!("{per_second:.0}/s"),
        &format!("{all} in {seconds:.1} s, no gap"),
    );
}

fn happened() -> NewEvent {
    NewEvent {
        at: SystemClock.now(),
        kind: "bench.happened",
        actor: "bench".to_owned(),
        sentence: "Something happened that is worth a sentence of the usual length.".to_owned(),
        operation: None,
        step: None,
        project: None,
        resource: None,
        body: json!({ "observed": "a body of the usual size, with a few words in it" }),
    }
}
