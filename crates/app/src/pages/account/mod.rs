//! What is one's own. What the three pages share: the header, the answers above the tabs, what is and was under way.

mod calls;
mod passkeys;
mod password;
mod profile;
mod second_factor;
mod security;
mod sessions;

pub(crate) use profile::ProfilePage;
pub(crate) use security::SecurityPage;
pub(crate) use sessions::SessionsPage;

use crate::{
    components::{
        evidence_link::EvidenceLink,
        freshness::Freshness,
        local_nav::ThingNav,
        next_strip::{NextAnswers, NextStrip},
        page_main::PageTitle,
        past_operations::PastOperations,
        progress_brief::UnderWay,
    },
    endpoint::Endpoint,
    ui::section::Section,
};
use leptos::prelude::*;
use read_models::{
    account::AccountFrame,
    navigation::{Address, RouteId},
    operation::OperationCard,
};

/// A page of the account; `tab` is what stands under the tabs.
fn workflow(route: RouteId, cards: Address, frame: AccountFrame, tab: AnyView) -> AnyView {
    let as_of = frame.as_of;
    let word = route.route().local_nav.unwrap_or_default();
    let last = frame.past_operations.first().map(|run| run.id.clone());
    let evidence = match last {
        Some(operation) => view! { "The last operation: " <EvidenceLink operation/> }.into_any(),
        None => "Nothing was changed here yet.".into_any(),
    };
    let answers = NextAnswers {
        action_required: frame.action_required,
        run_next: frame.run_next,
        cards,
        safe_to_ignore: frame.safe_to_ignore,
        evidence,
    };
    view! {
        <PageTitle text=format!("{word} · Account")/>
        <header class="rh list-header" data-field="header">
            <div class="rh-words">
                <h1>"Account"</h1>
                <div class="line"><p>{frame.display_name} ", " {frame.email}</p> <Freshness as_of/></div>
            </div>
        </header>
        <NextStrip answers/>
        <ThingNav current=route id=""/>
        <UnderWay briefs=frame.in_progress/>
        {tab}
        <Section title="Carried out" aside="on your account, newest first">
            <PastOperations runs=frame.past_operations as_of/>
        </Section>
    }
    .into_any()
}

/// The button of a row: asks for the plan of an operation on just this one. Works before the script arrives.
#[component]
fn RowButton(
    card: OperationCard,
    /// The part of the input that names the row, and its value.
    names: (&'static str, String),
    back: Address,
    word: &'static str,
    /// What it is done to, for who does not see the row.
    #[prop(into)]
    what: String,
) -> impl IntoView {
    view! {
        <form class="row-form" method="post" action=Endpoint::Plan.to_string()>
            <input type="hidden" name="operation" value=card.operation/>
            <input type="hidden" name="target" value=card.target.to_string()/>
            <input type="hidden" name="back" value=back.to_string()/>
            <input type="hidden" name=format!("input.{}", names.0) value=names.1/>
            <button class="btn small" type="submit" disabled=!card.button.enabled title=card.button.reason>
                {word} "…" <span class="unseen">" " {what}</span>
            </button>
        </form>
    }
}
