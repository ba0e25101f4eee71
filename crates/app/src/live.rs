//! Keeping what is shown true: a change on the server raises the revision, and what is shown is asked for again.
//!
//! The browser has one stream for all its tabs (`live/stream.rs`). Without a stream the page asks every ten seconds and
//! says so. On the server, and before the script runs, nothing of this happens: the page is as it was loaded.

mod browser;
mod passkey;
mod stream;

pub(crate) use browser::{
    click, copy, focus_the_filter, has_command_key, is_outside, open_dialog, scroll_to, single_keys_count,
};
use leptos::prelude::*;
pub(crate) use passkey::{Ceremony, passkey, send_with, whole_form};
use read_models::{
    error::{ConsoleError, ErrorKind},
    session::ShellView,
};
use serde::{Serialize, de::DeserializeOwned};
use std::{future::Future, time::Duration};

/// How often to ask when no stream says that something changed.
const POLL_EVERY: Duration = Duration::from_secs(10);
/// Changes that arrive together are answered together.
const GATHER: Duration = Duration::from_millis(300);

/// What keeps the pages of this tab true.
#[derive(Clone, Copy)]
pub(crate) struct Live {
    revision: RwSignal<u32>,
    link: RwSignal<Link>,
    gathering: StoredValue<bool>,
}

/// How changes reach this tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    /// Not at all: this is the page as it was loaded.
    AsLoaded,
    /// The stream says when something changes.
    Stream,
    /// The page asks every ten seconds.
    Polling,
    /// The server does not answer.
    Lost,
}

/// Provides it, and says when the page is interactive.
pub(crate) fn provide() {
    let live = Live {
        revision: RwSignal::new(0),
        link: RwSignal::new(Link::AsLoaded),
        gathering: StoredValue::new(false),
    };
    provide_context(live);
    Effect::new(|_| {
        browser::keep_choices();
        browser::mark_hydrated();
    });
}

/// Starts it, once: not before somebody is signed in, who may hear what changes.
pub(crate) fn follow_where(inside: impl Fn() -> bool + 'static) {
    let Some(live) = use_context::<Live>() else { return };
    Effect::new(move |follows: Option<bool>| {
        let follows = follows.unwrap_or_default();
        if follows || !inside() {
            return follows;
        }
        stream::follow(live);
        _ = set_interval_with_handle(move || live.tick(), POLL_EVERY);
        true
    });
}

/// How changes reach this tab, to be shown. It is the signal itself: made into another one here, that one would end with
/// whatever part of the page asked, while words of that part are still being written.
pub(crate) fn link() -> RwSignal<Link> {
    use_context::<Live>().map_or_else(|| RwSignal::new(Link::AsLoaded), |live| live.link)
}

/// Asks `load` for what a page shows, again when `source` or anything on the server changes.
///
/// While the server does not answer, what was shown stays, and the freshness stamp says since when.
pub(crate) fn resource<S, T, Answer>(
    source: impl Fn() -> S + Send + Sync + 'static,
    load: impl Fn(S) -> Answer + Send + Sync + 'static,
) -> Resource<Result<T, ConsoleError>>
where
    S: PartialEq + Clone + Send + Sync + 'static,
    T: Serialize + DeserializeOwned + Clone + Send + Sync + 'static,
    Answer: Future<Output = Result<T, ConsoleError>> + Send + 'static,
{
    let live = use_context::<Live>();
    let last: StoredValue<Option<(S, T)>> = StoredValue::new(None);
    let revision = move || live.map_or(0, |live| live.revision.get());
    Resource::new(
        move || (source(), revision()),
        move |(source, _)| {
            let asked = load(source.clone());
            async move {
                let answer = asked.await;
                match (&answer, live) {
                    (Err(error), Some(live)) if error.kind == ErrorKind::Unavailable => {
                        live.link.set(Link::Lost);
                        let kept = last.try_get_value().flatten().filter(|(of, _)| *of == source);
                        kept.map_or(answer, |(_, kept)| Ok(kept))
                    }
                    (Ok(value), _) => {
                        _ = last.try_set_value(Some((source, value.clone())));
                        answer
                    }
                    (Err(_), _) => answer,
                }
            }
        },
    )
}

/// What is shown here changes with time alone, or by what is no event: it is asked for again as long as it stands.
pub(crate) fn ask_again_and_again() {
    let Some(live) = use_context::<Live>() else { return };
    Effect::new(move |_| {
        if let Ok(handle) = set_interval_with_handle(move || live.changed(), POLL_EVERY) {
            on_cleanup(move || handle.clear());
        }
    });
}

/// Loads the page again, once, when the server runs another build than the page was made by.
pub(crate) fn reload_for_a_new_build(shell: Resource<Result<ShellView, ConsoleError>>) {
    Effect::new(move |_| {
        if let Some(Ok(view)) = shell.get() {
            browser::reload_once_for(&view.build);
        }
    });
}

impl Live {
    /// Something changed on the server.
    fn changed(self) {
        if self.gathering.get_value() {
            return;
        }
        self.gathering.set_value(true);
        set_timeout(
            move || {
                self.gathering.set_value(false);
                self.revision.update(|revision| *revision = revision.wrapping_add(1));
            },
            GATHER,
        );
    }

    /// The stream is there, or it is not.
    fn heard(self, stream_is_up: bool) {
        let now = if stream_is_up { Link::Stream } else { Link::Polling };
        if self.link.get_untracked() == now {
            return;
        }
        // Whatever happened while there was no stream was missed; also between the page and its first stream.
        if stream_is_up {
            self.changed();
        }
        self.link.set(now);
    }

    fn tick(self) {
        stream::look_after();
        if self.link.get_untracked() != Link::Stream {
            if self.link.get_untracked() == Link::AsLoaded {
                self.link.set(Link::Polling);
            }
            self.changed();
        }
    }
}
