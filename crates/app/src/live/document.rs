//! The document that is shown, and the one the server has written since: what differs is touched, and nothing else.
//!
//! What somebody has typed, chosen or opened is theirs and stays. Morphing is Idiomorph's (`vendor/`).

use super::browser;
use leptos::prelude::{document, window};
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
use web_sys::{Document, DomParser, Element, SupportedType};

#[wasm_bindgen(module = "/vendor/idiomorph-0.8.0.js")]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = Idiomorph)]
    fn morph(shown: &Element, fresh: &Element, how: &JsValue) -> Result<JsValue, JsValue>;
}

/// All that is ours in the body.
const SHELL: &str = ".shell";
const MAIN: &str = "main";

/// A page as the server has written it now.
pub(super) struct Fresh {
    document: Document,
    shell: Element,
    pub(super) build: String,
}

impl Fresh {
    /// Whether its script would be the one that runs.
    pub(super) fn is_of_this_build(&self) -> bool {
        browser::build().as_ref() == Some(&self.build)
    }
}

/// Reads a page; nothing when it is none of ours.
pub(super) fn read(text: &str) -> Option<Fresh> {
    let document = DomParser::new().ok()?.parse_from_string(text, SupportedType::TextHtml).ok()?;
    let shell = document.query_selector(SHELL).ok()??;
    let build = document.document_element()?.get_attribute("data-build")?;
    Some(Fresh { document, shell, build })
}

/// Makes this page what it is now.
pub(super) fn touch(fresh: &Fresh) {
    become_like(fresh, false);
}

/// Makes it another page: nothing that was typed on the one before is carried over.
pub(super) fn replace(fresh: &Fresh) {
    let main = |of: &Document| of.query_selector(MAIN).ok().flatten();
    if let (Some(shown), Some(other)) = (main(&document()), main(&fresh.document)) {
        let other = document().import_node_with_deep(&other, true);
        _ = other.map(|other| shown.replace_with_with_node_1(&other));
    }
    become_like(fresh, true);
}

fn become_like(fresh: &Fresh, but_main: bool) {
    document().set_title(&fresh.document.title());
    let Some(shown) = document().query_selector(SHELL).ok().flatten() else { return };
    let touches = Closure::<dyn Fn(JsValue, JsValue) -> bool>::new(move |shown: JsValue, _| {
        shown
            .dyn_ref::<Element>()
            .is_none_or(|shown| !(is_theirs(shown) || but_main && shown.tag_name() == "MAIN"))
    });
    let writes = Closure::<dyn Fn(String, JsValue) -> bool>::new(|name: String, _| name != "open");
    let callbacks = browser::object(&[
        ("beforeNodeMorphed", touches.as_ref().clone()),
        ("beforeAttributeUpdated", writes.as_ref().clone()),
    ]);
    let how = browser::object(&[
        ("morphStyle", "outerHTML".into()),
        ("ignoreActiveValue", JsValue::TRUE),
        ("callbacks", callbacks),
    ]);
    if let Err(error) = morph(&shown, &fresh.shell, &how) {
        web_sys::console::error_1(&error);
    }
}

/// Islands live by themselves; how changes arrive, what is asked of the browser and what it answered are written here; and what
/// is in a field that somebody has been at is theirs.
fn is_theirs(element: &Element) -> bool {
    let differs = |is: &str, was: &str| browser::property(element, is) != browser::property(element, was);
    match element.tag_name().as_str() {
        "LEPTOS-ISLAND" => true,
        "TEXTAREA" => differs("value", "defaultValue"),
        "INPUT" => differs("value", "defaultValue") || differs("checked", "defaultChecked"),
        "SELECT" => was_chosen(element),
        "BUTTON" => element.has_attribute("aria-busy"),
        _ => element.has_attribute("data-link") || element.has_attribute("data-said-here"),
    }
}

/// Whether another option is chosen than the page came with.
fn was_chosen(select: &Element) -> bool {
    let Some(options) = browser::property(select, "options") else { return false };
    let usual = js_sys::Array::from(&options)
        .iter()
        .position(|option| browser::property(&option, "defaultSelected").is_some_and(|is| is.is_truthy()));
    let chosen =
        browser::property(select, "selectedIndex").and_then(|index| index.as_f64()).unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "nobody chooses among so many")]
    let usual = usual.unwrap_or_default() as f64;
    (chosen - usual).abs() > 0.5
}

/// Says that another page is on its way.
pub(super) fn is_going(going: bool) {
    if let Some(main) = document().query_selector(MAIN).ok().flatten() {
        _ = if going { main.set_attribute("aria-busy", "true") } else { main.remove_attribute("aria-busy") };
    }
}

/// Goes on in the browser's history, and remembers beside the page one leaves how far it is scrolled.
pub(super) fn go_on(next: &str) {
    if let (Ok(history), Ok(at)) = (window().history(), window().scroll_y()) {
        _ = history.replace_state_with_url(&at.into(), "", None);
        _ = history.push_state_with_url(&JsValue::NULL, "", Some(next));
    }
}

/// How far the page was scrolled when somebody left it.
pub(super) fn kept_scroll() -> f64 {
    let kept = window().history().and_then(|history| history.state());
    kept.ok().and_then(|kept| kept.as_f64()).unwrap_or_default()
}

/// Brings into view what the address names, or where somebody was, or the top.
pub(super) fn look_at(hash: &str, was_at: Option<f64>) {
    match (was_at, document().get_element_by_id(hash)) {
        (None, Some(named)) => named.scroll_into_view(),
        (was_at, _) => window().scroll_to_with_x_and_y(0.0, was_at.unwrap_or_default()),
    }
}
