//! The top of every page of one thing: back link, mark, name, state and since when, key facts, actions.

use super::{back_link::BackLink, freshness::Freshness};
use crate::ui::{facts::Named, words::initials};
use leptos::prelude::*;
use read_models::time::Timestamp;

/// The header. It answers what is active right now. Without `as_of` for what does not change any more.
#[component]
pub(crate) fn ResourceHeader(header: Header, #[prop(optional)] as_of: Option<Timestamp>) -> impl IntoView {
    let freshness = as_of.map(|as_of| view! { <Freshness as_of/> });
    let facts = header
        .facts
        .into_iter()
        .map(|(name, value)| view! { <div><dt>{name}</dt> " " <dd>{value}</dd></div> })
        .collect_view();
    let mark =
        header.mark.map(|name| view! { <span class="mark" aria-hidden="true">{initials(&name)}</span> });
    view! {
        <header class="resource" data-field="header">
            <div class="line"><BackLink href=header.back.0 word=header.back.1/> <span class="grow"></span> {freshness}</div>
            <div class="rh">
                {mark}
                <div class="rh-words">
                    <h1>{header.name} " " <span class="badges">{header.badges}</span></h1>
                    <dl class="facts">{facts}</dl>
                </div>
                <div class="actions">{header.actions}</div>
            </div>
        </header>
    }
}

/// What the header says.
pub(crate) struct Header {
    /// Where the back link leads, and the word on it.
    pub(crate) back: (String, String),
    /// Whose first letters are the mark; none for things without one.
    pub(crate) mark: Option<String>,
    pub(crate) name: String,
    pub(crate) badges: AnyView,
    pub(crate) facts: Vec<Named>,
    pub(crate) actions: AnyView,
}

/// The top of a page that lists things: what it is, how it stands, what can be begun here.
#[component]
pub(crate) fn ListHeader(
    title: &'static str,
    #[prop(into)] summary: String,
    as_of: Timestamp,
    actions: AnyView,
) -> impl IntoView {
    view! {
        <header class="rh list-header">
            <div class="rh-words">
                <h1>{title}</h1>
                <div class="line"><p>{summary}</p> <Freshness as_of/></div>
            </div>
            <div class="actions">{actions}</div>
        </header>
    }
}
