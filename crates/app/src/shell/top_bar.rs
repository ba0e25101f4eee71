//! The bar above every page: whose things are shown, what is under way, how changes arrive, who is here.

use super::{keyboard::MAP_ID, palette::Find};
use crate::{document::Theme, endpoint::Endpoint, live::Link};
use leptos::prelude::*;
use read_models::{
    counting::BoundedCount,
    navigation::{CONTRACT, Family},
    session::{Me, ProjectRef, RoleView, ShellView},
};

/// The bar on the page at the path `here`. Its menus are popovers: they open, close on Esc and need no script.
#[component]
pub(crate) fn TopBar(shell: ShellView, here: String) -> impl IntoView {
    let ShellView { me, project, projects, running_operations, .. } = shell;
    let landing = me.as_ref().map(|me| me.landing.to_string()).unwrap_or_default();
    view! {
        <header class="top">
            <a class="brand" href=landing.clone()>
                <img src="/favicon.svg" alt="" width="20" height="20"/>
                "Slipway"
            </a>
            {switcher(project, projects, here.clone())}
            <Find/>
            <span class="grow"></span>
            {under_way(running_operations, &landing)}
            <LinkStamp/>
            {me.map(|me| account(me, here))}
        </header>
    }
}

fn under_way(count: BoundedCount, landing: &str) -> Option<impl IntoView + use<>> {
    if count.is_none() {
        return None;
    }
    let words = count.of("operation runs", "operations run");
    Some(view! { <a class="badge" data-tone="busy" href=format!("{landing}#in-progress")>{words}</a> })
}

/// How changes reach this page. Once the script runs, it is written there.
#[component]
fn LinkStamp() -> impl IntoView {
    let (tone, word, meaning) = Link::AsLoaded.stamp();
    view! { <span class="badge stamp" role="status" data-link data-tone=tone title=meaning>{word}</span> }
}

fn switcher(current: Option<ProjectRef>, projects: Vec<ProjectRef>, back: String) -> Option<impl IntoView> {
    let current = current?;
    let here = current.id.clone();
    let choices = projects
        .into_iter()
        .map(|project| {
            let chosen = (project.id == here).then_some("true");
            view! {
                <button class="menu-item" name="project" value=project.id.to_string() aria-current=chosen>{project.name}</button>
            }
        })
        .collect_view();
    Some(view! {
        <button class="scope" type="button" popovertarget="projects">
            <span class="unseen">"Project "</span> {current.name} <span class="caret" aria-hidden="true"></span>
        </button>
        <form class="menu" id="projects" popover="auto" method="post" action=Endpoint::SwitchProject.to_string()>
            <p class="menu-title">"Show the workloads of"</p>
            <input type="hidden" name="back" value=back/>
            {choices}
        </form>
    })
}

fn account(me: Me, back: String) -> impl IntoView {
    let themes = Theme::ALL
        .into_iter()
        .map(|theme| view! { <button class="menu-item" name="theme" value=theme.key()>{theme.word()}</button> })
        .collect_view();
    view! {
        <button class="scope" type="button" popovertarget="account">
            <span class="unseen">"Account "</span> <span class="email">{me.email.clone()}</span>
            <span class="caret" aria-hidden="true"></span>
        </button>
        <div class="menu right" id="account" popover="auto">
            <p class="menu-title">{me.email}</p>
            <ul class="menu-facts">{me.roles.iter().map(role).collect_view()}</ul>
            <ul class="menu-links">{own_pages()}</ul>
            <button class="menu-item needs-script" type="button" data-opens=MAP_ID>"Keyboard map"</button>
            <form method="post" action=Endpoint::ChooseTheme.to_string()>
                <p class="menu-title">"Colours"</p>
                <input type="hidden" name="back" value=back/>
                {themes}
            </form>
            <form method="post" action=Endpoint::SignOut.to_string()>
                <button class="menu-item" type="submit">"Sign out"</button>
            </form>
        </div>
    }
}

/// The account's pages, from the contract.
fn own_pages() -> impl IntoView {
    let rows = CONTRACT.iter().filter(|row| row.family == Family::Account);
    rows.map(|row| view! { <li><a class="menu-item" href=row.path>{row.local_nav}</a></li> }).collect_view()
}

fn role(held: &RoleView) -> impl IntoView + use<> {
    let role = held.role.key().replace('_', " ");
    let place =
        held.project.as_ref().map_or_else(|| "the platform".to_owned(), |project| project.name.clone());
    view! { <li>{format!("{role} on {place}")}</li> }
}
