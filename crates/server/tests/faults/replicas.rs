//! Several servers on one PostgreSQL, behind one address: they share the work, and any of them may go.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::at_random;
use crate::cells;
use crate::database::{self, Kind};
use crate::ledger::Launched;
use crate::programs::{Faults, wait_for};
use crate::say;
use crate::site::{PATIENCE, Settings, Site};

/// Blows when two servers share the work.
const BLOWS: usize = 24;
/// Launches that are under way at one time.
const BATCH: usize = 4;
/// How often every server is restarted.
const ROUNDS: usize = 3;
/// What the node has room for.
const SLOTS: usize = 64;
/// So long a stopping server serves on: many times what the front takes to hear of it, also where nothing else is quick.
const STOP_DELAY: Duration = Duration::from_secs(2);

/// Only `PostgreSQL` is shared by several servers.
fn is_there() -> bool {
    database::kinds().contains(&Kind::Postgres)
}

#[test]
fn blows_at_two_servers_leave_exactly_one_effect() {
    if is_there() {
        at_random::storm(Kind::Postgres, 2, BLOWS, 1);
    }
}

#[test]
fn two_servers_share_the_work_and_tell_one_story() {
    if !is_there() {
        return;
    }
    let site = &Site::set_up_with("two servers", Kind::Postgres, &crate::USUAL, 2);
    let servers: Vec<_> = site.consoles.iter().map(|console| site.api.of(*console)).collect();
    let streams: Vec<_> = servers.iter().map(|server| server.follow().expect("a stream")).collect();
    let mut launched = Vec::new();
    while launched.len() < SLOTS {
        cells::launch_in_peace(site, BATCH, &mut launched);
    }
    cells::check(site, &launched);
    // One server has the agent. Requests were shared out, so half of them were accepted and begun by the other one, and
    // nothing of that would have ended if its commands did not reach the agent.
    let of = |name: &str| servers.iter().map(|server| server.metric(name)).collect::<Vec<_>>();
    let (agents, ended) = (of("slipway_agent_sessions"), of("slipway_operation_run_seconds_count"));
    say(&format!("two servers: agents {agents:?}, operations ended {ended:?}"));
    assert!(agents.contains(&1.0) && agents.contains(&0.0), "{agents:?}");
    // Whoever hears the agent's answer first goes on; it may be the same one each time. That the other can is shown by
    // restarting them one after the other.
    assert!(ended.iter().sum::<f64>() >= f64::from(u32::try_from(launched.len()).expect("few")), "{ended:?}");
    let last = site.database.last_hash();
    let stories: Vec<_> = streams.into_iter().map(|stream| stream.until(&last)).collect();
    assert!(stories[0].len() > SLOTS, "{:?}", stories[0]);
    assert_eq!(stories[0], stories[1], "both streams told the same in the same order");
}

#[test]
fn a_rolling_restart_loses_no_step_and_drops_no_page() {
    if !is_there() {
        return;
    }
    let settings = Settings { stop_delay: STOP_DELAY, ..crate::USUAL };
    let site = &Site::set_up_with("rolling restart", Kind::Postgres, &settings, 2);
    let is_over = AtomicBool::new(false);
    let (pages, launched) = thread::scope(|scope| {
        let pages = scope.spawn(|| look_at_pages(site, &is_over));
        let work = scope.spawn(|| work(site, &is_over));
        for _ in 0..ROUNDS {
            for (server, console) in [&site.server, &site.more[0]].into_iter().zip(&site.consoles) {
                server.run_with(Faults::default());
                wait_for("the server is ready", PATIENCE, || site.api.of(*console).is_ready().then_some(()));
            }
        }
        is_over.store(true, Ordering::Relaxed);
        (pages.join().expect("pages were looked at"), work.join().expect("the work was done"))
    });
    cells::check(site, &launched);
    say(&format!(
        "rolling restart: {} restarts, {} pages, {} workloads, slowest page {:.2} s",
        ROUNDS * site.consoles.len(),
        pages.answered,
        launched.len(),
        pages.slowest.as_secs_f32()
    ));
    assert_eq!(pages.dropped, Vec::<String>::new(), "of {} pages", pages.answered);
    assert!(pages.answered > 0, "nobody looked");
}

/// Launches again and again; each must succeed, whichever server took it and whichever went meanwhile.
fn work(site: &Site, is_over: &AtomicBool) -> Vec<Launched> {
    let mut launched = Vec::new();
    while !is_over.load(Ordering::Relaxed) && launched.len() + BATCH <= SLOTS {
        cells::launch_in_peace(site, BATCH, &mut launched);
    }
    launched
}

#[derive(Default)]
struct Pages {
    answered: usize,
    dropped: Vec<String>,
    slowest: Duration,
}

fn look_at_pages(site: &Site, is_over: &AtomicBool) -> Pages {
    let mut pages = Pages::default();
    while !is_over.load(Ordering::Relaxed) {
        for path in ["/workloads", "/platform/nodes", "/platform/ops"] {
            let begin = Instant::now();
            match site.api.page(path) {
                Ok((200, body)) if body.contains("</html>") => pages.answered += 1,
                Ok((status, body)) => pages.dropped.push(format!("{path}: {status}, {} bytes", body.len())),
                Err(error) => {
                    pages
                        .dropped
                        .push(format!("{path}: {error} after {:.2} s", begin.elapsed().as_secs_f32()));
                }
            }
            pages.slowest = pages.slowest.max(begin.elapsed());
        }
    }
    pages
}
