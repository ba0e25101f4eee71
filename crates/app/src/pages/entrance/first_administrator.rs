//! The first administrator: the form behind the one-time link that Slipway prints when it starts.

use super::{
    calls::load_sign_in,
    sentence,
    sign_in::{Given, Purpose, credentials},
};
use crate::{
    components::{page::page, page_main::PageTitle},
    endpoint::Endpoint,
    pages::asked,
};
use leptos::prelude::*;
use read_models::{
    navigation::{Address, RouteId},
    session::SignInView,
};

/// `/sign-in/first?token=…`
#[component]
pub(crate) fn FirstAdministratorPage() -> impl IntoView {
    let view = load_sign_in();
    let (token, failed, email) = (asked("token"), asked("error"), asked("email"));
    page(RouteId::FirstAdministrator, view, move |view| {
        first(view, token, failed.as_deref(), email.unwrap_or_default())
    })
}

fn first(view: SignInView, token: Option<String>, failed: Option<&str>, email: String) -> AnyView {
    let (tone, words) = match (failed, view.has_administrator, &token) {
        (Some(code), _, _) => (Some("bad"), sentence(code)),
        (None, true, _) => (Some("warn"), sentence("administrator_exists")),
        (None, false, None) => (Some("warn"), sentence("link_not_good")),
        (None, false, Some(_)) => (None, "This link works once. The account made here may do everything."),
    };
    let of_field =
        |field: &str| failed.filter(|code| code.starts_with(field)).map(|code| sentence(code).to_owned());
    let given = Given { email, email_error: of_field("email_"), password_error: of_field("password_") };
    let form = match (view.has_administrator, token) {
        (false, Some(token)) => view! {
            <input type="hidden" name="token" value=token/>
            {credentials("new-password", "At least 12 characters. A sentence is easier to remember than a puzzle.", given)}
            <button class="btn primary" type="submit">"Make the administrator"</button>
        }
        .into_any(),
        (true, _) | (false, None) => {
            view! { <a class="btn primary" href=Address::SignIn.to_string()>"To the sign-in"</a> }.into_any()
        }
    };
    view! {
        <PageTitle text="First administrator"/>
        <div class="entrance">
            <Purpose/>
            <form class="panel op" method="post" action=Endpoint::FirstAdministrator.to_string() data-field="form">
                <h2>"First administrator"</h2>
                <p class="notice" data-field="problem" data-tone=tone role=failed.map(|_| "alert")>{words}</p>
                {form}
            </form>
        </div>
    }
    .into_any()
}
