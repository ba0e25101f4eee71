//! What happened in a project: who did it, to what, newest first, and as a bundle that proves itself.

use super::calls::load_project_audit;
use crate::{
    components::{
        audit::{
            address,
            bundle::BundleOfThing,
            rows::{found, summary},
            search_form::search_form,
        },
        local_nav::ThingNav,
        next_strip::{NextAnswers, NextStrip},
        page::page,
        page_main::PageTitle,
        resource_header::ListHeader,
    },
    pages::asked,
    ui::section::Section,
};
use leptos::prelude::*;
use read_models::{
    audit::{AuditSearch, AuditView},
    navigation::{Address, RouteId},
};

/// `/access/audit`
#[component]
pub(crate) fn AccessAuditPage() -> impl IntoView {
    let names = AuditSearch::default().parts().map(|(name, _)| name);
    let said = names.into_iter().filter_map(|name| Some((name.to_owned(), asked(name)?)));
    page(RouteId::AccessAudit, load_project_audit(AuditSearch::of_pairs(said), asked("cursor")), workflow)
}

fn workflow(view: AuditView) -> AnyView {
    let as_of = view.as_of;
    let here = address(view.scope.as_ref(), view.search.clone()).to_string();
    let joint = if here.contains('?') { '&' } else { '?' };
    let next = view.next_cursor.clone().map(|cursor| format!("{here}{joint}cursor={cursor}"));
    let name = view.scope.as_ref().map(|project| project.name.clone()).unwrap_or_default();
    let summary = format!("{name}. {}", summary(&view));
    let (form, found) = (search_form(&view), found(&view));
    let answers = NextAnswers {
        action_required: view.action_required,
        run_next: view.run_next,
        cards: Address::Workbench,
        safe_to_ignore: Some(view.safe_to_ignore),
        evidence: view! { <a href="#bundle" rel="external">"A bundle of it"</a> }.into_any(),
    };
    view! {
        <PageTitle text="Audit · Access"/>
        <ListHeader title="Audit" summary as_of actions=().into_any()/>
        <ThingNav current=RouteId::AccessAudit id=""/>
        <NextStrip answers/>
        {form}
        <Section title="What happened" aside="newest first" field="events">
            {found}
            {next.map(|href| view! { <p class="more"><a class="btn" href=href>"Next page"</a></p> })}
        </Section>
        <BundleOfThing evidence=view.bundle/>
    }
    .into_any()
}
