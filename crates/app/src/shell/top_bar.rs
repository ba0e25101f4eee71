//! The bar above every page: whose things are shown, what is under way, how changes arrive, who is here.

use super::{keyboard::KeyboardMap, palette::Palette};
use crate::{
    document::Theme,
    endpoint::Endpoint,
    live::{self, Link},
};
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use read_models::{
    counting::BoundedCount,
    navigation::{Address, CONTRACT, Family},
    session::{Me, ProjectRef, RoleView, ShellView},
};

/// The bar. Its menus are popovers: they open, close on Esc and need no script. Each part is written again only when it has
/// changed itself, because that closes an open menu.
#[component]
pub(crate) fn TopBar(shell: Memo<Option<ShellView>>, palette: Palette, map: KeyboardMap) -> impl IntoView {
    let me = Memo::new(move |_| shell.get().and_then(|shell| shell.me));
    let scope = Memo::new(move |_| shell.get().map(|shell| (shell.project, shell.projects)));
    let running = Memo::new(move |_| shell.get().map(|shell| shell.running_operations).unwrap_or_default());
    let landing = Memo::new(move |_| me.get().map(|me| me.landing.to_string()).unwrap_or_default());
    let bar = move || {
        view! {
            <header class="top">
                <a class="brand" href=move || landing.get()>
                    <img src="/favicon.svg" alt="" width="20" height="20"/>
                    "Slipway"
                </a>
                {move || scope.get().map(|(project, projects)| switcher(project, projects))}
                {find(palette)}
                <span class="grow"></span>
                {move || under_way(running.get(), &landing.get())}
                <LinkStamp/>
                {move || me.get().map(|me| account(me, map))}
            </header>
        }
    };
    let is_known = Memo::new(move |_| me.get().is_some());
    move || is_known.get().then(bar)
}

/// Opens the palette; before the script arrives and without it, the page of finding.
fn find(palette: Palette) -> impl IntoView {
    // What the machine's own keyboard has is known in the browser only.
    let held = RwSignal::new("⌘");
    Effect::new(move |_| held.set(if live::has_command_key() { "⌘" } else { "Ctrl" }));
    let open = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        palette.open();
    };
    view! {
        <form class="find" method="get" action=Address::Find { words: None }.to_string() on:submit=open>
            <button class="find-button" type="submit" aria-haspopup="dialog" aria-keyshortcuts="Meta+K Control+K">
                <span class="find-words">"Find anything or run an operation"</span>
                <kbd aria-hidden="true">{held} " K"</kbd>
            </button>
        </form>
    }
}

fn under_way(count: BoundedCount, landing: &str) -> Option<impl IntoView + use<>> {
    if count.is_none() {
        return None;
    }
    let words = count.of("operation runs", "operations run");
    Some(view! { <a class="badge" data-tone="busy" href=format!("{landing}#in-progress")>{words}</a> })
}

/// How changes reach this page.
#[component]
fn LinkStamp() -> impl IntoView {
    let link = live::link();
    let stamp = move || match link.get() {
        Link::AsLoaded => ("idle", "As loaded", "Load the page again to see what changed."),
        Link::Stream => ("ok", "Live", "Changes appear by themselves."),
        Link::Polling => ("warn", "Polling", "The stream of changes is down: the page asks every 10 s."),
        Link::Lost => {
            ("bad", "No answer", "The server does not answer: what you see is the last that was known.")
        }
    };
    view! {
        <span class="badge stamp" role="status" data-link data-tone=move || stamp().0 title=move || stamp().2>
            {move || stamp().1}
        </span>
    }
}

fn switcher(current: Option<ProjectRef>, projects: Vec<ProjectRef>) -> Option<impl IntoView> {
    let current = current?;
    let path = use_location().pathname;
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
            <input type="hidden" name="back" value=move || path.get()/>
            {choices}
        </form>
    })
}

fn account(me: Me, map: KeyboardMap) -> impl IntoView {
    let path = use_location().pathname;
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
            <button class="menu-item needs-script" type="button" on:click=move |_| map.open()>"Keyboard map"</button>
            <form method="post" action=Endpoint::ChooseTheme.to_string()>
                <p class="menu-title">"Colours"</p>
                <input type="hidden" name="back" value=move || path.get()/>
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
