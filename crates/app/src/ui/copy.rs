//! A text to run or to keep, with a button that copies it. The button shows once the page is interactive.

use crate::live::copy;
use leptos::prelude::*;

/// A command in a box.
#[component]
pub(crate) fn Command(text: String, label: &'static str) -> impl IntoView {
    let copied = RwSignal::new(false);
    let source = text.clone();
    let press = move |_| {
        copy(&source);
        copied.set(true);
    };
    view! {
        <div class="command">
            <pre tabindex="0" role="group" aria-label=label><code>{text}</code></pre>
            <button class="btn small needs-script" type="button" on:click=press>
                {move || if copied.get() { "Copied" } else { "Copy" }}
            </button>
        </div>
    }
}
