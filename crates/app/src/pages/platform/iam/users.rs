//! The people of the platform: who has which role and when they were here, which invitations are open, and how somebody is
//! invited.

use super::calls::load_people;
use crate::{
    components::{
        evidence_link::EvidenceLink,
        lifecycle_operation_card::CardOf,
        next_strip::{NextAnswers, NextStrip},
        page::page,
        page_main::PageTitle,
        past_operations::PastOperations,
        progress_brief::UnderWay,
        resource_header::ListHeader,
        since::Since,
    },
    endpoint::Endpoint,
    pages::asked,
    ui::{
        copy::Command,
        field::{Field, FieldRow, Kind},
        section::Section,
        words::count,
    },
};
use leptos::prelude::*;
use read_models::{
    iam::{InvitationLink, InvitationRow, PeopleView, PersonRow},
    navigation::{Address, RouteId},
    operation::{FieldChoice, FieldKind, OperationCard},
    session::RoleView,
    time::Timestamp,
};

/// `/platform/iam/users`
#[component]
pub(crate) fn UsersPage() -> impl IntoView {
    let draft = asked("draft");
    let people = load_people(draft);
    page(RouteId::IamUsers, people, workflow)
}

fn workflow(view: PeopleView) -> AnyView {
    let as_of = view.as_of;
    let summary = format!(
        "{}, {} open.",
        count(view.people.len(), "person", "people"),
        count(view.invitations.len(), "invitation", "invitations")
    );
    let last = view.past_operations.first().map(|run| run.id.clone());
    let evidence = match last {
        Some(operation) => view! { "The last operation: " <EvidenceLink operation/> }.into_any(),
        None => "Nobody was invited yet.".into_any(),
    };
    let answers = NextAnswers {
        action_required: view.action_required,
        run_next: view.run_next,
        cards: Address::IamUsers,
        safe_to_ignore: Some(view.safe_to_ignore),
        evidence,
    };
    let invite =
        view! { <a class="btn primary" href="#user.invite" rel="external">"Invite person"</a> }.into_any();
    let more = view.more_people.then(|| view! { <p class="quiet"><span>"There are more people than are shown: find them by the API."</span></p> });
    let places = view.places.clone();
    let links = view.invitations.iter().filter_map(|one| Some((one.email.clone(), one.link.clone()?)));
    let links = links.map(|(email, link)| new_link(&email, link, as_of)).collect_view();
    view! {
        <PageTitle text="Users · IAM"/>
        <ListHeader title="Users" summary as_of actions=invite/>
        <NextStrip answers/>
        {links}
        <UnderWay briefs=view.in_progress/>
        <Section title="People" aside="by email" field="people">{people(view.people, as_of)} {more}</Section>
        <Section title="Invitations" aside="open ones, newest first" field="invitations">
            <div class="pair cards">
                {invitations(view.invitations, &view.revoke, as_of)}
                <CardOf card=view.invite.clone() as_of form=invite_form(view.invite, view.places)/>
            </div>
        </Section>
        <Section title="Approval" aside="by a second person, before something is destroyed" field="approval_policy">
            <div class="pair cards">
                <CardOf card=view.approval_policy.clone() as_of form=approval_form(view.approval_policy, places)/>
            </div>
        </Section>
        <Section title="Carried out" aside="on people, newest first"><PastOperations runs=view.past_operations as_of/></Section>
    }
    .into_any()
}

/// The link of an invitation that was just made: now or never.
fn new_link(email: &str, link: InvitationLink, as_of: Timestamp) -> impl IntoView + use<> {
    let heading = format!("Give {email} this link now");
    view! {
        <section class="panel act new-token" data-tone="warn" data-new-invitation=email.to_owned()>
            <h2>{heading}</h2>
            <p>
                "Whoever has it comes in once. It goes from this page when it is used, at the latest "
                <Since at=link.shown_until as_of/> ", and is not shown again. Put the address of this console before it."
            </p>
            <Command text=link.path label="The link of the invitation"/>
        </section>
    }
}

