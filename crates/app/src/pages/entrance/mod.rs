//! The entrance: sign in, and make the first administrator. Outside every family, no rail.

mod calls;
mod first_administrator;
mod sign_in;

pub(crate) use first_administrator::FirstAdministratorPage;
pub(crate) use sign_in::SignInPage;

/// What went wrong with a form that was sent, by the code in `?problem=`.
fn sentence(code: &str) -> &'static str {
    match code {
        "refused" => "That address and password do not belong together. Nothing was changed.",
        "limited" => "Too many attempts. Wait a few minutes, then try again.",
        "signed_out" => "You are signed out.",
        "session_ended" => "Your session has ended. Sign in again to go on where you were.",
        "link_used" => "This link was used already. An administrator exists: sign in.",
        "link_bad" => "This link is not good, or its hour is over. Make a new one with `slipway admin bootstrap-link`.",
        "email_bad" => "That is not an email address. Write one like name@example.org.",
        "password_short" => "The password is too short: use at least 12 characters.",
        "password_long" => "The password is too long: use at most 256 characters.",
        "password_known" => "That password is on the lists attackers try first. Choose another.",
        _ => "That did not work, and nothing was changed. Try again.",
    }
}
