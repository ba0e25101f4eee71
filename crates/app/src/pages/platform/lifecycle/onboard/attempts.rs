//! Attempts that failed: why, from where, and what to do.

use crate::components::{
    since::Since,
    state_badge::{Badge, StateBadge, Tone},
};
use leptos::prelude::*;
use read_models::{onboarding::AttemptRow, time::Timestamp};

/// One row each, newest first.
#[component]
pub(super) fn Attempts(rows: Vec<AttemptRow>, as_of: Timestamp) -> impl IntoView {
    let rows = rows.into_iter().map(|row| attempt(row, as_of)).collect_view();
    view! { <ul class="panel attempts">{rows}</ul> }
}

fn attempt(row: AttemptRow, as_of: Timestamp) -> impl IntoView {
    let badge = Badge::new(row.reason.key(), row.reason.word(), Tone::Bad);
    let machine = row.machine.unwrap_or_else(|| "a machine that did not say its name".to_owned());
    let tries = (row.tries > 1).then(|| {
        view! { ", " {row.tries} " times since " <Since at=row.first_at as_of/> }
    });
    let later = row.told_later.then_some(". Its agent told this later: the server could not see it");
    view! {
        <li class="rowx" data-attempt=row.reason.key()>
            <p class="line tight">
                <StateBadge badge/>
                <small class="end"><Since at=row.at as_of/> {tries}</small>
            </p>
            <p>{row.sentence} " " <strong>{row.next_step}</strong></p>
            <small>"From " <code>{row.address}</code> ", " {machine} {later} "."</small>
        </li>
    }
}
