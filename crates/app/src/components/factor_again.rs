//! Proving oneself once more, before something is destroyed or somebody let in: on the plan's page and on an operation's
//! choices. The password; a code for who has an authenticator app; a passkey for who has one, or else a code.

use crate::{components::passkey_button::PasskeyButton, endpoint::Endpoint, live::Ceremony};
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
        FreshFactor::Passkey => {
            let ceremony = Ceremony { asks: Endpoint::AskForPasskey.to_string(), body: "", makes: false };
            view! {
                <div class="field passkey" data-field="passkey">
                    <PasskeyButton ceremony words="Go on with a passkey" class="btn" off/>
                </div>
                <div class="field">
                    <label for=id.clone()>"Or a code"</label>
                    <input class="input mono" id=id name="code" autocomplete="one-time-code" autocapitalize="off" spellcheck="false" disabled=off/>
                    <p class="help">{WHY} " A code of your authenticator app does, and so does a recovery code: each works once."</p>
                </div>
            }
            .into_any()
        }
    }
}
