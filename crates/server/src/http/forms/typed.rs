//! What was typed into a form, and by whom.

use std::collections::BTreeMap;

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, FromRequest, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use secrecy::{ExposeSecret as _, SecretString};

use super::{back, escape, see_other};
use crate::authn::{PasskeyAnswer, PasskeyRefused, SignInRefused};
use crate::authz::Principal;
use crate::console::Asking;
use crate::http::Problem;
use crate::http::middleware::address::ClientAddress;
use crate::http::middleware::principal::MaybePrincipal;
use crate::http::middleware::request_id::RequestId;
use crate::http::sign_in::{self, with_session};
use crate::state::AppState;

/// A form somebody who is signed in has sent.
pub(super) struct Typed {
    pub(super) fields: BTreeMap<String, String>,
    who: Principal,
    request: Option<String>,
    address: String,
}

/// Who sent a form, after the password was given again where it was.
pub(super) struct Again {
    pub(super) asking: Asking,
    pub(super) who: Principal,
    renewed: Option<SecretString>,
}

impl Again {
    /// The answer to the form, with the session's new key if it got one.
    pub(super) fn answered(&self, response: Response) -> Response {
        match &self.renewed {
            Some(key) => with_session(response, key),
            None => response,
        }
    }
}

/// A form as such, also from people who are not signed in.
pub(super) struct Fields(pub(super) BTreeMap<String, String>);

impl Typed {
    /// A field that is not empty.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Who sent it.
    pub(super) fn who(&self) -> &Principal {
        &self.who
    }

    /// The address it came from.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// The page it stood on.
    pub(super) fn back(&self) -> &str {
        back(self.field("back"))
    }

    /// The Console of who sent it.
    pub(super) fn asking(&self, state: &AppState) -> Asking {
        Asking::new(state, Some(self.who.clone()), self.request.clone())
    }

    /// The answer of a passkey, when one was given.
    pub(super) fn passkey(&self) -> Option<PasskeyAnswer> {
        let (key, credential) = (self.field("passkey_key")?, self.field("passkey_answer")?);
        let address = self.address.clone();
        Some(PasskeyAnswer { key: key.to_owned(), credential: credential.to_owned(), address })
    }

    /// The same, after a passkey, a code or the password if one was given: then the session is fresh. Refused with the code for
    /// the page.
    pub(super) async fn asking_again(&self, state: &AppState) -> Result<Again, &'static str> {
        let same = Again { asking: self.asking(state), who: self.who.clone(), renewed: None };
        if let Some(answer) = self.passkey() {
            let renewed = state.authn.step_up_with_passkey(&self.who, &answer).await;
            return self.renewed(state, same, renewed.map_err(|refused| code_of_passkey(&refused))?).await;
        }
        if let Some(code) = self.field("code").map(SecretString::from) {
            let renewed = state.authn.step_up_with_code(&self.who, &code, &self.address).await;
            return self.renewed(state, same, renewed.map_err(|refused| code_of_code(&refused))?).await;
        }
        let Some(password) = self.field("password").map(SecretString::from) else { return Ok(same) };
        if self.has_second_factor(state).await? {
            return Err("second_factor_needed");
        }
        self.asking_with_password(state, &password).await
    }

    async fn has_second_factor(&self, state: &AppState) -> Result<bool, &'static str> {
        state.authn.has_second_factor(&self.who.user_id).await.map_err(|error| {
            error.log();
            "store_unavailable"
        })
    }

    /// The same with this password: it is checked, and makes the session of who has nothing else fresh.
    pub(super) async fn asking_with_password(
        &self,
        state: &AppState,
        password: &SecretString,
    ) -> Result<Again, &'static str> {
        let same = Again { asking: self.asking(state), who: self.who.clone(), renewed: None };
        if self.has_second_factor(state).await? {
            let right = state.authn.verify_password(&self.who, password, &self.address).await;
            return right.map(|()| same).map_err(|refused| code(&refused));
        }
        let renewed = state.authn.step_up(&self.who, password, &self.address).await;
        self.renewed(state, same, renewed.map_err(|refused| code(&refused))?).await
    }

    async fn renewed(
        &self,
        state: &AppState,
        mut again: Again,
        key: Option<SecretString>,
    ) -> Result<Again, &'static str> {
        if let Some(key) = &key {
            let known = state.authn.by_cookie(key.expose_secret()).await.map_err(|error| {
                error.log();
                "store_unavailable"
            })?;
            again.who = known.clone().unwrap_or(again.who);
            again.asking = Asking::new(state, known, self.request.clone());
        }
        again.renewed = key;
        Ok(again)
    }
}

