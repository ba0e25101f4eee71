//! The shell around every page: the bar above, the rail beside it. It knows no family's read models.

pub(crate) mod calls;
mod keyboard;
mod keys;
mod palette;
mod rail;
pub(crate) mod saved_views;
mod top_bar;

pub(crate) use keyboard::single_keys;

use crate::live;
use keyboard::{KeyboardHelp, KeyboardMap};
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use palette::{Palette, PaletteDialog};
use rail::Rail;
use read_models::navigation::{CONTRACT, Family, Route};
use top_bar::TopBar;

/// The frame. Entrance pages stand alone in it.
#[component]
pub(crate) fn Frame(children: Children) -> impl IntoView {
    let path = use_location().pathname;
    let here = Memo::new(move |_| family_of(&path.read()));
    let shell = live::resource(|| (), |()| calls::load_shell());
    live::reload_for_a_new_build(shell);
    live::follow_where(move || matches!(shell.get(), Some(Ok(view)) if view.me.is_some()));
    let (palette, map) = (Palette::new(), KeyboardMap::new());
    let around = move || {
        // Read inside the transition, so that the server waits for it.
        let shell = Memo::new(move |_| shell.get().and_then(Result::ok).filter(|shell| shell.me.is_some()));
        keyboard::listen(palette, map, shell);
        view! {
            <TopBar shell palette map/>
            <Rail shell here/>
            <PaletteDialog palette/>
            <KeyboardHelp map shell/>
        }
    };
    view! {
        <a class="skip" href="#main" rel="external">"Skip to the page"</a>
        <div class="shell" data-entrance=move || (here.get() == Some(Family::Entrance)).then_some("")>
            <Transition>
                {move || (here.get() != Some(Family::Entrance)).then(around)}
            </Transition>
            {children()}
        </div>
    }
}

fn family_of(path: &str) -> Option<Family> {
    row_of(path).map(|row| row.family)
}

/// The contract's row for a path.
fn row_of(path: &str) -> Option<&'static Route> {
    let parts = || path.trim_matches('/').split('/');
    CONTRACT.iter().find(|row| {
        let pattern = row.path.trim_matches('/').split('/');
        pattern.clone().count() == parts().count()
            && pattern.zip(parts()).all(|(wanted, given)| wanted == given || wanted.starts_with(':'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use read_models::navigation::RouteId;

    #[test]
    fn a_path_is_found_in_the_contract() {
        for (path, route) in [
            ("/workloads", RouteId::Workbench),
            ("/workloads/wl_1/activity", RouteId::WorkloadActivity),
            ("/operations/plans/plan_1", RouteId::Plan),
            ("/operations/op_1", RouteId::Operation),
        ] {
            assert_eq!(row_of(path).map(|row| row.id), Some(route));
        }
        assert_eq!(row_of("/nowhere").map(|row| row.id), None);
    }
}
