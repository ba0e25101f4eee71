//! A part of a page under its heading.

use leptos::prelude::*;

/// A heading, a few quiet words beside it, and what stands under it. `field` names what of the read model it shows.
#[component]
pub(crate) fn Section(
    title: &'static str,
    #[prop(optional)] id: &'static str,
    #[prop(optional, into)] aside: String,
    #[prop(optional)] field: &'static str,
    children: Children,
) -> impl IntoView {
    let aside = (!aside.is_empty()).then(|| view! { <small>{aside}</small> });
    view! {
        <section class="sec" id=(!id.is_empty()).then_some(id) data-field=(!field.is_empty()).then_some(field)>
            <header><h2>{title}</h2> {aside}</header>
            {children()}
        </section>
    }
}
