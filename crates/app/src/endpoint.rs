//! Where forms are posted to. Forms are plain HTML: they work before the script arrives and without it.

use read_models::ids::{OperationId, PlanId};
use std::fmt;

/// A place that takes a form. It answers with a redirect (303).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// Make a plan.
    Plan,
    /// Start a plan that was looked at.
    Start(PlanId),
    /// Decide what waits for a person.
    Decide(OperationId),
    /// Ask that an operation be cancelled.
    Cancel(OperationId),
    /// Sign in.
    SignIn,
    /// Make the first administrator.
    FirstAdministrator,
    /// The second half of a sign-in: a code.
    SignInCode,
    /// Sign in with a passkey, after the password or without it.
    SignInPasskey,
    /// What a passkey is asked at sign-in.
    AskAtSignIn,
    /// What an authenticator is given for a new passkey.
    AskForNewPasskey,
    /// What a passkey is asked for who is signed in.
    AskForPasskey,
    /// Plan to add a passkey that was made.
    AddPasskey,
    /// Make the secret of an authenticator app.
    BeginTotp,
    /// Confirm it with a code, and plan to add it.
    ConfirmTotp,
    /// Hand in a new password, and plan the change.
    ChangePassword,
    /// Sign out.
    SignOut,
    /// Show another project's things.
    SwitchProject,
    /// Choose light, dark, or what the system says.
    ChooseTheme,
    /// Choose whether keys without a modifier do anything.
    ChooseKeys,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plan => write!(f, "/operations/plan"),
            Self::Start(id) => write!(f, "/operations/plans/{id}/start"),
            Self::Decide(id) => write!(f, "/operations/{id}/decisions"),
            Self::Cancel(id) => write!(f, "/operations/{id}/cancel"),
            Self::SignIn => write!(f, "/sign-in"),
            Self::FirstAdministrator => write!(f, "/sign-in/first"),
            Self::SignInCode => write!(f, "/sign-in/code"),
            Self::SignInPasskey => write!(f, "/sign-in/passkey"),
            Self::AskAtSignIn => write!(f, "/sign-in/passkey/ask"),
            Self::AskForNewPasskey => write!(f, "/account/passkeys/new"),
            Self::AskForPasskey => write!(f, "/account/passkeys/ask"),
            Self::AddPasskey => write!(f, "/account/passkeys"),
            Self::BeginTotp => write!(f, "/account/totp"),
            Self::ConfirmTotp => write!(f, "/account/totp/confirm"),
            Self::ChangePassword => write!(f, "/account/password"),
            Self::SignOut => write!(f, "/sign-out"),
            Self::SwitchProject => write!(f, "/session/project"),
            Self::ChooseTheme => write!(f, "/session/theme"),
            Self::ChooseKeys => write!(f, "/session/keys"),
        }
    }
}
