//! What to run on the machine; and where it has landed.

use super::address;
use crate::{
    components::{
        again::AskedAgain,
        simulated::simulated,
        since::Since,
        state_badge::{Badge, StateBadge, Tone},
    },
    ui::copy::Command,
};
use leptos::prelude::*;
use read_models::{
    navigation::Address,
    onboarding::{ChosenToken, Landing, OnboardingStep, OnboardingView},
    time::Timestamp,
};

/// The exact command, or why there is none.
pub(super) fn command(view: OnboardingView) -> AnyView {
    let as_of = view.as_of;
    let token_step = address(&view, OnboardingStep::Token).to_string();
    let automated = view.modes.into_iter().find_map(|row| row.missing);
    let body = match view.token.chosen {
        None => nothing_to_run("There is no token yet, so there is no command.", token_step),
        Some(token) if !token.is_good => {
            nothing_to_run(&format!("There is no command: the token was {}.", token.standing), token_step)
        }
        Some(token) => to_run(token, token_step, as_of),
    };
    let manual = Badge::new("manual", "Manual", Tone::Idle);
    view! {
        <AskedAgain/>
        <section class="panel op">
            <header class="line"><h3>"Run this on the machine, as root"</h3> <StateBadge badge=manual/></header>
            {body}
        </section>
        <p class="quiet">
            <span>
                <strong>"Automated through MAAS: not ready. "</strong>
                {automated}
            </span>
        </p>
    }
    .into_any()
}

fn nothing_to_run(sentence: &str, token_step: String) -> AnyView {
    view! { <p>{sentence.to_owned()} " " <a href=token_step>"Go to the token"</a> "."</p> }.into_any()
}

fn to_run(token: ChosenToken, token_step: String, as_of: Timestamp) -> AnyView {
    let Some(text) = token.command else {
        return nothing_to_run(&token.no_command.unwrap_or_default(), token_step);
    };
    view! {
        <Command text label="The command to run on the machine"/>
        <p>"The token in it works once and ends " <Since at=token.expires_at as_of/> ". " {token.allows}</p>
        <details>
            <summary>"What the command does, step by step"</summary>
            <ol class="bullets">
                <li>"It makes an identity key on the machine, which never leaves it."</li>
                <li>"It connects to the server and refuses one whose root certificate is not the one pinned in the token."</li>
                <li>"It shows the token and a certificate request; the server makes the node and its certificate, for seven days."</li>
                <li>"It runs the agent in the foreground: heartbeats, and what operations ask of it. Stopping it stops no workload."</li>
            </ol>
        </details>
    }
    .into_any()
}

/// Where it has landed, and what to do next.
pub(super) fn land(view: OnboardingView) -> AnyView {
    let signs = address(&view, OnboardingStep::Signs).to_string();
    view.landing.map_or_else(|| not_landed(signs), landed)
}

fn not_landed(signs: String) -> AnyView {
    view! {
        <p class="empty">
            "The machine lands here once all four signs are there. " <a href=signs>"See which are"</a> "."
        </p>
    }
    .into_any()
}

fn landed(landing: Landing) -> AnyView {
    let node = Address::Node(landing.node).to_string();
    let rows = landing
        .next
        .into_iter()
        .map(|next| {
            view! { <li class="rowx"><a href=next.address.to_string()>{next.title}</a> <span>{next.reason}</span></li> }
        })
        .collect_view();
    view! {
        <section class="panel first">
            <h3>{landing.name.clone()} " is a node"{simulated(landing.simulated)}</h3>
            <p>{landing.sentence}</p>
            <a class="btn primary" href=node>"Go to " {landing.name}</a>
        </section>
        <h3 class="next-heading">"Next operations"</h3>
        <ul class="panel table next-operations">{rows}</ul>
    }
    .into_any()
}
