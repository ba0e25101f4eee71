//! What a page shows instead of itself: not signed in, denied, no such thing, gone, failed. Sets the HTTP status.

use super::page_main::PageTitle;
use crate::console::set_status;
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use read_models::{
    error::{ConsoleError, ErrorKind},
    navigation::Address,
};

/// The refusal, the next step, and the request for whoever looks into it.
pub(crate) fn problem(error: ConsoleError) -> AnyView {
    set_status(error.kind.status());
    let title = title(error.kind);
    let step = error.next_step.map(|step| view! { <p>{step}</p> });
    let fields = error.fields.into_iter().map(|field| view! { <li>{field.sentence}</li> }).collect_view();
    let request =
        error.request_id.map(|id| view! { <p class="quiet-words">"Request " <code>{id}</code></p> });
    view! {
        <PageTitle text=title/>
        <section class="panel state" role="alert" data-problem=error.code>
            <p class="badge" data-tone="bad">{error.kind.status()}</p>
            <h1>{title}</h1>
            <p>{error.sentence}</p>
            <ul class="plain">{fields}</ul>
            {step}
            <p class="line">{way_on(error.kind)}</p>
            {request}
        </section>
    }
    .into_any()
}

/// The page for an address that is no page.
#[component]
pub(crate) fn NoSuchPage() -> impl IntoView {
    let sentence = "There is no page at this address.";
    let error = ConsoleError::new(ErrorKind::NotFound, "no_such_page", sentence)
        .next("Check the address, or begin at one of the places on the left.");
    view! { <main class="main" id="main" tabindex="-1" data-page="no_such_page">{problem(error)}</main> }
}

const fn title(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::BadRequest => "This address cannot be read",
        ErrorKind::NotSignedIn => "Sign in to see this",
        ErrorKind::Denied => "Not yours to see",
        ErrorKind::NotFound => "Nothing here",
        ErrorKind::Gone => "It is not here any more",
        ErrorKind::Conflict => "Something is in the way",
        ErrorKind::Invalid => "Something in it is wrong",
        ErrorKind::TooMany => "Too many requests",
        ErrorKind::Unavailable => "A part that is needed does not answer",
        ErrorKind::Internal => "Slipway failed here",
    }
}

fn way_on(kind: ErrorKind) -> AnyView {
    let here = use_location().pathname;
    let landing = view! { <a class="btn" href=Address::Workbench.to_string()>"To the workloads"</a> };
    match kind {
        ErrorKind::NotSignedIn => {
            let href = move || format!("{}?next={}", Address::SignIn, here.get());
            view! { <a class="btn primary" rel="external" href=href>"Sign in"</a> }.into_any()
        }
        ErrorKind::TooMany | ErrorKind::Unavailable | ErrorKind::Internal | ErrorKind::Conflict => {
            view! { <a class="btn primary" rel="external" href=move || here.get()>"Try again"</a> {landing} }
                .into_any()
        }
        ErrorKind::BadRequest
        | ErrorKind::Denied
        | ErrorKind::NotFound
        | ErrorKind::Gone
        | ErrorKind::Invalid => landing.into_any(),
    }
}