pub(super) fn code_of_passkey(refused: &PasskeyRefused) -> &'static str {
    match refused {
        PasskeyRefused::NotHere(_) => "passkeys_not_here",
        PasskeyRefused::Over => "passkey_over",
        PasskeyRefused::Known => "passkey_known",
        PasskeyRefused::Copied => "passkey_copied",
        PasskeyRefused::Refused(refused) => match code(refused) {
            "password_wrong" => "passkey_wrong",
            "password_wait" => "passkey_wait",
            other => other,
        },
    }
}

fn code_of_code(refused: &SignInRefused) -> &'static str {
    match code(refused) {
        "password_wrong" => "code_wrong",
        "password_wait" => "code_wait",
        other => other,
    }
}

fn code(refused: &SignInRefused) -> &'static str {
    match refused {
        SignInRefused::Wrong => "password_wrong",
        SignInRefused::Wait(_) => "password_wait",
        SignInRefused::Store(error) => {
            error.log();
            "store_unavailable"
        }
        SignInRefused::Hashing(error) => {
            sign_in::broken(error);
            "internal"
        }
    }
}

impl FromRequest<AppState> for Typed {
    type Rejection = Response;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let who = parts.extensions.get::<MaybePrincipal>().and_then(|found| found.0.clone());
        let request_id = parts.extensions.get::<RequestId>().map(|id| id.0.clone());
        let ClientAddress(address) = read_address(&mut parts, state).await;
        let Fields(fields) = Fields::from_request(Request::from_parts(parts, body), state)
            .await
            .map_err(IntoResponse::into_response)?;
        let Some(who) = who else {
            let next = back(fields.get("back").map(String::as_str));
            return Err(see_other(&format!("/sign-in?next={}", escape(next))));
        };
        Ok(Self { fields, who, request: request_id, address })
    }
}

async fn read_address(parts: &mut axum::http::request::Parts, state: &AppState) -> ClientAddress {
    use axum::extract::FromRequestParts as _;
    match ClientAddress::from_request_parts(parts, state).await {
        Ok(address) => address,
        Err(never) => match never {},
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let read = Form::<Vec<(String, String)>>::from_request(request, state).await;
        read.map(|Form(pairs)| Self(joined(pairs))).map_err(|bad| unreadable(&bad))
    }
}

/// Boxes of one name are words of one list.
fn joined(pairs: Vec<(String, String)>) -> BTreeMap<String, String> {
    let mut fields: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in pairs {
        match fields.get_mut(&name) {
            Some(before) => *before = format!("{before} {value}"),
            None => _ = fields.insert(name, value),
        }
    }
    fields
}

fn unreadable(bad: &FormRejection) -> Problem {
    let status = bad.status();
    let (code, next) = match status {
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            ("wrong_content_type", "This is for the pages' forms; programs use `/api/v1`.")
        }
        StatusCode::PAYLOAD_TOO_LARGE => ("too_large", "Send at most 1 MiB."),
        _ => ("unreadable_form", "Go back to the page and send the form again."),
    };
    Problem::new(status, code, format!("{}. Nothing was changed.", bad.body_text())).next(next)
}
