//! What the script does with a page of ours, once it runs: it follows links without loading the document anew, and keeps true
//! what is shown. A change on the server has the page asked for again, and only what differs is touched.
//!
//! Pages are written by the server alone. A browser has one stream of changes for all its tabs (`live/stream.rs`); without it
//! the page is asked for every ten seconds, and says so. Without the script a page is as it was loaded.

mod browser;
mod document;
mod passkey;
mod stream;
mod travel;

pub(crate) use browser::{
    click, focus_the_filter, has_command_key, here, is_outside, open_dialog, press_rail, scroll_to,
    show_dialog, single_keys_count,
};

pub(crate) use passkey::Ceremony;

use leptos::leptos_dom::helpers::{set_interval_with_handle, set_timeout};
use std::{cell::Cell, time::Duration};

/// How often to ask when no stream says that something changed.
const POLL_EVERY: Duration = Duration::from_secs(10);
/// Changes that arrive together are answered together.
const GATHER: Duration = Duration::from_millis(300);

thread_local! {
    static LINK: Cell<Link> = const { Cell::new(Link::AsLoaded) };
    static GATHERING: Cell<bool> = const { Cell::new(false) };
}

/// How changes reach this tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    /// Not at all: this is the page as it was loaded.
    AsLoaded,
    /// The stream says when something changes.
    Stream,
    /// The page is asked for every ten seconds.
    Polling,
    /// The server does not answer.
    Lost,
}

impl Link {
    /// Its tone, its word, and what it means.
    pub(crate) const fn stamp(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::AsLoaded => ("idle", "As loaded", "Load the page again to see what changed."),
            Self::Stream => ("ok", "Live", "Changes appear by themselves."),
            Self::Polling => ("warn", "Polling", "The stream of changes is down: the page asks every 10 s."),
            Self::Lost => {
                ("bad", "No answer", "The server does not answer: what you see is the last that was known.")
            }
        }
    }

    /// Beside the moment as of which a page is true.
    const fn beside_the_moment(self) -> &'static str {
        match self {
            Self::AsLoaded => "",
            Self::Stream => ", live",
            Self::Polling => ", asking every 10 s",
            Self::Lost => ", no answer since",
        }
    }
}

/// Starts it. Called once, when the script runs; islands are brought to life after it.
pub fn start() {
    browser::hear_clicks();
    travel::listen();
    // Before somebody is signed in there is nothing they may hear of.
    if browser::is_there("[data-link]") {
        stream::follow();
        _ = set_interval_with_handle(tick, POLL_EVERY);
    }
    browser::mark_interactive();
}

/// Something changed on the server.
fn changed() {
    if GATHERING.replace(true) {
        return;
    }
    set_timeout(
        || {
            GATHERING.set(false);
            travel::ask_again();
        },
        GATHER,
    );
}

/// A workload wrote something: that changes pages that show what one writes, and no other.
fn wrote() {
    if browser::is_there("main[data-page=\"workload\"]") {
        changed();
    }
}

/// The stream is there, or it is not.
fn heard(stream_is_up: bool) {
    let now = if stream_is_up { Link::Stream } else { Link::Polling };
    if LINK.get() == now {
        return;
    }
    // Whatever happened while there was no stream was missed; also between the page and its first stream.
    if stream_is_up {
        changed();
    }
    is_linked(now);
}

/// Says how changes reach this tab.
fn is_linked(link: Link) {
    LINK.set(link);
    say_the_link();
}

/// Writes it into the page, which the server has written without knowing.
fn say_the_link() {
    let link = LINK.get();
    browser::write_link(link.stamp(), link.beside_the_moment());
}

fn tick() {
    stream::look_after();
    if LINK.get() == Link::AsLoaded {
        is_linked(Link::Polling);
    }
    if LINK.get() != Link::Stream || browser::is_there("main [data-asked-again]") {
        changed();
    }
}
