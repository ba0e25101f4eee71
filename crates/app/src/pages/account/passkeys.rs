//! Passkeys: which there are, how one is added, and why there can be none here.

use super::RowButton;
use crate::{
    components::{lifecycle_operation_card::CardOf, passkey_button::PasskeyButton, since::Since},
    endpoint::Endpoint,
    live::Ceremony,
    ui::{
        field::{Field, FieldRow},
        section::Section,
        words::count,
    },
};
use leptos::prelude::*;
use read_models::{
    account::{PasskeyRow, PasskeysView},
    navigation::Address,
    operation::OperationCard,
    time::Timestamp,
};

/// The section: the list, and how one more is added.
pub(super) fn passkeys(view: PasskeysView, as_of: Timestamp) -> impl IntoView {
    let PasskeysView { keys, host, why_not, add, remove } = view;
    let aside = count(keys.len(), "passkey", "passkeys");
    view! {
        <Section title="Passkeys" id="passkeys" aside>
            <div class="pair cards">
                {list(keys, host.as_ref(), &remove, as_of)}
                {adding(add, why_not, as_of)}
            </div>
        </Section>
    }
}

/// One line for the list of what protects the account; `left` says how many recovery codes are left.
pub(super) fn line(view: &PasskeysView, left: Option<String>, as_of: Timestamp) -> impl IntoView + use<> {
    let used = view.keys.iter().filter_map(|key| key.last_used_at).max();
    let doubted = view.keys.iter().any(|key| key.doubted_at.is_some());
    let some = count(view.keys.len(), "passkey", "passkeys");
    let words = if view.keys.is_empty() {
        "A finger, a face or a PIN on a device of yours; it cannot be given away on a false page.".into_any()
    } else {
        let used = used.map(|at| view! { ", used " <Since at as_of/> });
        view! { {some} {used} ". " {left.map(|left| format!("{left} left."))} }.into_any()
    };
    let (tone, state, badge) = match (view.keys.is_empty(), doubted) {
        (true, _) => ("idle", "none", "None"),
        (false, true) => ("warn", "doubted", "Look"),
        (false, false) => ("ok", "on", "On"),
    };
    view! {
        <li class="rowx">
            <div><strong>"Passkeys"</strong> <small>{words}</small></div>
            <div class="end"><span class="badge" data-tone=tone data-state=state>{badge}</span></div>
        </li>
    }
}

fn list(keys: Vec<PasskeyRow>, host: Option<&String>, remove: &OperationCard, as_of: Timestamp) -> AnyView {
    if keys.is_empty() {
        return view! {
            <p class="empty">"You have no passkey. One on a phone, a computer or a security key stands beside the password, or signs you in by itself."</p>
        }
        .into_any();
    }
    let belong = host.map(|host| view! {
        <li class="rowx"><div><small>"They belong to " <code>{host.clone()}</code> " and answer at no other address."</small></div></li>
    });
    let rows = keys.into_iter().map(|key| row(key, remove.clone(), as_of)).collect_view();
    view! { <ul class="panel own" data-field="passkeys">{rows} {belong}</ul> }.into_any()
}

fn row(key: PasskeyRow, remove: OperationCard, as_of: Timestamp) -> impl IntoView {
    let used = match key.last_used_at {
        Some(at) => view! { "used " <Since at as_of/> }.into_any(),
        None => "never used".into_any(),
    };
    let doubted = key.doubted_at.map(|at| view! {
        <small data-tone="warn">"refused " <Since at as_of/> ": its counter had gone back, so that it may have been copied"</small>
    });
    view! {
        <li class="rowx" data-passkey=key.id.to_string()>
            <div>
                <strong>{key.name.clone()}</strong>
                <small>"added " <Since at=key.added_at as_of/> ", " {used}</small>
                {doubted}
            </div>
            <div class="end">
                <RowButton card=remove names=("passkey", key.id.to_string()) back=Address::AccountSecurity word="Remove" what=key.name/>
            </div>
        </li>
    }
}

/// The form of the card: a name, and the browser does the rest. Where there can be no passkeys it says why.
fn adding(card: OperationCard, why_not: Option<String>, as_of: Timestamp) -> impl IntoView {
    let (off, reason) = (!card.button.enabled, card.button.reason.clone());
    let name = Field {
        name: "name".to_owned(),
        label: "Name".to_owned(),
        help: "What you call it: the phone or the key it is on.".to_owned(),
        required: true,
        autocomplete: "off",
        ..Field::default()
    };
    let ceremony = Ceremony { asks: Endpoint::AskForNewPasskey.to_string(), body: "", makes: true };
    let form = match why_not {
        Some(sentence) => view! { <p class="why-not" data-field="no-passkeys">{sentence}</p> }.into_any(),
        None => view! {
            <form class="op-form" method="post" action=Endpoint::AddPasskey.to_string()>
                <FieldRow field=name/>
                <div class="line passkey">
                    <PasskeyButton ceremony words=format!("{}…", card.title) class="btn primary" off/>
                    {reason.map(|reason| view! { <small class="why-not">{reason}</small> })}
                </div>
            </form>
        }
        .into_any(),
    };
    view! { <CardOf card as_of form/> }
}
