//! Going to another page of ours without loading the document anew, and asking for this one again.

use super::{Link, browser, document};
use gloo_net::http::{Request, Response};
use leptos::{
    ev,
    prelude::{window, window_event_listener},
    task::spawn_local,
};
use std::cell::{Cell, RefCell};
use wasm_bindgen::JsCast;
use web_sys::{HtmlAnchorElement, MouseEvent};

thread_local! {
    /// The page that is shown: its path, and what stands after the question mark.
    static SHOWN: RefCell<String> = const { RefCell::new(String::new()) };
    /// The number of the newest page that somebody went to: an older one is not shown.
    static ASKED: Cell<u32> = const { Cell::new(0) };
    /// Whether another page is on its way.
    static GOING: Cell<bool> = const { Cell::new(false) };
    /// Whether this page is being asked for again.
    static ASKING: Cell<bool> = const { Cell::new(false) };
    /// Whether something changed while one of them was.
    static MISSED: Cell<bool> = const { Cell::new(false) };
}

/// How somebody came to a page.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// By a link.
    Link,
    /// Back or forward, to where they were on it.
    History,
}

/// An answer of the server.
struct Answer {
    /// Where the page lies, after what the server redirected to.
    address: String,
    text: String,
}

/// Why there is nothing to show.
enum Failure {
    /// The server does not answer, or says that it cannot.
    NoAnswer,
    /// It is no page of ours: the browser may know what to do with it.
    NoPage,
}

/// Hears links, and the buttons Back and Forward.
pub(super) fn listen() {
    SHOWN.set(place(&href()));
    _ = browser::property(&window(), "history").and_then(|history| {
        js_sys::Reflect::set(&history, &"scrollRestoration".into(), &"manual".into()).ok()
    });
    let clicks = window_event_listener(ev::click, |event| {
        if let Some(address) = followed(&event) {
            event.prevent_default();
            go(address, Way::Link);
        }
    });
    let steps = window_event_listener(ev::popstate, |_| {
        let address = href();
        if SHOWN.with_borrow(|shown| *shown != place(&address)) {
            go(address, Way::History);
        }
    });
    // For as long as the page is there.
    drop((clicks, steps));
}

/// Asks for the page that is shown, and touches what differs. One question at a time: what changes meanwhile is asked for after
/// it, and a page that is on its way is asked for again once it is there.
pub(super) fn ask_again() {
    if GOING.get() || ASKING.get() {
        MISSED.set(true);
        return;
    }
    ASKING.set(true);
    let (shown, number) = (SHOWN.with_borrow(Clone::clone), ASKED.get());
    spawn_local(async move {
        let answer = fetch(&shown).await;
        ASKING.set(false);
        // Unless somebody has gone on meanwhile.
        if ASKED.get() == number {
            touch(answer, &shown);
        }
        catch_up();
    });
}

/// Asks for what has changed while nobody could ask.
fn catch_up() {
    if !GOING.get() && MISSED.replace(false) {
        super::changed();
    }
}

fn touch(answer: Result<Answer, Failure>, shown: &str) {
    match answer {
        // Somebody may see this no more, and is sent elsewhere.
        Ok(answer) if path(&place(&answer.address)) != path(shown) => {
            _ = window().location().assign(&answer.address);
        }
        Ok(answer) => {
            if let Some(fresh) = document::read(&answer.text)
                && !browser::reload_once_for(&fresh.build)
            {
                document::touch(&fresh);
                if super::LINK.get() == Link::Lost {
                    super::is_linked(Link::Polling);
                }
                super::say_the_link();
            }
        }
        Err(Failure::NoAnswer) => super::is_linked(Link::Lost),
        Err(Failure::NoPage) => {}
    }
}

/// Shows another page.
fn go(address: String, way: Way) {
    let number = ASKED.get().wrapping_add(1);
    ASKED.set(number);
    GOING.set(true);
    document::is_going(true);
    spawn_local(async move {
        let answer = fetch(&address).await;
        if ASKED.get() != number {
            return;
        }
        GOING.set(false);
        document::is_going(false);
        match answer {
            Ok(answer) => arrive(&answer, &address, way),
            Err(Failure::NoAnswer) => super::is_linked(Link::Lost),
            Err(Failure::NoPage) => _ = window().location().assign(&address),
        }
        catch_up();
    });
}

fn arrive(answer: &Answer, address: &str, way: Way) {
    let hash = address.split_once('#').map(|(_, hash)| hash).unwrap_or_default();
    let mut whole = answer.address.clone();
    if !hash.is_empty() {
        whole = format!("{whole}#{hash}");
    }
    let Some(fresh) = document::read(&answer.text).filter(document::Fresh::is_of_this_build) else {
        _ = window().location().assign(&whole);
        return;
    };
    let was_at = (way == Way::History).then(document::kept_scroll);
    if way == Way::Link {
        document::go_on(&whole);
    }
    SHOWN.set(place(&answer.address));
    browser::close_menus();
    document::replace(&fresh);
    super::say_the_link();
    document::look_at(hash, was_at);
}

async fn fetch(address: &str) -> Result<Answer, Failure> {
    // Made by hand: the builder would write the address anew.
    let asked = web_sys::Request::new_with_str(address).map_err(|_| Failure::NoPage)?;
    asked.headers().set("accept", "text/html").map_err(|_| Failure::NoPage)?;
    let answer = Request::from(asked).send().await.map_err(|_| Failure::NoAnswer)?;
    if answer.status() >= 500 {
        return Err(Failure::NoAnswer);
    }
    if !is_page(&answer) {
        return Err(Failure::NoPage);
    }
    let address = answer.url();
    answer.text().await.map(|text| Answer { address, text }).map_err(|_| Failure::NoAnswer)
}

fn is_page(answer: &Response) -> bool {
    answer.headers().get("content-type").is_some_and(|kind| kind.starts_with("text/html"))
}

/// Where a click leads, when it is to another page of ours and in this tab.
fn followed(event: &MouseEvent) -> Option<String> {
    let is_plain = event.button() == 0
        && !(event.meta_key() || event.ctrl_key() || event.shift_key() || event.alt_key())
        && !event.default_prevented();
    let link = browser::element_of(event)?.closest("a[href]").ok()??;
    let link: HtmlAnchorElement = link.dyn_into().ok()?;
    let is_ours = is_plain
        && link.origin() == window().location().origin().ok()?
        && matches!(link.target().as_str(), "" | "_self")
        && !link.has_attribute("download")
        && !link.rel().split(' ').any(|word| word == "external")
        && !link.pathname().starts_with("/api/");
    let is_here = !link.hash().is_empty()
        && SHOWN.with_borrow(|shown| *shown == format!("{}{}", link.pathname(), link.search()));
    (is_ours && !is_here).then(|| link.href())
}

/// The address of this page, as the browser has it.
fn href() -> String {
    window().location().href().unwrap_or_default()
}

/// Path and question of an address.
fn place(address: &str) -> String {
    match web_sys::Url::new_with_base(address, &href()) {
        Ok(url) => format!("{}{}", url.pathname(), url.search()),
        Err(_) => address.to_owned(),
    }
}

fn path(place: &str) -> &str {
    place.split('?').next().unwrap_or_default()
}
