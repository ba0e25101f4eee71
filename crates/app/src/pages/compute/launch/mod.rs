//! Launch compute: what there is, whether it can be launched now, the form, and what launching will do.

mod log_in;
mod offer;
mod review;

use super::calls::load_launch;
use crate::{
    components::{
        back_link::BackLink, blocker_list::PreconditionList, freshness::Freshness, page::page,
        page_main::PageTitle,
    },
    endpoint::Endpoint,
    pages::asked,
    ui::{
        field::{Field, FieldRow, Kind},
        section::Section,
    },
};
use leptos::prelude::*;
use log_in::LogIn;
use offer::Offers;
use read_models::{
    compute::{LaunchForm, LaunchView},
    error::FieldError,
    navigation::{Address, RouteId},
};
use review::Review;

/// `/compute/launch`
#[component]
pub(crate) fn LaunchPage() -> impl IntoView {
    let (project, sku, draft) = (asked("project"), asked("sku"), asked("draft"));
    let launch = load_launch(project, sku, draft);
    page(RouteId::LaunchCompute, launch, workflow)
}

fn workflow(view: LaunchView) -> AnyView {
    let LaunchView { as_of, project, skus, form, errors, card, keys, terminal_command } = view;
    let sku_error = wrong(&errors, "/sku").map(|error| view! { <p class="wrong" id="sku-error">{error}</p> });
    let (fields, summary, preconditions) =
        (fields(&form, &errors), summary(&errors), card.preconditions.clone());
    let (operation, target) = (card.operation.clone(), card.target.to_string());
    let back = Address::LaunchCompute { sku: None }.to_string();
    view! {
        <PageTitle text="Launch compute"/>
        <div class="line"><BackLink href=Address::Compute.to_string() word="Compute"/> <span class="grow"></span> <Freshness as_of/></div>
        <header class="rh"><div class="rh-words">
            <h1>"Launch compute"</h1>
            <p>"Into " <strong>{project.name}</strong> ". You see the plan before anything starts."</p>
        </div></header>
        {summary}
        <form class="split" method="post" action=Endpoint::Plan.to_string() data-field="form">
            <input type="hidden" name="operation" value=operation/>
            <input type="hidden" name="target" value=target/>
            <input type="hidden" name="back" value=back/>
            <div>
                <Section title="What to run on" aside="room as of now">
                    {sku_error}
                    <Offers skus chosen=form.sku/>
                </Section>
                <Section title="What to run"><div class="panel op">{fields}</div></Section>
                <Section title="Who can log in">
                    <LogIn keys pasted=form.new_ssh_key wrong_choice=wrong(&errors, "/ssh_keys") wrong_paste=wrong(&errors, "/new_ssh_key")/>
                </Section>
                <Section title="Ready to launch?" field="preconditions">
                    <div class="panel op"><PreconditionList preconditions/></div>
                </Section>
            </div>
            <Review card terminal_command/>
        </form>
    }
    .into_any()
}

fn fields(form: &LaunchForm, errors: &[FieldError]) -> impl IntoView + use<> {
    let field = |name: &str, label: &str, help: &str, value: &str, kind: Kind| Field {
        name: format!("input.{name}"),
        label: label.to_owned(),
        help: help.to_owned(),
        value: value.to_owned(),
        kind,
        required: name != "port",
        choices: Vec::new(),
        error: wrong(errors, &format!("/{name}")),
        autocomplete: "off",
    };
    let name = field(
        "name",
        "Name",
        "Lower-case letters, digits and dashes; one of its kind in the project.",
        &form.name,
        Kind::Text,
    );
    let command = field(
        "command",
        "Command",
        "Split at spaces, with quotes as in a shell. No shell runs it: no pipes, no variables.",
        &form.command,
        Kind::Code,
    );
    let port = field(
        "port",
        "Port",
        "Where it will answer; it is ready when it does. Leave empty when it does not listen.",
        &form.port,
        Kind::Number,
    );
    view! { <FieldRow field=name/> <FieldRow field=command/> <FieldRow field=port/> }
}

/// What is wrong with a part of the form.
fn wrong(errors: &[FieldError], pointer: &str) -> Option<String> {
    // A command is a list for programs: what is wrong with its third word is wrong with the line.
    let of =
        |error: &&FieldError| error.pointer == pointer || error.pointer.starts_with(&format!("{pointer}/"));
    errors.iter().find(of).map(|error| error.sentence.clone())
}

fn summary(errors: &[FieldError]) -> Option<impl IntoView + use<>> {
    let rows = errors.iter().map(|error| view! { <li>{error.sentence.clone()}</li> }).collect_view();
    (!errors.is_empty()).then(|| {
        view! {
            <section class="panel act" role="alert" data-problem="invalid">
                <h2>"No plan was made"</h2>
                <ul class="plain">{rows}</ul>
            </section>
        }
    })
}
