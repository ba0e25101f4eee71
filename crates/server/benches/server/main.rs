//! What the server does in a second, each figure beside a control in the same run: `cargo xtask bench` runs it, and
//! `docs/performance.md` says what came out. Caller and server share one process and its processors.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on stops")]
#![expect(clippy::print_stdout, reason = "its figures are what it is for")]

mod audit;
mod engine;
mod feed;
mod house;
mod load;
mod pages;
mod steps;

use house::House;
use server::store::testing::on_both;
use std::sync::atomic::{AtomicBool, Ordering};

fn main() {
    // What `cargo bench` adds for a harness means nothing here.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(run(wanted));
}

async fn run(wanted: Vec<String>) {
    static SQLITE_IS_DONE: AtomicBool = AtomicBool::new(false);
    on_both(move |db| {
        let wanted = wanted.clone();
        async move {
            let name = if SQLITE_IS_DONE.swap(true, Ordering::Relaxed) { "PostgreSQL" } else { "SQLite" };
            println!("\n## {name}\n\n| what | figure | beside |\n|---|---|---|");
            let is_wanted = |part: &str| wanted.is_empty() || wanted.iter().any(|word| word == part);
            let house = House::on(db).await;
            if is_wanted("pages") {
                pages::fifty_rows(&house).await;
                pages::as_rows_grow(&house).await;
            }
            if is_wanted("engine") {
                engine::one_step(&house).await;
            }
            if is_wanted("feed") {
                feed::numbers(&house).await;
            }
            if is_wanted("audit") {
                audit::as_events_grow(&house).await;
            }
        }
    })
    .await;
}

/// A line of the table.
fn line(what: &str, figure: &str, beside: &str) {
    println!("| {what} | {figure} | {beside} |");
}
