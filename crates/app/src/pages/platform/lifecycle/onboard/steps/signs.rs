//! First signs: four lamps, live; what was refused; and after five quiet minutes what to look at.

use super::super::attempts::Attempts;
use crate::{
    components::{
        again::AskedAgain,
        since::{Lasting, Since},
        state_badge::StateBadge,
    },
    ui::copy::Command,
};
use leptos::prelude::*;
use read_models::{
    onboarding::{AttemptRow, Cause, Hints, Lamp, LampState, OnboardingView},
    time::Timestamp,
};

/// The step.
pub(super) fn signs(view: OnboardingView) -> AnyView {
    let (as_of, signs) = (view.as_of, view.signs);
    let lamps = signs.lamps.into_iter().map(|one| lamp(one, as_of)).collect_view();
    let (own, perhaps) = (own_attempts(signs.attempts, as_of), perhaps(signs.perhaps, as_of));
    let hints = signs.hints.map(|found| hints(found, as_of));
    view! {
        <AskedAgain/>
        <ul class="panel table lamps">{lamps}</ul>
        {own}
        {hints}
        {perhaps}
        <p class="quiet-words">"Seen by the server, at its time; this page asks again every ten seconds. Closing it loses nothing."</p>
    }
    .into_any()
}

fn lamp(lamp: Lamp, as_of: Timestamp) -> impl IntoView {
    let since = match (lamp.state, lamp.since) {
        (LampState::There, Some(at)) => view! { "since " <Since at as_of/> }.into_any(),
        (LampState::Waiting, Some(since)) => view! { "waiting for " <Lasting since as_of/> }.into_any(),
        (LampState::There, None) => "since before that was written down".into_any(),
        (LampState::Waiting | LampState::Unknown, _) => ().into_any(),
    };
    view! {
        <li class="rowx" data-lamp=lamp.sign.key() data-lamp-state=lamp.state.key()>
            <strong>{lamp.sign.word()}</strong>
            <StateBadge badge=lamp.state/>
            <span>{lamp.sentence}</span>
            <small class="end">{since}</small>
        </li>
    }
}

fn own_attempts(rows: Vec<AttemptRow>, as_of: Timestamp) -> Option<AnyView> {
    if rows.is_empty() {
        return None;
    }
    Some(
        view! {
            <section class="sec" data-field="attempts">
                <header><h3>"Attempts that failed"</h3> <small>"with this token, newest first"</small></header>
                <Attempts rows as_of/>
            </section>
        }
        .into_any(),
    )
}

fn perhaps(rows: Vec<AttemptRow>, as_of: Timestamp) -> Option<AnyView> {
    if rows.is_empty() {
        return None;
    }
    Some(
        view! {
            <section class="sec" data-field="perhaps">
                <header>
                    <h3>"Perhaps this machine"</h3>
                    <small>"refused since the token was chosen; the server cannot tell whose they were"</small>
                </header>
                <Attempts rows as_of/>
            </section>
        }
        .into_any(),
    )
}

fn hints(hints: Hints, as_of: Timestamp) -> AnyView {
    let causes = hints.causes.into_iter().map(cause).collect_view();
    view! {
        <section class="sec" data-field="hints">
            <header><h3>"What usually is in the way"</h3> <small>"quiet for " <Lasting since=hints.quiet_since as_of/></small></header>
            <p class="quiet-words">{hints.sentence} " The likeliest first, each with the command to look with."</p>
            <ol class="panel causes">{causes}</ol>
        </section>
    }
    .into_any()
}

fn cause(cause: Cause) -> impl IntoView {
    view! {
        <li class="rowx">
            <p><strong>{cause.cause}</strong> <small>{cause.place}</small></p>
            <Command text=cause.command label="A command to look with"/>
            <small>{cause.tells}</small>
        </li>
    }
}
