//! A list of fifty workloads through the whole stack, beside the same bytes from a bare axum; and the same list when there are
//! more and more rows that are not on it.

use axum::Router;
use axum::response::Html;
use axum::routing::get;

use super::house::{House, serves};
use super::line;
use super::load::{Answered, ask};

const ROWS: usize = 50;
const LIST: &str = "/workloads";

/// Fifty rows: how many pages a second?
pub(crate) async fn fifty_rows(house: &House) {
    house.has_workloads(ROWS, false).await;
    let page = ask(house.address, LIST, &house.cookie).await;
    let same_bytes = "x".repeat(page.bytes);
    let bare = serves(Router::new().route("/", get(move || async move { Html(same_bytes) }))).await;
    let bare = ask(bare, "/", &house.cookie).await;
    let share = format!(
        "{:.0} % of the same bytes from bare axum ({:.0}/s)",
        100.0 * page.per_second / bare.per_second,
        bare.per_second
    );
    line("page of 50 workloads, whole stack (goal 2,000/s)", &said(&page), &share);
    let data = ask(house.address, "/api/v1/workloads", &house.cookie).await;
    line("the same as JSON", &said(&data), "");
    let find = ask(house.address, "/api/v1/find?q=workload", &house.cookie).await;
    line("find", &said(&find), "");
}

/// Released ones come on top: what the list costs then, beside what it cost with none.
pub(crate) async fn as_rows_grow(house: &House) {
    let lists = [(LIST, "active"), ("/workloads?view=history", "history"), ("/workloads?view=all", "all")];
    let mut before: Vec<f64> = Vec::new();
    for released in [1_000, 100_000] {
        house.has_workloads(released, true).await;
        for (number, (path, what)) in lists.iter().enumerate() {
            let page = ask(house.address, path, &house.cookie).await;
            let beside =
                before.get(number).map(|was| format!("{:.2} × the cost with 1,000", was / page.per_second));
            line(&format!("list, {what}, {released} released"), &said(&page), &beside.unwrap_or_default());
            if before.len() < lists.len() {
                before.push(page.per_second);
            }
        }
    }
}

fn said(answered: &Answered) -> String {
    let kb = answered.bytes / 1000;
    format!(
        "{:.0}/s, median {:.1?}, p99 {:.1?}, {kb} KB",
        answered.per_second, answered.median, answered.slow
    )
}
