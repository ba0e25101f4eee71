//! Proving oneself once more, before something is destroyed or somebody let in: on the plan's page and on an operation's
//! choices. The password, or a code for who has an authenticator app.

use leptos::prelude::*;
use read_models::operation::FreshFactor;

const WHY: &str =
    "You signed in a while ago, and this is not done from a browser somebody may have left open.";

/// The field; `id` tells several on a page apart.
#[component]
pub(crate) fn FactorAgain(asked: FreshFactor, id: String, off: bool) -> impl IntoView {
    match asked {
        FreshFactor::Password => view! {
            <div class="field">
                <label for=id.clone()>"Your password, again"</label>
                <input class="input" id=id name="password" type="password" autocomplete="current-password" required disabled=off/>
                <p class="help">{WHY}</p>
            </div>
        }
        .into_any(),
        FreshFactor::Code => view! {
            <div class="field">
                <label for=id.clone()>"Code of your authenticator app"</label>
                <input class="input mono" id=id name="code" autocomplete="one-time-code" autocapitalize="off" spellcheck="false" required disabled=off/>
                <p class="help">{WHY} " A recovery code does too; each works once."</p>
            </div>
        }
        .into_any(),
    }
}
