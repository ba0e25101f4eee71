//! The shell around every page: the bar above, the rail beside it. It knows no family's read models.

pub(crate) mod calls;
mod frozen;
mod keyboard;
mod keys;
mod palette;
mod rail;
pub(crate) mod saved_views;
mod top_bar;

pub(crate) use keyboard::single_keys;

use frozen::Frozen;
use keyboard::KeyboardHelp;
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use rail::Rail;
use read_models::navigation::{CONTRACT, Family, Route};
use top_bar::TopBar;

/// The frame. Entrance pages stand alone in it.
#[component]
pub(crate) fn Frame(children: Children) -> impl IntoView {
    let path = use_location().pathname.get_untracked();
    let here = row_of(&path).map(|row| row.family);
    let is_entrance = here == Some(Family::Entrance);
    let around = (!is_entrance).then(|| {
        Suspend::new(async move {
            let shell = calls::load_shell().await.ok().filter(|shell| shell.me.is_some())?;
            let rail = shell.rail.clone();
            let (frozen, as_of) = (shell.frozen.clone(), shell.as_of);
            Some(view! {
                <TopBar shell here=path.clone()/>
                {frozen.map(|frozen| view! { <Frozen frozen as_of/> })}
                <Rail rail=rail.clone() here/>
                <KeyboardHelp rail here=path/>
            })
        })
    });
    view! {
        <a class="skip" href="#main" rel="external">"Skip to the page"</a>
        <div class="shell" data-entrance=is_entrance.then_some("")>
            {around}
            {children()}
        </div>
    }
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
