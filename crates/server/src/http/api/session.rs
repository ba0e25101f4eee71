//! `/session`, `/sign-in`: who is here, and whether anybody can be.

use read_models::session::{SessionConsole as _, ShellView, SignInView};

use super::answer::One;
use super::input::{Anybody, Asked};
use crate::http::Problem;
use crate::http::document::Endpoints;

pub(super) fn endpoints() -> Endpoints {
    Endpoints::under(super::PREFIX, "Session").get("/session", shell, "Who am I, and where may I go?").get(
        "/sign-in",
        sign_in,
        "Is there an administrator yet? Anybody may ask.",
    )
}

async fn shell(Asked(asking): Asked) -> Result<One<ShellView>, Problem> {
    Ok(One(asking.shell().await?))
}

async fn sign_in(Anybody(asking): Anybody) -> Result<One<SignInView>, Problem> {
    Ok(One(asking.sign_in().await?))
}
