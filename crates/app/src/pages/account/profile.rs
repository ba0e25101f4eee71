//! How one is called, what one may, where one lands, in which colours.

use super::{calls::load_profile, workflow};
use crate::{
    components::{lifecycle_operation_card::LifecycleOperationCard, page::page},
    document::Theme,
    endpoint::Endpoint,
    pages::asked,
    shell::single_keys,
    ui::{
        facts::{FactList, fact},
        section::Section,
    },
};
use leptos::prelude::*;
use read_models::{
    account::ProfileView,
    navigation::{Address, RouteId},
    session::RoleView,
};

/// `/account/profile`
#[component]
pub(crate) fn ProfilePage() -> impl IntoView {
    let draft = asked("draft");
    let profile = load_profile(draft);
    page(RouteId::AccountProfile, profile, own)
}

fn own(view: ProfileView) -> AnyView {
    let ProfileView { frame, roles, lands_on, landing_by_role, update } = view;
    let as_of = frame.as_of;
    let why = if landing_by_role { "as your role says" } else { "as you chose" };
    let facts = vec![
        fact("Name", frame.display_name.clone()),
        fact("Email", frame.email.clone()),
        fact("Lands on", format!("{lands_on}, {why}")),
        fact("Roles", roles_list(&roles)),
    ];
    let tab = view! {
        <Section title="You">
            <div class="pair cards">
                <LifecycleOperationCard card=update as_of/>
                <div class="stack">
                    <section class="panel op"><h3>"As others see you"</h3><FactList facts/></section>
                    {colours()}
                    {keys()}
                </div>
            </div>
        </Section>
    };
    workflow(RouteId::AccountProfile, Address::AccountProfile, frame, tab.into_any())
}

fn roles_list(roles: &[RoleView]) -> AnyView {
    if roles.is_empty() {
        return "None yet: ask an administrator.".into_any();
    }
    let rows = roles
        .iter()
        .map(|held| {
            let place = held
                .project
                .as_ref()
                .map_or_else(|| "the platform".to_owned(), |project| project.name.clone());
            view! { <li>{format!("{} on {place}", held.role.key().replace('_', " "))}</li> }
        })
        .collect_view();
    view! { <ul class="plain">{rows}</ul> }.into_any()
}

/// Kept in this browser; nobody else is touched by it.
fn colours() -> impl IntoView {
    let themes = Theme::ALL
        .into_iter()
        .map(|theme| view! { <button class="btn small" name="theme" value=theme.key()>{theme.word()}</button> })
        .collect_view();
    view! {
        <section class="panel op">
            <h3>"Colours of this browser"</h3>
            <form class="line" method="post" action=Endpoint::ChooseTheme.to_string()>
                <input type="hidden" name="back" value=Address::AccountProfile.to_string()/>
                {themes}
            </form>
        </section>
    }
}

/// Kept in this browser, as the colours are.
fn keys() -> impl IntoView {
    view! {
        <section class="panel op">
            <h3>"Keys of this browser"</h3>
            {single_keys(Address::AccountProfile.to_string())}
        </section>
    }
}
