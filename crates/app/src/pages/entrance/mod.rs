//! The entrance: sign in, and make the first administrator. Outside every family, no rail.

mod calls;
mod first_administrator;
mod invitation;
mod sign_in;

pub(crate) use first_administrator::FirstAdministratorPage;
pub(crate) use invitation::InvitationPage;
pub(crate) use sign_in::SignInPage;

/// What went wrong with a form that was sent, by the code in `?error=`.
fn sentence(code: &str) -> &'static str {
    match code {
        "signed_out" => "You are signed out.",
        "wrong" => "That address and password do not belong together. Nothing was changed.",
        "half_over" => "The second step took too long, or the password was changed meanwhile. Begin again.",
        "passkey_wrong" => "That passkey was not accepted. Nothing was changed: try again, or another way.",
        "passkey_over" => "That took too long, or was answered already. Try again.",
        "passkey_copied" => {
            "That passkey was refused: its counter went back, so that it may have been copied. Sign in another way, and remove it."
        }
        "passkeys_not_here" => "There can be no passkeys at this address. Sign in another way.",
        "wait" => "Too many attempts. Wait, then try again.",
        "administrator_exists" => "This link was used already. An administrator exists: sign in.",
        "link_not_good" => {
            "This link is not good, or its hour is over. Make a new one with `slipway admin bootstrap-link`."
        }
        "email_not_one" => "That is not an email address. Write one like name@example.org.",
        "password_too_short" => "The password is too short: use at least 12 characters.",
        "password_too_long" => "The password is too long: use at most 256 characters.",
        "password_breached" => "That password is on the lists attackers try first. Choose another.",
        "password_is_email" => "The password is the email address. Choose another.",
        _ => "That did not work, and nothing was changed. Try again.",
    }
}
