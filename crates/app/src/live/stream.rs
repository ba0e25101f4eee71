//! One stream of events for all tabs of a browser.
//!
//! Browsers allow six connections to a host, and a stream in every tab would use them up. So the tab that holds the
//! lock `slipway-live` leads: it alone has the stream and tells the others over a channel of the same name. When it is
//! closed, the lock goes to the next tab. Where a browser has no locks, every tab leads itself.

use super::browser;
use leptos::prelude::window;
use std::cell::{Cell, RefCell};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{BroadcastChannel, EventSource, MessageEvent};

const NAME: &str = "slipway-live";
const EVENTS: &str = "/api/v1/events";

const CHANGED: &str = "changed";
const WROTE: &str = "wrote";
const UP: &str = "up";
const DOWN: &str = "down";
const ASK: &str = "ask";

thread_local! {
    static TAB: RefCell<Option<Tab>> = const { RefCell::new(None) };
}

/// What this tab has.
struct Tab {
    channel: Option<BroadcastChannel>,
    /// Only the leader has one.
    source: Option<EventSource>,
    leads: bool,
    /// Whether the leader has said anything since it was last asked.
    answered: Cell<bool>,
}

/// Listens to the leader, and stands ready to lead.
pub(super) fn follow() {
    let channel = BroadcastChannel::new(NAME).ok();
    if let Some(channel) = &channel {
        let hear = Closure::<dyn Fn(MessageEvent)>::new(|event: MessageEvent| hear(&event));
        channel.set_onmessage(Some(hear.as_ref().unchecked_ref()));
        hear.forget();
    }
    TAB.set(Some(Tab { channel, source: None, leads: false, answered: Cell::new(true) }));
    with_tab(|tab| tab.tell(ASK));
    ask_for_the_lock();
}

/// Called now and then: opens a stream that was closed for good, and notices a leader that has gone silent.
pub(super) fn look_after() {
    let closed = with_tab(|tab| {
        if tab.leads {
            return tab.source.as_ref().is_none_or(|source| source.ready_state() == EventSource::CLOSED);
        }
        if !tab.answered.replace(false) {
            super::heard(false);
        }
        tab.tell(ASK);
        false
    });
    if closed == Some(true) {
        open();
    }
}

fn hear(event: &MessageEvent) {
    with_tab(|tab| match event.data().as_string().as_deref() {
        Some(what @ (CHANGED | WROTE | UP | DOWN)) => {
            tab.answered.set(true);
            follow_word(what);
        }
        Some(ASK) if tab.leads => tab.tell(if tab.is_open() { UP } else { DOWN }),
        Some(_) | None => {}
    });
}

/// The lock is held until the tab is gone: the promise given back is never kept.
fn ask_for_the_lock() {
    let lead = Closure::once_into_js(move || -> JsValue {
        with_tab_mut(|tab| tab.leads = true);
        open();
        js_sys::Promise::new(&mut |_, _| {}).into()
    });
    match browser::property(&window().navigator(), "locks") {
        Some(locks) => _ = browser::call(&locks, "request", &[NAME.into(), lead]),
        None => _ = lead.unchecked_ref::<js_sys::Function>().call0(&JsValue::NULL),
    }
}

fn open() {
    let Ok(source) = EventSource::new(EVENTS) else { return };
    on(&source, "open", |_| say(UP));
    on(&source, "error", |_| say(DOWN));
    on(&source, "message", |event| say(if is_of_a_log(&event) { WROTE } else { CHANGED }));
    on(&source, "reset", |_| say(CHANGED));
    with_tab_mut(|tab| tab.source = Some(source));
}

/// The closures live as long as the tab: a tab opens few streams.
fn on(source: &EventSource, event: &str, then: impl Fn(MessageEvent) + 'static) {
    let listener = Closure::<dyn Fn(MessageEvent)>::new(then);
    _ = source.add_event_listener_with_callback(event, listener.as_ref().unchecked_ref());
    listener.forget();
}

/// Whether all that happened is that a workload wrote something.
fn is_of_a_log(event: &MessageEvent) -> bool {
    event.data().as_string().is_some_and(|data| data.contains("\"workload.log\""))
}

/// The leader tells the others and itself.
fn say(what: &str) {
    with_tab(|tab| {
        tab.tell(what);
        follow_word(what);
    });
}

/// What this tab does when it is said.
fn follow_word(what: &str) {
    match what {
        CHANGED => super::changed(),
        WROTE => super::wrote(),
        UP => super::heard(true),
        _ => super::heard(false),
    }
}

impl Tab {
    fn tell(&self, what: &str) {
        if let Some(channel) = &self.channel {
            _ = channel.post_message(&what.into());
        }
    }

    fn is_open(&self) -> bool {
        self.source.as_ref().is_some_and(|source| source.ready_state() == EventSource::OPEN)
    }
}

fn with_tab<T>(then: impl FnOnce(&Tab) -> T) -> Option<T> {
    TAB.with_borrow(|tab| tab.as_ref().map(then))
}

fn with_tab_mut(then: impl FnOnce(&mut Tab)) {
    TAB.with_borrow_mut(|tab| {
        if let Some(tab) = tab {
            then(tab);
        }
    });
}
