//! An operation of one cheap step from the request to its end: what the engine adds to one write of its own.

use std::time::{Duration, Instant};

use read_models::ids::OperationId;
use serde_json::json;
use server::ids::{Ids as _, SystemIds};
use server::store::operations::find_system;

use super::house::{House, proof};
use super::line;
use super::load::{client, posts};

const RUNS: u32 = 100;

/// `profile.update` again and again: time from acceptance to the end, beside a bare transaction.
pub(crate) async fn one_step(house: &House) {
    let (client, api) = (client(), format!("http://{}/api/v1", house.address));
    let mut took = Vec::new();
    for run in 0..RUNS {
        let input = json!({ "display_name": format!("Bench {run}") });
        let asked = json!({ "operation": "profile.update", "target": format!("user:{}", house.user), "input": input });
        let plan = posts(&client, format!("{api}/operations/plan"), &house.cookie, (&asked, None)).await;
        let start = json!({ "plan_hash": plan["hash"] });
        let key = SystemIds.uuid();
        let begun = Instant::now();
        let accepted = posts(&client, format!("{api}/operations"), &house.cookie, (&start, Some(&key))).await;
        let id = OperationId::parse(accepted["id"].as_str().unwrap()).unwrap();
        while !find_system(&mut &house.state.db, &proof(), &id).await.unwrap().state.is_over() {
            tokio::task::yield_now().await;
        }
        took.push(begun.elapsed());
    }
    let bare = bare_transaction(house).await;
    took.sort();
    let median = took.get(took.len() / 2).copied().unwrap_or_default();
    let slow = took.get(took.len() * 9 / 10).copied().unwrap_or_default();
    let beside = format!("a bare write with its commit: {bare:.1?}");
    line(
        "operation of one step, accepted to over (goal < 5 ms a step)",
        &format!("median {median:.1?}, p90 {slow:.1?}"),
        &beside,
    );
}

/// One row written and committed: the cheapest an effect can be here.
async fn bare_transaction(house: &House) -> Duration {
    let begun = Instant::now();
    for _ in 0..RUNS {
        house.has_workloads(1, true).await;
    }
    begun.elapsed() / RUNS
}
