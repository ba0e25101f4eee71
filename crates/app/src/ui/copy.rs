//! A text to run or to keep, with a button that copies it. The button shows once the page is interactive.

use leptos::prelude::*;

/// A command in a box.
#[component]
pub(crate) fn Command(text: String, label: &'static str) -> impl IntoView {
    view! {
        <div class="command">
            <pre tabindex="0" role="group" aria-label=label><code>{text}</code></pre>
            <button class="btn small needs-script" type="button" data-copies>"Copy"</button>
        </div>
    }
}
