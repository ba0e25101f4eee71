//! The palette under ⌘K: find anything or run an operation without leaving the page. A combobox over one list, in a real
//! dialog: the browser keeps the focus inside and gives it back.

use super::keyboard;
use crate::{components::found, live};
use gloo_net::http::Request;
use leptos::{
    ev,
    html::{Dialog, Input},
    prelude::*,
    task::spawn_local,
};
use read_models::{
    error::{ConsoleError, ErrorKind},
    find::{FindView, Found},
    navigation::Address,
};
use std::time::Duration;

/// Words that are still being typed are not asked for.
const GATHER: Duration = Duration::from_millis(120);
const OPTION: &str = "palette-option-";

/// The palette of this tab; whoever has it can open it.
#[derive(Clone, Copy)]
pub(crate) struct Palette {
    dialog: NodeRef<Dialog>,
    input: NodeRef<Input>,
    words: RwSignal<String>,
    answer: RwSignal<Option<Result<FindView, ConsoleError>>>,
    chosen: RwSignal<usize>,
    /// The number of the question that is out: an older answer is not shown.
    asked: StoredValue<u32>,
}

impl Palette {
    pub(crate) fn new() -> Self {
        Self {
            dialog: NodeRef::new(),
            input: NodeRef::new(),
            words: RwSignal::new(String::new()),
            answer: RwSignal::new(None),
            chosen: RwSignal::new(0),
            asked: StoredValue::new(0),
        }
    }

    /// Opens it, empty, with what can be done here.
    pub(crate) fn open(self) {
        let Some(dialog) = self.dialog.get_untracked() else { return };
        self.words.set(String::new());
        if let Some(input) = self.input.get_untracked() {
            input.set_value("");
        }
        live::open_dialog(&dialog);
        self.ask();
    }

    /// Opens it, or closes it when it is open.
    pub(crate) fn toggle(self) {
        match self.dialog.get_untracked() {
            Some(dialog) if dialog.open() => dialog.close(),
            Some(_) | None => self.open(),
        }
    }

    fn close(self) {
        if let Some(dialog) = self.dialog.get_untracked() {
            dialog.close();
        }
    }

    fn ask(self) {
        let number = self.asked.get_value().wrapping_add(1);
        self.asked.set_value(number);
        let is_newest = move || self.asked.try_get_value() == Some(number);
        let words = self.words.get_untracked();
        let later = move || {
            if !is_newest() {
                return;
            }
            spawn_local(async move {
                let found = find(&words).await;
                if is_newest() {
                    self.chosen.set(0);
                    self.answer.set(Some(found));
                }
            });
        };
        set_timeout(later, GATHER);
    }

    fn found(self) -> usize {
        self.answer.with_untracked(|answer| match answer {
            Some(Ok(view)) => view.operations.len() + view.pages.len() + view.resources.len(),
            Some(Err(_)) | None => 0,
        })
    }

    fn press(self, event: &ev::KeyboardEvent) {
        let (found, chosen) = (self.found(), self.chosen.get_untracked());
        let next = match event.key().as_str() {
            "ArrowDown" if found > 0 => (chosen + 1) % found,
            "ArrowUp" if found > 0 => (chosen + found - 1) % found,
            "Enter" => {
                event.prevent_default();
                live::click(&format!("{OPTION}{chosen}"));
                return;
            }
            _ => return,
        };
        event.prevent_default();
        self.chosen.set(next);
        live::scroll_to(&format!("{OPTION}{next}"));
    }
}

/// The button that opens the palette, and the palette. Before the script arrives and without it, the button leads to the page
/// of finding. The one island: everything else on a page is as the server wrote it.
#[island]
pub fn Find() -> impl IntoView {
    let palette = Palette::new();
    keyboard::listen(palette);
    // What the machine's own keyboard has is known in the browser only.
    let held = RwSignal::new("⌘");
    Effect::new(move |_| held.set(if live::has_command_key() { "⌘" } else { "Ctrl" }));
    let open = move |event: ev::SubmitEvent| {
        event.prevent_default();
        palette.open();
    };
    view! {
        <form class="find" method="get" action=Address::Find { words: None }.to_string() on:submit=open>
            <button class="find-button" type="submit" aria-haspopup="dialog" aria-keyshortcuts="Meta+K Control+K">
                <span class="find-words">"Find anything or run an operation"</span>
                <kbd aria-hidden="true">{held} " K"</kbd>
            </button>
        </form>
        <PaletteDialog palette/>
    }
}

/// Asks what is called so, from the page that is shown.
async fn find(words: &str) -> Result<FindView, ConsoleError> {
    let here = Address::try_from(live::here()).ok().map(|here| here.to_string());
    let mut query = vec![("q", words)];
    // What is no page of the contract has no thing on it.
    query.extend(here.as_deref().map(|here| ("here", here)));
    let answer = Request::get("/api/v1/find").query(query).send().await.map_err(|_| no_answer())?;
    if !answer.ok() {
        return Err(answer.json::<Problem>().await.map_or_else(|_| no_answer(), Problem::into_error));
    }
    answer.json().await.map_err(|_| no_answer())
}

