//! The views of a list that a person has saved: to open, to rename, to delete, and to save the list as it stands. Shown on
//! the lists themselves.

use crate::endpoint::Endpoint;
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use read_models::{
    error::ConsoleError,
    find::{SavedView, SavedViews},
    navigation::ListAddress,
    operation::OperationCard,
};

/// The address of this list, as views are saved of it.
pub(crate) fn here() -> String {
    let location = use_location();
    let (path, query) = (location.pathname.get_untracked(), location.search.get_untracked());
    ListAddress::of_page(&format!("{path}?{query}")).map(|list| list.to_string()).unwrap_or_default()
}

/// The strip of views. A list stands also when they cannot be read.
pub(crate) fn strip(answer: Result<SavedViews, ConsoleError>) -> AnyView {
    let view = match answer {
        Ok(view) => view,
        Err(error) => {
            return view! { <p class="quiet"><span>"Your saved views cannot be shown: " {error.sentence}</span></p> }.into_any();
        }
    };
    let SavedViews { list, here, views, save, rename, delete, .. } = view;
    let back = list.route().path;
    let links = views.iter().map(link).collect_view();
    let none = views.is_empty().then(|| view! { <small>"none of this list yet"</small> });
    let change = rename.zip(delete).map(|(rename, delete)| manage(views, &rename, &delete, back));
    let save = save.map(|save| save_form(&save, here, back));
    view! {
        <nav class="views" id="views" aria-labelledby="views-title">
            <h2 class="views-title" id="views-title">"Saved views"</h2>
            {none} <ul class="views-list">{links}</ul> {save} {change}
        </nav>
    }
    .into_any()
}

fn link(view: &SavedView) -> impl IntoView + use<> {
    let current = view.is_here.then_some("true");
    view! {
        <li><a class="view-link" href=view.address.clone() aria-current=current data-view=view.id.to_string()>{view.name.clone()}</a></li>
    }
}

fn save_form(card: &OperationCard, here: String, back: &'static str) -> impl IntoView + use<> {
    let (operation, target) = (card.operation.clone(), card.target.to_string());
    let (off, reason) = (!card.button.enabled, card.button.reason.clone());
    view! {
        <details class="view-form" data-operation=operation.clone()>
            <summary>"Save this view"</summary>
            <form method="post" action=Endpoint::Plan.to_string()>
                <input type="hidden" name="operation" value=operation.clone()/>
                <input type="hidden" name="target" value=target.clone()/>
                <input type="hidden" name="back" value=back/>
                <input type="hidden" name="input.address" value=here.clone()/>
                <label for="view-name">"Name of the view"</label>
                <input class="input" type="text" id="view-name" name="input.name" required maxlength="63" autocomplete="off"/>
                <button class="btn small" type="submit" disabled=off>"Save view…"</button>
                <small>{reason.unwrap_or_else(|| format!("Keeps {here}, for you only."))}</small>
            </form>
        </details>
    }
}

fn manage(
    views: Vec<SavedView>,
    rename: &OperationCard,
    delete: &OperationCard,
    back: &'static str,
) -> impl IntoView + use<> {
    let rows = views.into_iter().map(|view| row(view, rename, delete, back)).collect_view();
    view! {
        <details class="view-form">
            <summary>"Rename or delete"</summary>
            <ul class="plain">{rows}</ul>
        </details>
    }
}

fn row(
    view: SavedView,
    rename: &OperationCard,
    delete: &OperationCard,
    back: &'static str,
) -> impl IntoView + use<> {
    let asked = |card: &OperationCard| {
        let (operation, target) = (card.operation.clone(), card.target.to_string());
        let id = view.id.to_string();
        view! {
            <input type="hidden" name="operation" value=operation/>
            <input type="hidden" name="target" value=target/>
            <input type="hidden" name="back" value=back/>
            <input type="hidden" name="input.view" value=id/>
        }
    };
    let field = format!("name-of-{}", view.id);
    let name = view.name.clone();
    view! {
        <li class="view-row">
            <form method="post" action=Endpoint::Plan.to_string() data-operation=rename.operation.clone()>
                {asked(rename)}
                <label for=field.clone()>"Name of " {name.clone()}</label>
                <input class="input" type="text" id=field name="input.name" value=name.clone() required maxlength="63" autocomplete="off"/>
                <button class="btn small" type="submit" disabled=!rename.button.enabled>"Rename…" <span class="unseen">" " {name.clone()}</span></button>
            </form>
            <form method="post" action=Endpoint::Plan.to_string() data-operation=delete.operation.clone()>
                {asked(delete)}
                <button class="btn small" type="submit" disabled=!delete.button.enabled>"Delete…" <span class="unseen">" " {name}</span></button>
            </form>
        </li>
    }
}
