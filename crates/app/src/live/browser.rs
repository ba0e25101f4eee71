//! The few things only a browser has. None of this is called on the server.

use leptos::ev;
use leptos::prelude::{document, window, window_event_listener};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Element;

/// Says on the document that the page is interactive.
pub(super) fn mark_interactive() {
    if let Some(root) = document().document_element() {
        _ = root.set_attribute("data-hydrated", "");
    }
}

/// Whether something like this stands on the page.
pub(super) fn is_there(selector: &str) -> bool {
    document().query_selector(selector).ok().flatten().is_some()
}

/// Every element like this.
fn all(selector: &str) -> impl Iterator<Item = Element> {
    let found = document().query_selector_all(selector).ok();
    let count = found.as_ref().map_or(0, web_sys::NodeList::length);
    (0..count).filter_map(move |at| found.as_ref()?.item(at)?.dyn_into().ok())
}

/// Writes how changes reach this tab where it is to stand.
pub(super) fn write_link((tone, word, meaning): (&str, &str, &str), beside_the_moment: &str) {
    for stamp in all("[data-link]") {
        _ = stamp.set_attribute("data-tone", tone);
        _ = stamp.set_attribute("title", meaning);
        write(&stamp, word);
    }
    for words in all("[data-link-words]") {
        write(&words, beside_the_moment);
    }
}

/// Writes a text where another stands: what is the same is not said again.
pub(super) fn write(element: &Element, text: &str) {
    if element.text_content().as_deref() != Some(text) {
        element.set_text_content(Some(text));
    }
}

/// Hears what is pressed on pages: the texts to copy, the passkeys to ask for, the dialogs to open. One listener for all there will ever be.
pub(super) fn hear_clicks() {
    let listening = window_event_listener(ev::click, |event| {
        let Some(target) = element_of(&event) else { return };
        if let Some(button) = target.closest("[data-copies]").ok().flatten() {
            let text = button.parent_element().and_then(|around| around.query_selector("pre").ok().flatten());
            if let Some(text) = text.and_then(|text| text.text_content()) {
                copy(&text);
                write(&button, "Copied");
            }
        } else if let Some(button) = target.closest("[data-ceremony]").ok().flatten() {
            super::passkey::hear(button);
        } else if let Some(button) = target.closest("[data-opens]").ok().flatten() {
            show_dialog(&button.get_attribute("data-opens").unwrap_or_default());
        }
    });
    // For as long as the page is there.
    drop(listening);
}

/// The element an event is about.
pub(super) fn element_of(event: &web_sys::Event) -> Option<Element> {
    event.target()?.dyn_into().ok()
}

/// Closes the menus that are open.
pub(super) fn close_menus() {
    for menu in all(".menu:popover-open") {
        _ = call(&menu, "hidePopover", &[]);
    }
}

/// The path of the page that is shown.
pub(crate) fn here() -> String {
    window().location().pathname().unwrap_or_default()
}

/// Shows the dialog with this id over the page.
pub(crate) fn show_dialog(id: &str) {
    if let Some(dialog) = document().get_element_by_id(id).and_then(|found| found.dyn_into().ok()) {
        open_dialog(&dialog);
    }
}

/// The build whose script runs on this page.
pub(super) fn build() -> Option<String> {
    document().document_element()?.get_attribute("data-build")
}

/// An object with these members.
pub(super) fn object(members: &[(&str, JsValue)]) -> JsValue {
    let object = js_sys::Object::new();
    for (name, value) in members {
        _ = js_sys::Reflect::set(&object, &(*name).into(), value);
    }
    object.into()
}

/// Presses the rail's entry of a family; `false` when it is not on this person's rail.
pub(crate) fn press_rail(family: &str) -> bool {
    let entry = document().query_selector(&format!(".rail a[data-nav=\"{family}\"]")).ok().flatten();
    entry.is_some_and(|entry| call(&entry, "click", &[]).is_some())
}