fn people(people: Vec<PersonRow>, as_of: Timestamp) -> AnyView {
    if people.is_empty() {
        return view! { <p class="empty">"Nobody has an account."</p> }.into_any();
    }
    let rows = people.into_iter().map(|person| person_row(person, as_of)).collect_view();
    view! {
        <table class="list panel">
            <thead><tr><th scope="col">"Person"</th><th scope="col">"Roles"</th><th scope="col">"Last sign-in"</th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

fn person_row(person: PersonRow, as_of: Timestamp) -> impl IntoView {
    let seen = match (person.suspended_at, person.signed_in_at) {
        (Some(at), _) => view! { "suspended " <Since at as_of/> }.into_any(),
        (None, Some(at)) => view! { <Since at as_of/> }.into_any(),
        (None, None) => "not known".into_any(),
    };
    let roles = if person.roles.is_empty() {
        "none".to_owned()
    } else {
        person.roles.iter().map(role).collect::<Vec<_>>().join(", ")
    };
    view! {
        <tr data-person=person.id.to_string()>
            <td data-label="Person"><div><span class="name">{person.display_name}</span> <small>{person.email}</small></div></td>
            <td data-label="Roles">{roles}</td>
            <td data-label="Last sign-in"><span>{seen}</span></td>
        </tr>
    }
}

fn role(held: &RoleView) -> String {
    let place = held.project.as_ref().map_or("the platform", |project| project.name.as_str());
    format!("{} on {place}", held.role.key().replace('_', " "))
}

fn invitations(open: Vec<InvitationRow>, revoke: &OperationCard, as_of: Timestamp) -> AnyView {
    if open.is_empty() {
        return view! { <p class="empty">"No invitation is open. Invite somebody: the link you get works once, for one email and one role."</p> }.into_any();
    }
    let rows = open.into_iter().map(|one| invitation_row(one, revoke, as_of)).collect_view();
    view! { <ul class="panel own">{rows}</ul> }.into_any()
}

fn invitation_row(one: InvitationRow, revoke: &OperationCard, as_of: Timestamp) -> impl IntoView + use<> {
    let (off, reason) = (!revoke.button.enabled, revoke.button.reason.clone());
    view! {
        <li class="rowx" data-invitation=one.id.to_string()>
            <div>
                <strong>{one.email.clone()}</strong>
                <small>{role(&one.role)} ", invited by " {one.invited_by}</small>
                <small>"ends " <Since at=one.expires_at as_of/></small>
            </div>
            <div class="end">
                <form class="row-form" method="post" action=Endpoint::Plan.to_string()>
                    <input type="hidden" name="operation" value=revoke.operation.clone()/>
                    <input type="hidden" name="target" value=one.target/>
                    <input type="hidden" name="back" value=Address::IamUsers.to_string()/>
                    <input type="hidden" name="input.invitation" value=one.id.to_string()/>
                    <button class="btn small" type="submit" disabled=off title=reason>"Revoke…" <span class="unseen">" the invitation of " {one.email}</span></button>
                </form>
            </div>
        </li>
    }
}

/// The card's fields, and where the role counts: that is the target of the operation.
fn approval_form(card: OperationCard, places: Vec<(String, String)>) -> AnyView {
    let usual = places.first().map(|(target, _)| target.clone());
    let help = "What the platform needs approval for needs it in every project.";
    place_form(card, places, usual, ("approval", help))
}

fn invite_form(card: OperationCard, places: Vec<(String, String)>) -> AnyView {
    // The usual role is one of a project: the first project is the usual place.
    let usual = places.get(1).or(places.first()).map(|(target, _)| target.clone());
    let help = "A project, for viewers, members and administrators of one; the platform for the other roles.";
    place_form(card, places, usual, ("invite", help))
}

/// A form whose target is chosen in it.
fn place_form(
    card: OperationCard,
    places: Vec<(String, String)>,
    usual: Option<String>,
    (scope, help): (&'static str, &'static str),
) -> AnyView {
    let choices = places.into_iter().map(|(value, label)| FieldChoice { value, label }).collect();
    let place = Field {
        name: "target".to_owned(),
        label: "Where".to_owned(),
        help: help.to_owned(),
        value: usual.unwrap_or_default(),
        kind: Kind::Choice,
        choices,
        ..Field::default()
    };
    let fields = card
        .fields
        .into_iter()
        .map(|given| {
            let kind = match (given.kind, given.name.as_str()) {
                (_, "email") => Kind::Email,
                (FieldKind::Text, _) => Kind::Text,
                (FieldKind::Number, _) => Kind::Number,
                (FieldKind::Flag, _) => Kind::Flag,
                (FieldKind::Choice, _) => Kind::Choice,
            };
            let field = Field {
                name: format!("input.{}", given.name),
                label: given.label,
                help: given.help,
                value: given.value,
                kind,
                choices: given.choices,
                error: given.error,
                ..Field::default()
            };
            view! { <FieldRow field scope=format!("{scope}-")/> }
        })
        .collect_view();
    let reason = card
        .button
        .reason
        .map(|reason| view! { <small class="why-not" id=format!("{scope}-reason")>{reason}</small> });
    let described = reason.is_some().then(|| format!("{scope}-reason"));
    view! {
        <form class="op-form" method="post" action=Endpoint::Plan.to_string()>
            <input type="hidden" name="operation" value=card.operation/>
            <input type="hidden" name="back" value=Address::IamUsers.to_string()/>
            {fields}
            <FieldRow field=place scope=format!("{scope}-")/>
            <p class="line">
                <button class="btn primary" type="submit" disabled=!card.button.enabled aria-describedby=described>{card.title} "…"</button>
                {reason}
            </p>
        </form>
    }
    .into_any()
}
