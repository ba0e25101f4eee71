//! An invitation: what the link lets its holder do, and the form that comes in with it.

use super::{calls::load_invitation, sentence, sign_in::Purpose};
use crate::{
    components::{page::page, page_main::PageTitle},
    pages::{asked, part_of_address},
    ui::field::{Field, FieldRow, Kind},
};
use leptos::prelude::*;
use read_models::{
    iam::{InvitationStanding, InvitationView, Invited},
    navigation::{Address, RouteId},
    time::spoken,
};
use std::time::Duration;

/// `/invite/:token`
#[component]
pub(crate) fn InvitationPage() -> impl IntoView {
    let given = Given {
        secret: part_of_address("token"),
        failed: asked("error"),
        name: asked("name").unwrap_or_default(),
        seconds: asked("seconds"),
    };
    let invitation = load_invitation(given.secret.clone());
    page(RouteId::Invitation, invitation, |view| invited(view, given))
}

/// What the address says.
struct Given {
    secret: String,
    failed: Option<String>,
    name: String,
    seconds: Option<String>,
}

fn invited(view: InvitationView, given: Given) -> AnyView {
    let InvitationView { standing, invitation, signed_in_as } = view;
    let page = Address::Invitation { secret: given.secret.clone() }.to_string();
    let (tone, words) = said(standing, &given);
    let alert = tone.filter(|_| given.failed.is_some()).map(|_| "alert");
    let (title, rest) = match invitation {
        None => ("Invitation", to_sign_in()),
        Some(invitation) => match signed_in_as {
            None => ("You are invited", come_in(&invitation, &page, given)),
            Some(me) if me.eq_ignore_ascii_case(&invitation.email) => {
                ("You are invited", accept(&invitation, &page))
            }
            Some(me) => ("You are invited", somebody_else(&invitation, &me)),
        },
    };
    view! {
        <PageTitle text="Invitation"/>
        <div class="entrance">
            <Purpose/>
            <section class="panel op" data-field="form">
                <h2>{title}</h2>
                <p class="notice" data-field="problem" data-tone=tone role=alert>{words}</p>
                {rest}
            </section>
        </div>
    }
    .into_any()
}

/// How the link stands comes first: what was wrong with a form matters only while the link is open.
fn said(standing: InvitationStanding, given: &Given) -> (Option<&'static str>, String) {
    let over = match standing {
        InvitationStanding::Open => None,
        InvitationStanding::Used => Some("used"),
        InvitationStanding::Revoked => Some("revoked"),
        InvitationStanding::Over => Some("over"),
        InvitationStanding::Unknown => Some("forged"),
    };
    if let Some(code) = over {
        return (Some("warn"), invitation_sentence(code).to_owned());
    }
    match &given.failed {
        Some(code) => {
            let digits = |wait: &&String| wait.bytes().all(|digit| digit.is_ascii_digit());
            let wait = given.seconds.as_ref().filter(|_| code == "wait").filter(digits);
            let wait =
                wait.map(|seconds| format!(" It will be possible in {seconds} s.")).unwrap_or_default();
            (Some("bad"), format!("{}{wait}", invitation_sentence(code)))
        }
        None => (None, "This link works once.".to_owned()),
    }
}

fn invitation_sentence(code: &str) -> &'static str {
    match code {
        "used" => "This invitation was used already. If it was you, sign in.",
        "revoked" => "This invitation was taken back. Ask whoever invited you for another one.",
        "over" => "The time of this invitation is over. Ask whoever invited you for another one.",
        "forged" => "There is no such invitation. Check that you have the whole link.",
        "name_not_one" => "Write a name of 1 to 100 characters.",
        "sign_in_first" => {
            "That did not work, and nothing was changed. If you have an account here, sign in first and open the link again."
        }
        "somebody_else" => "This invitation is for another email than yours. Nothing was changed.",
        other => sentence(other),
    }
}

fn what_for(invitation: &Invited) -> String {
    format!(
        "{} invites {} as {} on {}. The link is good for {} more.",
        invitation.invited_by,
        invitation.email,
        invitation.role.key().replace('_', " "),
        invitation.place,
        spoken(Duration::from_secs(invitation.good_for_s)),
    )
}

fn come_in(invitation: &Invited, page: &str, given: Given) -> AnyView {
    let of_field = |field: &str| {
        let code = given.failed.as_deref().filter(|code| code.starts_with(field));
        code.map(|code| invitation_sentence(code).to_owned())
    };
    let name = Field {
        name: "name".to_owned(),
        label: "Your name".to_owned(),
        value: given.name.clone(),
        error: of_field("name_"),
        required: true,
        autocomplete: "name",
        ..Field::default()
    };
    let password = Field {
        name: "password".to_owned(),
        label: "A new password".to_owned(),
        help: "At least 12 characters. A sentence is easier to remember than a puzzle.".to_owned(),
        kind: Kind::Password,
        error: of_field("password_"),
        required: true,
        autocomplete: "new-password",
        ..Field::default()
    };
    let sign_in = format!("{}?next={page}", Address::SignIn);
    let email = invitation.email.clone();
    view! {
        <p>{what_for(invitation)}</p>
        <form class="op-form" method="post" action=page.to_owned()>
            // So that a password manager knows whose password this is.
            <input class="unseen" type="email" name="username" value=email autocomplete="username" tabindex="-1" aria-hidden="true" readonly/>
            <FieldRow field=name/>
            <FieldRow field=password/>
            <button class="btn primary" type="submit">"Come in"</button>
        </form>
        <p class="quiet-words">"You have an account here already? " <a rel="external" href=sign_in>"Sign in"</a> " and take the role there."</p>
    }
    .into_any()
}

fn accept(invitation: &Invited, page: &str) -> AnyView {
    view! {
        <p>{what_for(invitation)}</p>
        <form class="op-form" method="post" action=format!("{page}/accept")>
            <button class="btn primary" type="submit">"Take the role"</button>
        </form>
    }
    .into_any()
}

fn somebody_else(invitation: &Invited, me: &str) -> AnyView {
    let why = format!(
        "You are signed in as {me}, and this invitation is for {}. Sign out, then open the link again.",
        invitation.email
    );
    view! { <p>{why}</p> }.into_any()
}

fn to_sign_in() -> AnyView {
    view! { <p><a class="btn primary" rel="external" href=Address::SignIn.to_string()>"To the sign-in"</a></p> }.into_any()
}