/// Loads the page again when it is of another build, but never twice for the same one; whether it does.
pub(super) fn reload_once_for(build: &str) -> bool {
    const TRIED: &str = "slipway-reloaded-for";
    if self::build().is_none_or(|of_page| of_page == build) {
        return false;
    }
    let Some(storage) = property(&window(), "sessionStorage") else { return false };
    if property(&storage, TRIED).and_then(|tried| tried.as_string()).as_deref() == Some(build) {
        return false;
    }
    js_sys::Reflect::set(&storage, &TRIED.into(), &build.into()).is_ok()
        && window().location().reload().is_ok()
}

/// Puts a text on the clipboard, where the browser lets us.
fn copy(text: &str) {
    let clipboard = property(&window().navigator(), "clipboard");
    if let Some(clipboard) = clipboard {
        _ = call(&clipboard, "writeText", &[text.into()]);
    }
}

/// A property that is there.
pub(super) fn property(of: &JsValue, name: &str) -> Option<JsValue> {
    js_sys::Reflect::get(of, &name.into()).ok().filter(|value| !value.is_undefined() && !value.is_null())
}

/// Calls a method, when there is one.
pub(super) fn call(on: &JsValue, method: &str, arguments: &[JsValue]) -> Option<JsValue> {
    let method: js_sys::Function = property(on, method)?.dyn_into().ok()?;
    method.apply(on, &arguments.iter().collect::<js_sys::Array>()).ok()
}

/// Shows a dialog over the page. The browser keeps the focus in it and gives it back when it closes.
pub(crate) fn open_dialog(dialog: &web_sys::HtmlDialogElement) {
    if !dialog.open() {
        _ = dialog.show_modal();
    }
}

/// Whether a click met the backdrop of a dialog: then it meets the dialog itself and nothing in it.
pub(crate) fn is_outside(event: &web_sys::MouseEvent) -> bool {
    // A dialog is padded only on its inside, where a part of it would have been met.
    element_of(event).is_some_and(|target| target.tag_name() == "DIALOG")
}

/// Whether a key without a modifier is meant as one: nobody writes, no dialog is open, and they are not switched off.
pub(crate) fn single_keys_count(event: &web_sys::KeyboardEvent) -> bool {
    let writes = |element: &web_sys::Element| {
        let editable = property(element, "isContentEditable").and_then(|is| is.as_bool()).unwrap_or_default();
        editable || matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT")
    };
    let is_off = document()
        .document_element()
        .and_then(|root| root.get_attribute("data-keys"))
        .is_some_and(|keys| keys == "off");
    !is_off && !is_there("dialog[open]") && !element_of(event).as_ref().is_some_and(writes)
}

/// Goes to the filter of the list on this page; `false` when it has none.
pub(crate) fn focus_the_filter() -> bool {
    const FILTERS: &str = "main input[data-filter], main select[data-filter], main [data-filter] a[aria-current], main [data-filter] a";
    match document().query_selector(FILTERS).ok().flatten() {
        Some(filter) => call(&filter, "focus", &[]).is_some(),
        None => false,
    }
}

/// Presses what has this id.
pub(crate) fn click(id: &str) {
    if let Some(element) = document().get_element_by_id(id) {
        _ = call(&element, "click", &[]);
    }
}

/// Brings what has this id into view, with as little movement as that takes.
pub(crate) fn scroll_to(id: &str) {
    let Some(element) = document().get_element_by_id(id) else { return };
    _ = call(&element, "scrollIntoView", &[object(&[("block", "nearest".into())])]);
}

/// Whether this is a machine whose keyboards have ⌘.
pub(crate) fn has_command_key() -> bool {
    let platform = property(&window().navigator(), "platform").and_then(|platform| platform.as_string());
    platform.is_some_and(|platform| platform.starts_with("Mac") || platform.starts_with("iP"))
}
