//! What went wrong with a form that was just sent, above the page it stood on. The address carries only the code.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// Nothing, unless the address says `error=`. A page that shows a kept draft says it itself, beside the fields.
#[component]
pub(crate) fn Refusal(shows_drafts: bool) -> impl IntoView {
    let query = use_query_map();
    let code = Memo::new(move |_| {
        let query = query.read();
        let said_by_page = shows_drafts && query.get("draft").is_some();
        query.get("error").filter(|code| !code.is_empty() && !said_by_page)
    });
    move || {
        code.get().map(|code| {
            let words = sentence(&code);
            view! {
                <section class="panel act refusal" role="alert" data-problem=code.clone()>
                    <h2>"That was not done"</h2>
                    <p>{words} " Nothing was changed. " <code>{code.clone()}</code></p>
                </section>
            }
        })
    }
}

fn sentence(code: &str) -> &'static str {
    match code {
        "invalid_input" => "What was filled in is not good, so no plan was made.",
        "blocked" => "Something is in the way: the rules below say what, and what would unblock it.",
        "platform_frozen" => "The platform is frozen, so nothing begins. Start it again when it is unfrozen.",
        "own_approval" => "You asked for it, so somebody else has to decide about it.",
        "reason_needed" => "Say why: whoever asked for it reads that.",
        "another_plan" | "plan_hash_needed" => {
            "What you approved is another plan. Look at what it would do now."
        }
        "plan_too_old" => "The plan is too old. Make a new one from the card of the operation.",
        "plan_changed" | "changed_meanwhile" => "What the plan was made from has changed. Look at it again.",
        "not_confirmed" => "The confirmation is not right. Type the name exactly as it stands.",
        "fresh_factor_needed" => "This is not done on an old sign-in: prove once more that it is you.",
        "password_wrong" => "The password is not right.",
        "password_wait" => "Too many attempts with the password. Wait a few minutes.",
        "password_same" => "That is the password you have. Choose another one.",
        "password_too_short" => "The new password is too short: use at least 12 characters.",
        "password_too_long" => "The new password is too long: use at most 256 characters.",
        "password_breached" => "The new password is among the first that are guessed. Choose another one.",
        "password_is_email" => "The new password is your email. Choose another one.",
        "second_factor_needed" => {
            "You have a second factor: a password alone is not enough here. Use a passkey, or give a code."
        }
        "code_wrong" => {
            "The code is not right, or it was used already. Wait for the next one, and look at the phone's clock."
        }
        "code_wait" => "Too many attempts with codes. Wait a few minutes.",
        "passkeys_not_here" => "There can be no passkeys at this address.",
        "passkey_needs_script" => "A passkey needs script in this browser. The other ways stay.",
        "passkey_over" => "That was answered already, or more than five minutes ago. Begin again.",
        "passkey_known" => "This passkey is known already. Have the authenticator make a new one.",
        "passkey_wrong" => "The passkey was not accepted. Try again, or use another one.",
        "passkey_wait" => "Too many attempts. Wait a few minutes.",
        "passkey_copied" => {
            "This passkey's counter went back: it may have been copied, so that it was refused. Use another way, and remove it."
        }
        "totp_over" => "The secret of the app is not kept any more. Begin again.",
        "app_there" => "You have an authenticator app already. Remove it first.",
        "not_offered" => "That choice is not offered any more. Look at what is offered now.",
        "operation_over" => "The operation is over.",
        "operation_busy" => "The operation is being worked on. Try again in a moment.",
        "reason_too_long" => "The reason is too long.",
        "idempotency_key_reused" | "bad_idempotency_key" => "The form was not whole. Load the page again.",
        "denied" | "not_permitted" => "That is not yours to do. Ask an administrator.",
        "no_project" | "bad_project" => "You have no such project.",
        "facts_unavailable" | "database_unavailable" | "store_unavailable" => {
            "A part that is needed does not answer. Try again."
        }
        _ => "The server refused it.",
    }
}
