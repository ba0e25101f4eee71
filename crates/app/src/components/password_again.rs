//! The password once more, before something is destroyed or somebody let in: on the plan's page and on an operation's choices.

use leptos::prelude::*;

/// The field; `id` tells several on a page apart.
#[component]
pub(crate) fn PasswordAgain(id: String, off: bool) -> impl IntoView {
    view! {
        <div class="field">
            <label for=id.clone()>"Your password, again"</label>
            <input class="input" id=id name="password" type="password" autocomplete="current-password" required disabled=off/>
            <p class="help">"You signed in a while ago, and this is not done from a browser somebody may have left open."</p>
        </div>
    }
}
