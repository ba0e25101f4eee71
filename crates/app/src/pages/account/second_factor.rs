//! The authenticator app: setting it up, how it stands, and the recovery codes for the day a second factor is lost.

use super::passkeys;
use crate::{
    components::{
        lifecycle_operation_card::{CardOf, LifecycleOperationCard},
        since::Since,
    },
    endpoint::Endpoint,
    ui::{
        copy::Command,
        field::{Field, FieldRow, Kind},
        section::Section,
        words::count,
    },
};
use leptos::prelude::*;
use read_models::{
    account::{Enrolling, QrView, SecondFactorView, ShownCodes},
    operation::OperationCard,
    time::Timestamp,
};

/// The empty border a reader needs, in modules.
const QUIET: u32 = 4;

/// The sections; what is next stands in it, and nothing that cannot be done.
pub(super) fn second_factor(view: SecondFactorView, as_of: Timestamp) -> AnyView {
    let SecondFactorView { app, enrolling, add, remove, recovery, passkeys } = view;
    let aside = if app.is_some() { "its code does beside the password" } else { "none yet" };
    let has_passkey = !passkeys.keys.is_empty();
    let has_any = app.is_some() || has_passkey;
    let lost = has_any.then(|| view! {
        <p class="help lost">
            "App or passkeys, and recovery codes lost? Whoever runs this server can help at its own shell, when they know that it is you: "
            <code>"slipway admin reset-second-factor"</code>
            ". It is written to the audit, and ends your sessions."
        </p>
    });
    let issue = has_any.then(|| {
        let left = count(usize::try_from(recovery.left).unwrap_or_default(), "code left", "codes left");
        view! {
            <Section title="Recovery codes" id="recovery-codes" aside=left>
                <div class="pair cards"><LifecycleOperationCard card=recovery.issue as_of/> {lost}</div>
            </Section>
        }
    });
    let cards = match (app, enrolling) {
        (Some(_), _) => view! { <LifecycleOperationCard card=remove as_of/> }.into_any(),
        (None, Some(enrolling)) => confirming(enrolling, add, as_of),
        (None, None) => beginning(add, as_of),
    };
    view! {
        {recovery.shown.map(|shown| new_codes(shown, as_of))}
        {passkeys::passkeys(passkeys, as_of)}
        <Section title="Authenticator app" id="second-factor" aside>
            <div class="pair cards">{cards}</div>
        </Section>
        {issue}
    }
    .into_any()
}

/// The lines for the list of what protects the account.
pub(super) fn lines(view: &SecondFactorView, as_of: Timestamp) -> impl IntoView + use<> {
    let left =
        count(usize::try_from(view.recovery.left).unwrap_or_default(), "recovery code", "recovery codes");
    let has_passkey = !view.passkeys.keys.is_empty();
    let (words, tone, state) = match &view.app {
        Some(app) => {
            let used = match app.last_used_at {
                Some(at) => view! { ", used " <Since at as_of/> }.into_any(),
                None => ().into_any(),
            };
            let words = view! { "asked for since " <Since at=app.added_at as_of/> {used} ". " {left.clone()} " left." };
            (words.into_any(), "ok", "on")
        }
        None if has_passkey => ("Not needed beside a passkey.".into_any(), "idle", "none"),
        None => ("Whoever learns the password is in.".into_any(), "warn", "missing"),
    };
    let badge = match state {
        "on" => "On",
        "none" => "None",
        _ => "Missing",
    };
    view! {
        {passkeys::line(&view.passkeys, view.app.is_none().then_some(left), as_of)}
        <li class="rowx">
            <div><strong>"Authenticator app"</strong> <small>{words}</small></div>
            <div class="end"><span class="badge" data-tone=tone data-state=state>{badge}</span></div>
        </li>
    }
}

fn beginning(card: OperationCard, as_of: Timestamp) -> AnyView {
    let (off, reason) = (!card.button.enabled, card.button.reason.clone());
    let form = view! {
        <form class="op-form" method="post" action=Endpoint::BeginTotp.to_string()>
            <p class="line">
                <button class="btn primary" type="submit" disabled=off>"Set up an app…"</button>
                {reason.map(|reason| view! { <small class="why-not">{reason}</small> })}
            </p>
        </form>
    };
    view! {
        <p class="empty">
            "You have no authenticator app. Any app that shows six digits which change every thirty seconds does."
        </p>
        <CardOf card as_of form=form.into_any()/>
    }
    .into_any()
}

/// The picture for the app, and the field for its code.
fn confirming(enrolling: Enrolling, card: OperationCard, as_of: Timestamp) -> AnyView {
    let code = Field {
        name: "code".to_owned(),
        label: "Code the app shows".to_owned(),
        help: "Six digits. Nothing is asked for before a right one was typed here.".to_owned(),
        kind: Kind::Code,
        required: true,
        autocomplete: "one-time-code",
        ..Field::default()
    };
    let form = view! {
        <form class="op-form" method="post" action=Endpoint::ConfirmTotp.to_string()>
            <input type="hidden" name="reference" value=enrolling.reference.to_string()/>
            <FieldRow field=code/>
            <p class="line"><button class="btn primary" type="submit">{card.title.clone()} "…"</button></p>
        </form>
    };
    view! {
        <section class="panel op enrolling" data-field="enrolling">
            <h3>"Show this to the app"</h3>
            {enrolling.qr.map(picture)}
            <p>
                "Or type the secret into it. It is shown in this browser only, and goes when the app is added, at the latest "
                <Since at=enrolling.good_until as_of/> "."
            </p>
            <Command text=enrolling.secret label="The secret of the app"/>
            <form method="post" action=Endpoint::BeginTotp.to_string()>
                <button class="btn small" type="submit">"Make another secret"</button>
            </form>
        </section>
        <CardOf card as_of form=form.into_any()/>
    }
    .into_any()
}

/// Dark on light in every theme: readers want it so.
fn picture(qr: QrView) -> impl IntoView {
    let side = qr.size + 2 * QUIET;
    view! {
        <svg class="qr" role="img" aria-label="QR code of the secret" viewBox=format!("-{QUIET} -{QUIET} {side} {side}") width="200" height="200">
            <rect x=format!("-{QUIET}") y=format!("-{QUIET}") width=side height=side fill="#fff"/>
            <path d=qr.path fill="#000"/>
        </svg>
    }
}

fn new_codes(shown: ShownCodes, as_of: Timestamp) -> impl IntoView {
    view! {
        <section class="panel act new-token" data-tone="warn" data-field="recovery-codes">
            <h2>"Copy the recovery codes now"</h2>
            <p>
                "Each lets you in once, beside your password, when app or passkey is lost. They go from this page when one is used, at the latest "
                <Since at=shown.shown_until as_of/> ", and are not shown again."
            </p>
            <Command text=shown.codes.join("\n") label="The recovery codes"/>
        </section>
    }
}
