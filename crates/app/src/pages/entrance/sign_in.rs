//! Sign in: what this is, what went wrong, the form.

use super::{calls::load_sign_in, sentence};
use crate::{
    components::{page::page, page_main::PageTitle, passkey_button::PasskeyButton},
    endpoint::Endpoint,
    live::Ceremony,
    pages::asked,
    ui::field::{Field, FieldRow, Kind},
};
use leptos::prelude::*;
use read_models::{
    navigation::{Address, RouteId},
    session::SignInView,
};

/// `/sign-in`
#[component]
pub(crate) fn SignInPage() -> impl IntoView {
    let view = load_sign_in();
    let (next, failed, seconds) = (asked("next"), asked("error"), asked("seconds"));
    let then = asked("then");
    let second = match then.as_deref() {
        Some("code") => Some(Second::Code),
        Some("passkey") => Some(Second::Passkey),
        Some(_) | None => None,
    };
    page(RouteId::SignIn, view, move |view| match second {
        Some(second) => second_half(second, next, failed.as_deref(), seconds),
        None => entrance(view, next, failed.as_deref(), seconds),
    })
}

/// What is asked for after the password.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Second {
    Code,
    /// A passkey; a code does as well.
    Passkey,
}

fn entrance(
    view: SignInView,
    next: Option<String>,
    failed: Option<&str>,
    seconds: Option<String>,
) -> AnyView {
    let wait = wait(failed, seconds);
    let (tone, words) = match (failed, view.has_administrator) {
        (Some(code), _) => (Some("bad"), sentence(code)),
        (None, false) => (
            Some("warn"),
            "There is no administrator yet. Open the one-time link that Slipway printed when it started, or make a new \
             one with `slipway admin bootstrap-link`.",
        ),
        (None, true) => {
            (None, "No account, or the password is lost? An administrator of this Slipway can help.")
        }
    };
    let alone = view.passkeys.then(|| passkey_form(false, next.clone()));
    view! {
        <PageTitle text="Sign in"/>
        <div class="entrance">
            <Purpose/>
            <div class="panel op ways">
            <form method="post" action=Endpoint::SignIn.to_string() data-field="form">
                <h2>"Sign in"</h2>
                <p class="notice" data-field="problem" data-tone=tone role=failed.map(|_| "alert")>{words} {wait}</p>
                <input type="hidden" name="next" value=next.unwrap_or_default()/>
                {credentials("current-password", "", Given::default())}
                <button class="btn primary" type="submit">"Sign in"</button>
            </form>
            {alone}
            </div>
        </div>
    }
    .into_any()
}

/// A passkey signs in: by itself, or after the password.
fn passkey_form(half: bool, next: Option<String>) -> impl IntoView {
    let (body, words) = if half { ("half=true", "Use a passkey") } else { ("", "Use a passkey instead") };
    let class = if half { "btn primary" } else { "btn" };
    let ceremony = Ceremony { asks: Endpoint::AskAtSignIn.to_string(), body, makes: false };
    view! {
        <form method="post" action=Endpoint::SignInPasskey.to_string() data-field="passkey">
            <input type="hidden" name="half" value=half.to_string()/>
            <input type="hidden" name="next" value=next.unwrap_or_default()/>
            <PasskeyButton ceremony words class off=false/>
        </form>
    }
}

/// The password was right: a passkey or a code, and nobody is signed in before it is.
fn second_half(
    second: Second,
    next: Option<String>,
    failed: Option<&str>,
    seconds: Option<String>,
) -> AnyView {
    let wait = wait(failed, seconds);
    let has_passkey = second == Second::Passkey;
    let words = match failed {
        Some("wrong") => "That code is not right, or it was used already. Wait for the next one.",
        Some(code) => sentence(code),
        None if has_passkey => "The password was right. Now your passkey, or a code.",
        None => "The password was right. Now the code of your authenticator app.",
    };
    let passkey = has_passkey.then(|| passkey_form(true, next.clone()));
    let help = if has_passkey {
        "Six digits of an authenticator app, or a recovery code: each works once. Without any of them, an administrator at the server's shell can help."
    } else {
        "Six digits. Without the app, a recovery code does: each works once. Without either, an administrator at the server's shell can help."
    };
    let class = if has_passkey { "btn" } else { "btn primary" };
    let code = Field {
        name: "code".to_owned(),
        label: "Code".to_owned(),
        help: help.to_owned(),
        kind: Kind::Code,
        required: true,
        autocomplete: "one-time-code",
        ..Field::default()
    };
    let again = next
        .as_ref()
        .map_or_else(|| Address::SignIn.to_string(), |next| format!("{}?next={next}", Address::SignIn));
    view! {
        <PageTitle text="Sign in"/>
        <div class="entrance">
            <Purpose/>
            <div class="panel op ways">
                <h2>"Second step"</h2>
                <p class="notice" data-field="problem" data-tone=failed.map(|_| "bad") role=failed.map(|_| "alert")>{words} {wait}</p>
                {passkey}
                <form method="post" action=Endpoint::SignInCode.to_string() data-field="form">
                    <input type="hidden" name="next" value=next.unwrap_or_default()/>
                    <input type="hidden" name="passkey" value=has_passkey.to_string()/>
                    <FieldRow field=code/>
                    <button class=class type="submit">"Sign in"</button>
                    <p><a rel="external" href=again>"Begin again"</a></p>
                </form>
            </div>
        </div>
    }
    .into_any()
}

/// When the next try is possible.
fn wait(failed: Option<&str>, seconds: Option<String>) -> Option<String> {
    let seconds =
        seconds.filter(|wait| failed == Some("wait") && wait.bytes().all(|digit| digit.is_ascii_digit()))?;
    Some(format!(" It will be possible in {seconds} s."))
}

/// What stands behind this door.
#[component]
pub(super) fn Purpose() -> impl IntoView {
    view! {
        <section class="purpose" data-field="purpose">
            <p class="brand"><img src="/favicon.svg" alt="" width="28" height="28"/> "Slipway"</p>
            <h1>"Launch workloads. Bring machines in. See every step."</h1>
            <p>"The console of a GPU and bare-metal cloud. Every change is a planned operation with its progress, its failure path and its evidence."</p>
        </section>
    }
}

/// What was typed before, and what is wrong with it. A password is never sent back.
#[derive(Default)]
pub(super) struct Given {
    pub(super) email: String,
    pub(super) email_error: Option<String>,
    pub(super) password_error: Option<String>,
}

/// Address and password.
pub(super) fn credentials(autocomplete: &'static str, help: &str, given: Given) -> impl IntoView + use<> {
    let email = Field {
        name: "email".to_owned(),
        label: "Email".to_owned(),
        kind: Kind::Email,
        value: given.email,
        error: given.email_error,
        required: true,
        autocomplete: "username",
        ..Field::default()
    };
    let password = Field {
        name: "password".to_owned(),
        label: "Password".to_owned(),
        help: help.to_owned(),
        kind: Kind::Password,
        error: given.password_error,
        required: true,
        autocomplete,
        ..Field::default()
    };
    view! { <FieldRow field=email/> <FieldRow field=password/> }
}
