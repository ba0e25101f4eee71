//! The rail: the families a person may use, and how much needs action in each.

use leptos::prelude::*;
use read_models::{
    navigation::{Family, Group},
    session::RailItem,
};

/// The families, under their headings.
#[component]
pub(crate) fn Rail(rail: Vec<RailItem>, here: Option<Family>) -> impl IntoView {
    let under = move |group: Group| {
        let items: Vec<_> = rail.iter().filter(|item| item.family.group() == group).cloned().collect();
        (!items.is_empty()).then(|| {
            view! {
                <h2>{group.word()}</h2>
                <ul>{items.into_iter().map(|item| entry(item, here)).collect_view()}</ul>
            }
        })
    };
    view! { <nav class="rail" aria-label="Families">{under(Group::Run)} {under(Group::Manage)} {under(Group::Platform)}</nav> }
}

fn entry(item: RailItem, here: Option<Family>) -> Option<AnyView> {
    let address = item.family.entry()?;
    let count = (!item.needs_action.is_none()).then(|| {
        let words = format!("{} in need of action", item.needs_action);
        view! { <span class="count" title=words.clone()><span aria-hidden="true">{item.needs_action.to_string()}</span><span class="unseen">" "{words.clone()}</span></span> }
    });
    let current = (here == Some(item.family)).then_some("page");
    Some(
        view! {
            <li>
                <a href=address.to_string() data-nav=item.family.key() aria-current=current>
                    {item.family.word()} {count}
                </a>
            </li>
        }
        .into_any(),
    )
}
