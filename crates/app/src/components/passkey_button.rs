//! The button that has a passkey answer and then sends the form it stands in. It is there once the page is interactive.

use crate::live::{self, Ceremony};
use leptos::{html, prelude::*, task::spawn_local};

/// The button, the fields that carry the answer, and what went wrong.
#[component]
pub(crate) fn PasskeyButton(
    ceremony: Ceremony,
    #[prop(into)] words: String,
    class: &'static str,
    off: bool,
) -> impl IntoView {
    let (asking, problem) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let button = NodeRef::<html::Button>::new();
    let press = move |_| {
        let Some(form) = button.get_untracked().and_then(|button| live::whole_form(&button)) else { return };
        if asking.get_untracked() {
            return;
        }
        asking.set(true);
        problem.set(None);
        let ceremony = ceremony.clone();
        spawn_local(async move {
            match live::passkey(&ceremony).await {
                Ok((key, answer)) => live::send_with(&form, &key, &answer),
                Err(sentence) => problem.set(Some(sentence)),
            }
            asking.set(false);
        });
    };
    view! {
        <input type="hidden" name="passkey_key"/>
        <input type="hidden" name="passkey_answer"/>
        <button class=format!("{class} needs-script") type="button" node_ref=button on:click=press disabled=off>
            {move || if asking.get() { "Asking your browser…".to_owned() } else { words.clone() }}
        </button>
        <small class="help without-script">"A passkey needs script in this browser. The other ways stay."</small>
        <p class="why-not passkey-problem" role="alert">{move || problem.get()}</p>
    }
}
