//! Find anything, or run an operation: the palette as a page, for who has no script and for an address that can be kept.

use crate::{
    components::{found, freshness::Freshness, page::page, page_main::PageTitle},
    pages::asked,
    shell::calls::load_find,
    ui::section::Section,
};
use leptos::prelude::*;
use read_models::{
    find::{FindView, Found},
    navigation::{Address, RouteId},
    time::Timestamp,
};

/// `/find`
#[component]
pub(crate) fn FindPage() -> impl IntoView {
    let words = asked("q");
    let found = load_find(words.unwrap_or_default());
    page(RouteId::Find, found, workflow)
}

fn workflow(view: FindView) -> AnyView {
    let (as_of, asked) = (view.as_of, !view.words.is_empty());
    view! {
        <PageTitle text="Find"/>
        <header class="rh list-header">
            <div class="rh-words">
                <h1>"Find anything, or run an operation"</h1>
                <div class="line"><p>"Only what you may see is found."</p> <Freshness as_of/></div>
            </div>
        </header>
        <form class="find-form" method="get" action=Address::Find { words: None }.to_string() role="search">
            <label for="find-words">"Name, id, IP or hardware address, or what you want to do"</label>
            <p class="line">
                <input class="input" type="text" id="find-words" name="q" value=view.words autocomplete="off" spellcheck="false" maxlength="100" data-filter/>
                <button class="btn primary" type="submit">"Find"</button>
            </p>
        </form>
        <p class="quiet" data-field="looked"><span>{view.looked}</span></p>
        <Section title="Operations" aside="each leads to its card, which says what it will do" field="operations">
            {list(&view.operations, as_of, "No operation of yours is called so.")}
        </Section>
        <Section title="Pages" field="pages">{list(&view.pages, as_of, "No page of yours is called so.")}</Section>
        <Section title="Workloads, nodes and the like" field="resources">
            {list(&view.resources, as_of, if asked { "Nothing that you may see is called so." } else { "Nothing was asked for yet." })}
        </Section>
    }
    .into_any()
}

fn list(all: &[Found], as_of: Timestamp, none: &'static str) -> AnyView {
    if all.is_empty() {
        return view! { <p class="empty">{none}</p> }.into_any();
    }
    let row = |one: &Found| {
        let external = one.anchor.is_some().then_some("external");
        view! { <li><a class="found" href=one.href() rel=external>{found::words(one, as_of)}</a></li> }
    };
    view! { <ul class="panel founds">{all.iter().map(row).collect_view()}</ul> }.into_any()
}
