//! `/account/…`: of whoever asks, and of nobody else.

use read_models::account::{AccountConsole as _, ProfileView, SecurityView, SessionsView, TokenSecret};
use read_models::ids::TokenId;

use super::answer::{One, Unkept};
use super::input::{Asked, ReadId};
use crate::http::Problem;
use crate::http::document::Endpoints;

pub(super) fn endpoints() -> Endpoints {
    Endpoints::under(super::PREFIX, "Account")
        .get("/account/profile", profile, "How am I called, what may I, where do I land?")
        .get("/account/security", security, "What lets me and my scripts in?")
        .get("/account/sessions", sessions, "Where am I signed in?")
        .post(
            "/account/tokens/{id}/text",
            token_text,
            "The text of a token that was just issued: once, and only to whoever issued it.",
        )
}

async fn profile(Asked(asking): Asked) -> Result<One<ProfileView>, Problem> {
    Ok(One(asking.profile(None).await?))
}

async fn security(Asked(asking): Asked) -> Result<Unkept<SecurityView>, Problem> {
    Ok(Unkept(asking.security(None).await?))
}

async fn sessions(Asked(asking): Asked) -> Result<One<SessionsView>, Problem> {
    Ok(One(asking.sessions(None).await?))
}

/// Not a read: afterwards it cannot be had again.
async fn token_text(
    Asked(asking): Asked,
    ReadId(id): ReadId<TokenId>,
) -> Result<Unkept<TokenSecret>, Problem> {
    Ok(Unkept(asking.token_text(id).await?))
}
