//! The browser's entry point: bring to life what the server rendered, nothing else.

/// Called by the page's script once the module is loaded, and before it calls the functions of the islands.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_islands();
    app::start();
}
