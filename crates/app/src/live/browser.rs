//! The few things only a browser has. None of this is called on the server.

use leptos::prelude::{document, window};
use wasm_bindgen::{JsCast, JsValue};

/// Says on the document that the page is interactive.
pub(super) fn mark_hydrated() {
    if let Some(root) = document().document_element() {
        _ = root.set_attribute("data-hydrated", "");
    }
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
