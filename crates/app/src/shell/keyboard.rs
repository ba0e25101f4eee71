//! Hearing the keyboard, and the map of it under `?`.

use super::{
    keys::{Act, Begun, Binding, Follows, MAP, Pressed, follows},
    palette::Palette,
};
use crate::{endpoint::Endpoint, live};
use leptos::{ev, prelude::*};
use read_models::session::RailItem;

/// The id of the dialog with the map.
pub(super) const MAP_ID: &str = "keyboard-map";

/// Hears the keys of this tab. On the server nobody presses any.
pub(super) fn listen(palette: Palette) {
    let begun: StoredValue<Option<Begun>> = StoredValue::new(None);
    Effect::new(move |_| {
        let handle = window_event_listener(ev::keydown, move |event| {
            let with_modifier =
                (event.meta_key() || event.ctrl_key()) && !event.alt_key() && !event.shift_key();
            let plain = !event.meta_key() && !event.ctrl_key() && !event.alt_key();
            let key = event.key();
            let pressed = Pressed {
                key: &key,
                with_modifier,
                singles_count: plain && !event.repeat() && live::single_keys_count(&event),
                at_ms: event.time_stamp(),
            };
            let follows = follows(begun.get_value(), pressed);
            begun.set_value(None);
            match follows {
                Follows::Nothing => return,
                Follows::Wait(first) => begun.set_value(Some(first)),
                Follows::Act(Act::Find) => palette.toggle(),
                Follows::Act(Act::Help) => live::show_dialog(MAP_ID),
                Follows::Act(Act::Filter) => {
                    if !live::focus_the_filter() {
                        palette.open();
                    }
                }
                Follows::Act(Act::Go(family)) => {
                    if !live::press_rail(family.key()) {
                        return;
                    }
                }
            }
            event.prevent_default();
        });
        on_cleanup(move || handle.remove());
    });
}

/// The map, as a dialog on the page at the path `here`. Which keys are on it is decided by the table and the person's rail.
#[component]
pub(crate) fn KeyboardHelp(rail: Vec<RailItem>, here: String) -> impl IntoView {
    let is_theirs = |one: &&Binding| match one.act {
        Act::Go(family) => rail.iter().any(|item| item.family == family),
        Act::Find | Act::Help | Act::Filter => true,
    };
    let lines = MAP.iter().filter(is_theirs).map(line).collect_view();
    view! {
        <dialog class="sheet keyboard" id=MAP_ID aria-labelledby="keyboard-title" data-keyboard-map>
            <header class="line">
                <h2 id="keyboard-title">"Keyboard"</h2>
                <form class="end" method="dialog"><button class="btn small" type="submit">"Close"</button></form>
            </header>
            <dl class="keys">{lines}</dl>
            <p class="quiet-words">"In find, the arrows choose, Enter opens and Esc closes. Esc closes every dialog and menu."</p>
            {single_keys(here)}
        </dialog>
    }
}

fn line(one: &Binding) -> impl IntoView + use<> {
    let keys = one
        .keys
        .iter()
        .enumerate()
        .map(|(number, key)| {
            let then = (number > 0).then_some(" then ");
            view! { {then} <kbd>{key.to_uppercase()}</kbd> }
        })
        .collect_view();
    let held = one.with_modifier.then(|| view! { <kbd>"⌘"</kbd> " or " <kbd>"Ctrl"</kbd> " + " });
    view! { <div data-key=one.keys.join(" ")><dt>{held} {keys}</dt><dd>{one.act.words()}</dd></div> }
}

/// Switches keys without a modifier off and on, for this browser. The style sheet shows the one that makes a difference.
pub(crate) fn single_keys(back: String) -> impl IntoView {
    view! {
        <form class="single-keys" method="post" action=Endpoint::ChooseKeys.to_string()>
            <input type="hidden" name="back" value=back/>
            <p class="quiet-words">
                "Keys without ⌘ or Ctrl can be in the way of speech input and screen readers. The choice is kept in this browser."
            </p>
            <button class="btn small keys-off" name="keys" value="off">"Switch single keys off"</button>
            <button class="btn small keys-on" name="keys" value="on">"Switch single keys on"</button>
        </form>
    }
}
