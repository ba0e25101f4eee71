//! `/account/…`: of whoever asks, and of nobody else.

use read_models::account::{
    AccountConsole as _, Enrolling, KeptSecret, PasskeyQuestion, ProfileView, SecurityView, SessionsView,
    TokenSecret,
};
use read_models::ids::{KeptSecretId, TokenId};
use schemars::JsonSchema;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::answer::{One, Unkept};
use super::input::{Asked, ReadBody, ReadId};
use crate::authn::PasskeyAnswer;
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
            "/account/totp",
            begin_totp,
            "Makes the secret of an authenticator app, for the operation `totp.add`. It is shown here and never again.",
        )
        .post(
            "/account/totp/confirm",
            confirm_totp,
            "A code of the app shows that it has the secret. Without it `totp.add` is blocked.",
        )
        .post(
            "/account/passkeys",
            ask_for_new_passkey,
            "Asks for a new passkey: what an authenticator is given, good for five minutes and one answer.",
        )
        .post(
            "/account/passkeys/answer",
            new_passkey,
            "The authenticator's answer. It is checked, and kept for the operation `passkey.add`; nothing is added yet.",
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

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CodeBody {
    /// The reference from the beginning.
    reference: KeptSecretId,
    /// The six digits the app shows now.
    #[schemars(with = "String")]
    code: SecretString,
}

async fn begin_totp(Asked(asking): Asked) -> Result<Unkept<Enrolling>, Problem> {
    Ok(Unkept(asking.begin_totp().await?))
}

async fn confirm_totp(
    Asked(asking): Asked,
    ClientAddress(address): ClientAddress,
    ReadBody(body): ReadBody<CodeBody>,
) -> Result<Unkept<KeptSecret>, Problem> {
    Ok(Unkept(asking.confirm_totp(body.reference, body.code, address).await?))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PasskeyBody {
    /// The key of the question.
    #[schemars(with = "String")]
    key: SecretString,
    /// The credential as `PublicKeyCredential.toJSON()` writes it (`WebAuthn` level 3).
    credential: Map<String, Value>,
}

async fn ask_for_new_passkey(Asked(asking): Asked) -> Result<Unkept<PasskeyQuestion>, Problem> {
    Ok(Unkept(asking.ask_for_new_passkey().await?))
}

async fn new_passkey(
    Asked(asking): Asked,
    ClientAddress(address): ClientAddress,
    ReadBody(body): ReadBody<PasskeyBody>,
) -> Result<Unkept<KeptSecret>, Problem> {
    let (key, credential) = (body.key.expose_secret().to_owned(), Value::Object(body.credential).to_string());
    Ok(Unkept(asking.new_passkey(PasskeyAnswer { key, credential, address }).await?))
}
