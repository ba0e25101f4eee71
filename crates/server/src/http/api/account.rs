//! `/account/…`: of whoever asks, and of nobody else.

use read_models::account::{
    AccountConsole as _, KeptSecret, ProfileView, SecurityView, SessionsView, TokenSecret,
};
use read_models::ids::TokenId;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

use super::answer::{One, Unkept};
use super::input::{Asked, ReadBody, ReadId};
use crate::http::Problem;
use crate::http::document::Endpoints;
use crate::http::middleware::address::ClientAddress;

pub(super) fn endpoints() -> Endpoints {
    Endpoints::under(super::PREFIX, "Account")
        .get("/account/profile", profile, "How am I called, what may I, where do I land?")
        .get("/account/security", security, "What lets me and my scripts in?")
        .get("/account/sessions", sessions, "Where am I signed in?")
        .post(
            "/account/password",
            password,
            "Hands a new password in, for the operation `password.change`. Only its hash is kept, sealed, for 30 minutes.",
        )
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

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PasswordBody {
    /// The password as it is now.
    #[schemars(with = "String")]
    present: SecretString,
    /// The new one: 12 to 256 characters, and not among those that are guessed first.
    #[schemars(with = "String")]
    new: SecretString,
}

/// Changes nothing yet: the reference in the answer is what `password.change` is planned with.
async fn password(
    Asked(asking): Asked,
    ClientAddress(address): ClientAddress,
    ReadBody(body): ReadBody<PasswordBody>,
) -> Result<Unkept<KeptSecret>, Problem> {
    Ok(Unkept(asking.hand_in_password(body.present, body.new, address).await?))
}
