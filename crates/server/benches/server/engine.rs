//! Operations of one and of ten steps, from the request's acceptance to their end: what the engine adds to what steps do.

use std::time::{Duration, Instant};

use read_models::ids::OperationId;
use serde_json::{Value, json};
use server::ids::{Ids as _, SystemIds};
use server::store::operations::find_system;

use super::house::{House, proof};
use super::line;
use super::load::{client, posts};

const RUNS: u32 = 100;
const STEPS: u32 = 10;
/// How often is looked whether it is over. Looking without a pause would take the engine's processor.
const LOOK: Duration = Duration::from_millis(1);

/// One step with an effect of its own, then one and ten that do nothing, beside a bare transaction.
pub(crate) async fn one_step(house: &House) {
    let bare = bare_transaction(house).await;
    let beside = format!("a bare write with its commit: {bare:.1?}");
    let one = taken(house, "profile.update", |run| json!({ "display_name": format!("Bench {run}") })).await;
    line("operation of one step that writes a row, asked for over HTTP", &said(&one), &beside);
    let nothing = |steps| move |run| json!({ "steps": steps, "run": run });
    let one = taken(house, "bench.nothing", nothing(1)).await;
    line("operation of one step that does nothing, whole", &said(&one), "");
    let ten = taken(house, "bench.nothing", nothing(STEPS)).await;
    line(&format!("operation of {STEPS} steps that do nothing, whole"), &said(&ten), "");
    let each = (median(&ten) / STEPS, median(&ten).saturating_sub(median(&one)) / (STEPS - 1));
    line(
        "engine's overhead (goal < 5 ms a step)",
        &format!("{:.1?} a step of {STEPS}", each.0),
        &format!(
            "each further step {:.1?}, {:.1} × the bare write",
            each.1,
            each.1.as_secs_f64() / bare.as_secs_f64()
        ),
    );
}

/// How long each of a number of runs took, shortest first.
async fn taken(house: &House, operation: &str, input: impl Fn(u32) -> Value) -> Vec<Duration> {
    let (client, api) = (client(), format!("http://{}/api/v1", house.address));
    let mut took = Vec::new();
    for run in 0..RUNS {
        let asked =
            json!({ "operation": operation, "target": format!("user:{}", house.user), "input": input(run) });
        let plan = posts(&client, format!("{api}/operations/plan"), &house.cookie, (&asked, None)).await;
        let start = json!({ "plan_hash": plan["hash"] });
        let key = SystemIds.uuid();
        let begun = Instant::now();
        let accepted = posts(&client, format!("{api}/operations"), &house.cookie, (&start, Some(&key))).await;
        let id = OperationId::parse(accepted["id"].as_str().unwrap()).unwrap();
        while !find_system(&mut &house.state.db, &proof(), &id).await.unwrap().state.is_over() {
            tokio::time::sleep(LOOK).await;
        }
        took.push(begun.elapsed());
    }
    took.sort();
    took
}

fn said(took: &[Duration]) -> String {
    let slow = took.get(took.len() * 9 / 10).copied().unwrap_or_default();
    format!("median {:.1?}, p90 {slow:.1?}", median(took))
}

fn median(took: &[Duration]) -> Duration {
    took.get(took.len() / 2).copied().unwrap_or_default()
}

/// One row written and committed: the cheapest an effect can be here.
async fn bare_transaction(house: &House) -> Duration {
    let begun = Instant::now();
    for _ in 0..RUNS {
        house.has_workloads(1, true).await;
    }
    begun.elapsed() / RUNS
}
