//! What lets a person and their scripts in: password and second factor, SSH keys and API tokens.

use super::{RowButton, calls::load_security, password::password_card, second_factor, workflow};
use crate::{
    components::{lifecycle_operation_card::LifecycleOperationCard, page::page, since::Since},
    pages::asked,
    ui::{copy::Command, section::Section, words::count},
};
use leptos::prelude::*;
use read_models::{
    account::{SecondFactorView, SecurityView, SshKeyRow, TokenRow, TokenSecret},
    navigation::{Address, RouteId},
    operation::OperationCard,
    time::Timestamp,
};

/// `/account/security`
#[component]
pub(crate) fn SecurityPage() -> impl IntoView {
    let draft = asked("draft");
    let security = load_security(draft);
    page(RouteId::AccountSecurity, security, own)
}

fn own(view: SecurityView) -> AnyView {
    let SecurityView { frame, keys, add_key, remove_key, tokens, issue_token, revoke_token, .. } = view;
    let as_of = frame.as_of;
    let password = password_card(view.change_password, &frame.email, as_of);
    let protects = protects(view.password_set_at, &view.second_factor, as_of);
    let second = second_factor::second_factor(view.second_factor, as_of);
    let (some_keys, some_tokens) =
        (count(keys.len(), "key", "keys"), count(tokens.len(), "good token", "good tokens"));
    let tab = view! {
        {new_tokens(&tokens, as_of)}
        <Section title="Signing in" id="signing-in">
            <div class="pair cards">{protects} {password}</div>
        </Section>
        {second}
        <Section title="SSH keys" id="ssh-keys" aside=some_keys>
            <div class="pair cards">
                {key_list(keys, &remove_key, as_of)}
                <LifecycleOperationCard card=add_key as_of/>
            </div>
        </Section>
        <Section title="API tokens" id="tokens" aside=some_tokens>
            <div class="pair cards">
                {token_list(tokens, &revoke_token, as_of)}
                <LifecycleOperationCard card=issue_token as_of/>
            </div>
        </Section>
    };
    workflow(RouteId::AccountSecurity, Address::AccountSecurity, frame, tab.into_any())
}

/// What stands between the account and whoever knows its email.
fn protects(
    password_set_at: Option<Timestamp>,
    second: &SecondFactorView,
    as_of: Timestamp,
) -> impl IntoView + use<> {
    let since = match password_set_at {
        Some(at) => view! { "set " <Since at as_of/> }.into_any(),
        None => "set before this was written down".into_any(),
    };
    view! {
        <ul class="panel own" data-field="protects">
            <li class="rowx">
                <div><strong>"Password"</strong> <small>{since}</small></div>
                <div class="end"><span class="badge" data-tone="ok" data-state="set">"Set"</span></div>
            </li>
            {second_factor::lines(second, as_of)}
        </ul>
    }
}

/// The texts of tokens that were just issued: now or never.
fn new_tokens(tokens: &[TokenRow], as_of: Timestamp) -> Option<impl IntoView + use<>> {
    let shown: Vec<_> =
        tokens.iter().filter_map(|token| Some((token.name.clone(), token.secret.clone()?))).collect();
    (!shown.is_empty())
        .then(|| shown.into_iter().map(|(name, secret)| new_token(name, secret, as_of)).collect_view())
}

fn new_token(name: String, secret: TokenSecret, as_of: Timestamp) -> impl IntoView {
    let heading = format!("Copy the token {name} now");
    view! {
        <section class="panel act new-token" data-tone="warn" data-new-token=name>
            <h2>{heading}</h2>
            <p>
                "Whoever has this text comes in as you. It goes from this page when it is first used, at the latest "
                <Since at=secret.shown_until as_of/> ", and is not shown again."
            </p>
            <Command text=secret.text label="The text of the token"/>
        </section>
    }
}

fn key_list(keys: Vec<SshKeyRow>, remove: &OperationCard, as_of: Timestamp) -> AnyView {
    if keys.is_empty() {
        return view! {
            <p class="empty">"You have no SSH key. One that is kept here can be let in at every launch."</p>
        }
        .into_any();
    }
    let rows = keys
        .into_iter()
        .map(|key| {
            let card = remove.clone();
            view! {
                <li class="rowx" data-ssh-key=key.id.to_string()>
                    <div>
                        <strong>{key.name.clone()}</strong>
                        <small class="mono">{key.algorithm} " " {key.fingerprint}</small>
                        <small>"added " <Since at=key.added_at as_of/></small>
                    </div>
                    <div class="end">
                        <RowButton card names=("key", key.id.to_string()) back=Address::AccountSecurity word="Remove" what=key.name/>
                    </div>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="panel own">{rows}</ul> }.into_any()
}

fn token_list(tokens: Vec<TokenRow>, revoke: &OperationCard, as_of: Timestamp) -> AnyView {
    if tokens.is_empty() {
        return view! {
            <p class="empty">"You have no good API token. Issue one for a script: it can do no more than its scope, and no more than you."</p>
        }
        .into_any();
    }
    let rows = tokens.into_iter().map(|token| token_row(token, revoke.clone(), as_of)).collect_view();
    view! { <ul class="panel own">{rows}</ul> }.into_any()
}

fn token_row(token: TokenRow, revoke: OperationCard, as_of: Timestamp) -> impl IntoView {
    let used = match token.last_used_at {
        Some(at) => view! { "used " <Since at as_of/> }.into_any(),
        None => "never used".into_any(),
    };
    let tone = if token.ends_soon { "warn" } else { "idle" };
    view! {
        <li class="rowx" data-token=token.id.to_string()>
            <div>
                <strong>{token.name.clone()}</strong> " "
                <span class="badge" data-tone="idle" data-state=token.scope.clone()>{token.scope.clone()}</span>
                <small data-tone=tone>"ends " <Since at=token.expires_at as_of/> ", " {used}</small>
            </div>
            <div class="end">
                <RowButton card=revoke names=("token", token.id.to_string()) back=Address::AccountSecurity word="Revoke" what=token.name/>
            </div>
        </li>
    }
}
