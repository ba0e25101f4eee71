//! The steps before the token: site and mode, role and profile, what has to be set up.

use super::super::form::{Choice, StepForm, choices, field_of};
use super::super::posture_badge;
use super::address;
use crate::{
    components::{
        lifecycle_operation_card::LifecycleOperationCard,
        state_badge::{Badge, StateBadge, Tone},
    },
    ui::facts::{FactList, fact},
};
use leptos::prelude::*;
use read_models::{
    navigation::Address,
    onboarding::{ModeRow, OnboardingMode, OnboardingStep, OnboardingView, SetupRow},
};

/// Where the machine stands and how it comes in; chosen when the onboarding began.
pub(super) fn site(view: OnboardingView) -> AnyView {
    let site = view.site.clone().unwrap_or_else(|| "not named".to_owned());
    let facts =
        vec![fact("Site", site), fact("Mode", view.mode.word()), fact("Begun by", view.begun_by.clone())];
    let chosen = view.mode;
    let modes = view.modes.into_iter().map(|row| mode(row, chosen)).collect_view();
    view! {
        <div class="panel op"><FactList facts/></div>
        <p class="quiet-words">
            "A site is a name in your words so far: sites with fabrics and registries come with MAAS, under Provisioning. For another site or mode, "
            <a href=Address::Onboardings.to_string()>"begin another onboarding"</a> "."
        </p>
        <ul class="ways-in">{modes}</ul>
    }
    .into_any()
}

fn mode(row: ModeRow, chosen: OnboardingMode) -> impl IntoView {
    let badge = match (&row.missing, row.mode == chosen) {
        (None, true) => Badge::new("chosen", "Chosen", Tone::Ok),
        (None, false) => Badge::new("ready", "Ready", Tone::Idle),
        (Some(_), _) => Badge::new("missing", "Not ready", Tone::Idle),
    };
    let is_off = row.missing.is_some().then_some("");
    let missing = row.missing.map(|missing| view! { <small class="why-not">"Missing: " {missing}</small> });
    view! {
        <li class="panel choice" data-choice=row.mode.key() data-off=is_off>
            <div>
                <p class="line tight"><strong>{row.mode.word()}</strong> <StateBadge badge/></p>
                <p>{row.what}</p>
                {missing}
            </div>
        </li>
    }
}

/// What the machine is for, and its name.
pub(super) fn role(view: OnboardingView) -> AnyView {
    let back = address(&view, OnboardingStep::Role);
    let all = view
        .roles
        .into_iter()
        .map(|row| Choice {
            value: row.role.key(),
            word: row.role.word(),
            what: row.implies,
            missing: row.missing,
        })
        .collect();
    let roles = choices(&view.choose, "role", "What the machine is for", all);
    let name = field_of(&view.choose, "node_name", "Name of the node");
    view! {
        <div class="panel op"><StepForm card=view.choose back>{roles} {name}</StepForm></div>
        <p class="quiet-words">
            "Profile: a machine that comes in by hand keeps its operating system, drivers and disks. Profiles, which install those, come with MAAS, under Provisioning at Profiles; this version has none."
        </p>
    }
    .into_any()
}

/// What has to be set up, each item as the server knows it.
pub(super) fn setup(view: OnboardingView) -> AnyView {
    let as_of = view.as_of;
    let rows = view.setup.into_iter().map(item).collect_view();
    let add = view.add_ssh_key.map(|card| {
        view! { <details class="more"><summary>"Add an SSH key of your own here"</summary> <LifecycleOperationCard card as_of/></details> }
    });
    view! {
        <p class="quiet-words">"For the manual mode, as the server knows it now. What is not needed does not hold the machine up."</p>
        <ul class="panel table setup">{rows}</ul>
        {add}
    }
    .into_any()
}

fn item(row: SetupRow) -> impl IntoView {
    let badge = posture_badge(row.posture, row.is_needed);
    let need = if row.is_needed { "needed" } else { "not needed" };
    let way = row.address.map(|address| view! { <a href=address.to_string()>"Set it up"</a> });
    view! {
        <li class="rowx" data-setup=row.code data-posture=row.posture.key()>
            <div><strong>{row.title}</strong><small>{need}</small></div>
            <StateBadge badge/>
            <p>{row.sentence} " " {way}</p>
        </li>
    }
}
