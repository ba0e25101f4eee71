//! The few things only a browser has. None of this is called on the server.

use leptos::ev;
use leptos::prelude::{document, window, window_event_listener};
use wasm_bindgen::{JsCast, JsValue};

/// Says on the document that the page is interactive.
pub(super) fn mark_hydrated() {
    if let Some(root) = document().document_element() {
        _ = root.set_attribute("data-hydrated", "");
    }
}

/// Has what somebody chose in a list stay chosen. A refresh takes `selected` away and writes it again, and the browser then
/// chooses the usual option, unless it knows of each option that somebody has decided about it (its "dirtiness", HTML Standard
/// 4.10.10). Only a change of what is chosen tells it so.
pub(super) fn keep_choices() {
    let listening = window_event_listener(ev::change, |event| {
        if let Some(target) = event.target() {
            _ = decide_about_each_option(&target);
        }
    });
    // For as long as the page is there.
    drop(listening);
}

fn decide_about_each_option(select: &JsValue) -> Option<()> {
    if property(select, "type")?.as_string()? != "select-one" {
        return None;
    }
    let chosen = property(select, "selectedIndex")?;
    for option in js_sys::Array::from(&property(select, "options")?).iter() {
        js_sys::Reflect::set(&option, &"selected".into(), &JsValue::TRUE).ok()?;
    }
    js_sys::Reflect::set(select, &"selectedIndex".into(), &chosen).ok().map(|_| ())
}

/// Loads the page again when it is of another build, but never twice for the same one.
pub(super) fn reload_once_for(build: &str) {
    const TRIED: &str = "slipway-reloaded-for";
    let of_page = document().document_element().and_then(|root| root.get_attribute("data-build"));
    if of_page.is_none_or(|of_page| of_page == build) {
        return;
    }
    let Some(storage) = property(&window(), "sessionStorage") else { return };
    if property(&storage, TRIED).and_then(|tried| tried.as_string()).as_deref() == Some(build) {
        return;
    }
    if js_sys::Reflect::set(&storage, &TRIED.into(), &build.into()).is_ok() {
        _ = window().location().reload();
    }
}

/// Puts a text on the clipboard, where the browser lets us.
pub(crate) fn copy(text: &str) {
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
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    // A dialog is padded only on its inside, where a part of it would have been met.
    target.is_some_and(|target| target.tag_name() == "DIALOG")
}

/// Whether a key without a modifier is meant as one: nobody writes, no dialog is open, and they are not switched off.
pub(crate) fn single_keys_count(event: &web_sys::KeyboardEvent) -> bool {
    let writes = |element: &web_sys::Element| {
        let editable = property(element, "isContentEditable").and_then(|is| is.as_bool()).unwrap_or_default();
        editable || matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT")
    };
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    let is_off = document()
        .document_element()
        .and_then(|root| root.get_attribute("data-keys"))
        .is_some_and(|keys| keys == "off");
    let in_dialog = document().query_selector("dialog[open]").ok().flatten().is_some();
    !is_off && !in_dialog && !target.as_ref().is_some_and(writes)
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
    let nearest = js_sys::Object::new();
    if js_sys::Reflect::set(&nearest, &"block".into(), &"nearest".into()).is_ok() {
        _ = call(&element, "scrollIntoView", &[nearest.into()]);
    }
}

/// Whether this is a machine whose keyboards have ⌘.
pub(crate) fn has_command_key() -> bool {
    let platform = property(&window().navigator(), "platform").and_then(|platform| platform.as_string());
    platform.is_some_and(|platform| platform.starts_with("Mac") || platform.starts_with("iP"))
}
