//! Who can log in: one's own keys to choose from, and one more pasted here.

use crate::ui::field::{Field, FieldRow, Kind};
use leptos::prelude::*;
use read_models::{compute::KeyChoice, navigation::Address};

/// The boxes and the field. What is wrong with a chosen key stands above them.
#[component]
pub(super) fn LogIn(
    keys: Vec<KeyChoice>,
    pasted: String,
    wrong_choice: Option<String>,
    wrong_paste: Option<String>,
) -> impl IntoView {
    let choices = if keys.is_empty() {
        view! { <p class="quiet-words">"You keep no SSH key in your account."</p> }.into_any()
    } else {
        let rows = keys.into_iter().map(choice).collect_view();
        view! { <fieldset class="plain"><legend class="unseen">"Your SSH keys"</legend>{rows}</fieldset> }
            .into_any()
    };
    let wrong = wrong_choice.map(|sentence| view! { <p class="wrong">{sentence}</p> });
    let open = !pasted.is_empty() || wrong_paste.is_some();
    let field = Field {
        name: "input.new_ssh_key".to_owned(),
        label: "Another public key".to_owned(),
        help: "One line, as it stands in the file that ends in .pub. It is for this workload only."
            .to_owned(),
        value: pasted,
        kind: Kind::Code,
        required: false,
        choices: Vec::new(),
        error: wrong_paste,
        autocomplete: "off",
    };
    // Without an attribute where it is closed: a refresh would set it again and close what somebody has opened.
    let another = if open {
        view! { <details open><summary>"Let in another key"</summary><FieldRow field/></details> }.into_any()
    } else {
        view! { <details><summary>"Let in another key"</summary><FieldRow field/></details> }.into_any()
    };
    let security = format!("{}#ssh-keys", Address::AccountSecurity);
    view! {
        <div class="panel op" data-field="keys">
            {wrong}
            {choices}
            {another}
            <p class="quiet-words">
                "Keys are written to ~/.ssh/authorized_keys of the workload. The process drivers run no SSH server: who has a key gets in where the program serves SSH. "
                <a href=security>"Keep a key in your account"</a>
            </p>
        </div>
    }
}

/// In quotes: boxes of one name are words of one list, and a key has a space in it.
fn choice(key: KeyChoice) -> impl IntoView {
    let id = format!("key-{}", key.fingerprint);
    view! {
        <div class="field flag">
            <input type="checkbox" id=id.clone() name="input.ssh_keys" value=format!("'{}'", key.public_key) checked=key.chosen/>
            <label for=id>{key.name} " " <small class="mono">{key.fingerprint}</small></label>
        </div>
    }
}
