//! The button that has a passkey answer and then sends the form it stands in. It is there once the page is interactive, and
//! `live/passkey.rs` hears it.

use crate::live::Ceremony;
use leptos::prelude::*;

/// The button, the fields that carry the answer, and what went wrong.
#[component]
pub(crate) fn PasskeyButton(
    ceremony: Ceremony,
    #[prop(into)] words: String,
    class: &'static str,
    off: bool,
) -> impl IntoView {
    view! {
        <input type="hidden" name="passkey_key"/>
        <input type="hidden" name="passkey_answer"/>
        <button
            class=format!("{class} needs-script")
            type="button"
            disabled=off
            data-ceremony=ceremony.asks
            data-ceremony-body=ceremony.body
            data-ceremony-makes=ceremony.makes.then_some("")
        >
            {words}
        </button>
        <small class="help without-script">"A passkey needs script in this browser. The other ways stay."</small>
        <p class="why-not passkey-problem" role="alert" data-said-here=""></p>
    }
}