fn no_answer() -> ConsoleError {
    ConsoleError::new(ErrorKind::Unavailable, "server_unreachable", "The server does not answer.")
        .next("Try again in a moment.")
}

/// A refusal of the API (RFC 9457), as far as it is shown.
#[derive(serde::Deserialize)]
struct Problem {
    detail: String,
    code: String,
    next_step: Option<String>,
}

impl Problem {
    fn into_error(self) -> ConsoleError {
        let mut error = ConsoleError::new(ErrorKind::Internal, &self.code, self.detail);
        error.next_step = self.next_step;
        error
    }
}

/// The dialog. Nothing is asked before it is opened.
#[component]
pub(crate) fn PaletteDialog(palette: Palette) -> impl IntoView {
    let typed = move |event: ev::Event| {
        palette.words.set(event_target_value(&event));
        palette.ask();
    };
    let has_some = move || palette.answer.with(|_| palette.found() > 0);
    let active = move || has_some().then(|| format!("{OPTION}{}", palette.chosen.get()));
    view! {
        <dialog
            class="sheet palette"
            node_ref=palette.dialog
            aria-label="Find anything, or run an operation"
            data-palette
            on:click=move |event| if live::is_outside(&event) { palette.close() }
        >
            <input
                class="palette-words"
                node_ref=palette.input
                type="text"
                role="combobox"
                aria-label="Find"
                aria-autocomplete="list"
                aria-haspopup="listbox"
                aria-controls="palette-list"
                aria-expanded=move || if has_some() { "true" } else { "false" }
                aria-activedescendant=active
                placeholder="Name, id, address, or what you want to do"
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                maxlength="100"
                on:input=typed
                on:keydown=move |event| palette.press(&event)
            />
            {move || said(palette)}
            <div class="palette-list" id="palette-list" role="listbox" aria-label="Found">
                {move || palette.answer.get().and_then(Result::ok).map(|view| options(palette, view))}
            </div>
            <p class="palette-foot">
                <span><kbd>"↑"</kbd> " " <kbd>"↓"</kbd> " choose"</span>
                <span><kbd>"Enter"</kbd> " open"</span>
                <span><kbd>"Esc"</kbd> " close"</span>
                <a href=move || as_page(&palette.words.get()) on:click=move |_| palette.close()>"As a page"</a>
            </p>
        </dialog>
    }
}

fn as_page(words: &str) -> String {
    let words = (!words.trim().is_empty()).then(|| words.trim().to_owned());
    Address::Find { words }.to_string()
}

/// How many there are, for who does not see the list; and for everybody why there is none.
fn said(palette: Palette) -> AnyView {
    match palette.answer.get() {
        None => view! { <p class="palette-said" role="status">"Asking the server …"</p> }.into_any(),
        Some(Err(error)) => view! {
            <p class="palette-said" role="alert">{error.sentence} " " {error.next_step}</p>
        }
        .into_any(),
        Some(Ok(_)) if palette.found() == 0 => {
            view! { <p class="palette-said" role="status">"Nothing that you may see or do is called so."</p> }
                .into_any()
        }
        Some(Ok(_)) => view! { <p class="unseen" role="status">{palette.found()} " found"</p> }.into_any(),
    }
}

fn options(palette: Palette, view: FindView) -> AnyView {
    let as_of = view.as_of;
    let mut number = 0;
    let mut group = |key: &'static str, title: &'static str, all: Vec<Found>| {
        let first = number;
        number += all.len();
        (!all.is_empty()).then(|| {
            let rows = all.into_iter().enumerate().map(|(at, one)| option(palette, first + at, &one, as_of));
            let heading = format!("palette-{key}");
            view! {
                <div role="group" aria-labelledby=heading.clone() data-found=key>
                    <p class="palette-group" id=heading.clone() role="presentation">{title}</p>
                    {rows.collect_view()}
                </div>
            }
        })
    };
    let operations = group("operations", "Operations", view.operations);
    let pages = group("pages", "Pages", view.pages);
    let resources = group("resources", "Workloads, nodes and the like", view.resources);
    view! { {operations} {pages} {resources} }.into_any()
}

/// An option is a link: it can be opened in another tab, and the router follows it.
fn option(
    palette: Palette,
    number: usize,
    one: &Found,
    as_of: read_models::time::Timestamp,
) -> impl IntoView + use<> {
    let is_chosen = move || palette.chosen.get() == number;
    // A card is gone to as the browser does: it waits for the page and scrolls.
    let external = one.anchor.is_some().then_some("external");
    view! {
        <a
            class="found"
            id=format!("{OPTION}{number}")
            role="option"
            tabindex="-1"
            href=one.href()
            rel=external
            aria-selected=move || if is_chosen() { "true" } else { "false" }
            on:click=move |_| palette.close()
        >
            {found::words(one, as_of)}
        </a>
    }
}
