//! Where one is signed in, and ending what one does not know.

use super::{RowButton, calls::load_sessions, workflow};
use crate::{
    components::lifecycle_operation_card::CardOf,
    components::{page::page, since::Since},
    endpoint::Endpoint,
    pages::asked,
    ui::{section::Section, words::count},
};
use leptos::prelude::*;
use read_models::{
    account::{SessionRow, SessionsView},
    navigation::{Address, RouteId},
    operation::OperationCard,
    time::Timestamp,
};

/// `/account/sessions`
#[component]
pub(crate) fn SessionsPage() -> impl IntoView {
    let draft = asked("draft");
    let sessions = load_sessions(draft);
    page(RouteId::AccountSessions, sessions, own)
}

fn own(view: SessionsView) -> AnyView {
    let SessionsView { frame, sessions, end } = view;
    let as_of = frame.as_of;
    let open = count(sessions.len(), "session", "sessions");
    let this = sessions.iter().find(|session| session.is_this).map(|session| session.id.to_string());
    let others = sessions.iter().filter(|session| !session.is_this).count();
    let (form, rows) = (all_others(&end, this, others), rows(sessions, &end, as_of));
    let tab = view! {
        <Section title="Signed in" aside=open>{rows}</Section>
        <Section title="End what you do not know">
            <div class="pair cards"><CardOf card=end as_of form/></div>
        </Section>
    };
    workflow(RouteId::AccountSessions, Address::AccountSessions, frame, tab.into_any())
}

fn rows(sessions: Vec<SessionRow>, end: &OperationCard, as_of: Timestamp) -> AnyView {
    if sessions.is_empty() {
        return view! { <p class="empty">"You are signed in nowhere; a script came in with a token."</p> }
            .into_any();
    }
    let rows = sessions.into_iter().map(|session| row(session, end.clone(), as_of)).collect_view();
    view! {
        <table class="panel list">
            <thead><tr><th>"Browser"</th><th>"Signed in"</th><th>"Used"</th><th>"Ends unused"</th><th><span class="unseen">"Act"</span></th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

fn row(session: SessionRow, end: OperationCard, as_of: Timestamp) -> impl IntoView {
    let act = if session.is_this {
        view! {
            <form class="row-form" method="post" action=Endpoint::SignOut.to_string()>
                <button class="btn small" type="submit">"Sign out"</button>
            </form>
        }
        .into_any()
    } else {
        let names = ("session", session.id.to_string());
        view! { <RowButton card=end names back=Address::AccountSessions word="End" what=session.device.clone()/> }
            .into_any()
    };
    let this = session
        .is_this
        .then(|| view! { <span class="badge" data-tone="ok" data-state="this">"This browser"</span> });
    view! {
        <tr data-session=session.id.to_string()>
            <td data-label="Browser"><div class="line tight"><span class="name">{session.device}</span> {this}</div></td>
            <td data-label="Signed in"><Since at=session.signed_in_at as_of/></td>
            <td data-label="Used"><Since at=session.seen_at as_of/></td>
            <td data-label="Ends unused"><Since at=session.ends_at as_of/></td>
            <td data-label="Act">{act}</td>
        </tr>
    }
}

/// Ends every session but the one this page was asked for in.
fn all_others(end: &OperationCard, this: Option<String>, others: usize) -> AnyView {
    let why_not = match (&end.button.reason, &this, others) {
        (Some(reason), _, _) => Some(reason.clone()),
        (None, None, _) => Some("A script has no session that could stay: name one to end.".to_owned()),
        (None, Some(_), 0) => Some("You are signed in nowhere else.".to_owned()),
        (None, Some(_), _) => None,
    };
    let off = why_not.is_some();
    let reason =
        why_not.map(|reason| view! { <small class="why-not" id="session-end-reason">{reason}</small> });
    view! {
        <form class="op-form" method="post" action=Endpoint::Plan.to_string()>
            <input type="hidden" name="operation" value=end.operation.clone()/>
            <input type="hidden" name="target" value=end.target.to_string()/>
            <input type="hidden" name="back" value=Address::AccountSessions.to_string()/>
            <input type="hidden" name="input.all_but" value=this.unwrap_or_default()/>
            <p class="line">
                <button class="btn primary" type="submit" disabled=off aria-describedby=off.then_some("session-end-reason")>
                    "End all other sessions…"
                </button>
                {reason}
            </p>
        </form>
    }
    .into_any()
}
