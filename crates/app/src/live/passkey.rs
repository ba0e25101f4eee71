//! Having a passkey made, or asking for one: the one thing of signing in that only a script can do.

use super::browser::{call, object, property, write};
use js_sys::Reflect;
use leptos::{prelude::window, task::spawn_local};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Element;

const NONE_HERE: &str = "This browser has no passkeys here: they need HTTPS, or `localhost`. Use another way to prove that it is you.";
const TOO_OLD: &str = "This browser is too old for passkeys. Use another way to prove that it is you.";
const NO_ANSWER: &str = "The server does not answer. Nothing was changed: try again.";

/// What to ask, and for what.
#[derive(Debug, Clone)]
pub(crate) struct Ceremony {
    /// Where the question comes from.
    pub(crate) asks: String,
    /// What is sent along, as a form writes it.
    pub(crate) body: &'static str,
    /// Whether a new passkey is made; otherwise one there is answers.
    pub(crate) makes: bool,
}

/// What `components/passkey_button.rs` has written of a ceremony.
struct Asked {
    asks: String,
    body: String,
    makes: bool,
}

/// The pressed button has a passkey answer, and its form sent. While it asks, pressing it does nothing more.
pub(super) fn hear(button: Element) {
    let Some(form) = whole_form(&button) else { return };
    if button.has_attribute("aria-busy") {
        return;
    }
    let attribute = |name: &str| button.get_attribute(name).unwrap_or_default();
    let makes = button.has_attribute("data-ceremony-makes");
    let asked = Asked { asks: attribute("data-ceremony"), body: attribute("data-ceremony-body"), makes };
    let problem =
        button.parent_element().and_then(|around| around.query_selector(".passkey-problem").ok().flatten());
    let says = move |sentence: &str| {
        if let Some(problem) = &problem {
            write(problem, sentence);
        }
    };
    let words = button.text_content().unwrap_or_default();
    _ = button.set_attribute("aria-busy", "true");
    write(&button, "Asking your browser…");
    says("");
    spawn_local(async move {
        match passkey(&asked).await {
            Ok((key, answer)) => send_with(&form, &key, &answer),
            Err(sentence) => says(&sentence),
        }
        _ = button.remove_attribute("aria-busy");
        write(&button, &words);
    });
}

/// Puts the question to the browser. The key of the question and the answer, or what went wrong as a sentence.
async fn passkey(ceremony: &Asked) -> Result<(String, String), String> {
    let class = property(&window(), "PublicKeyCredential").ok_or(NONE_HERE)?;
    let credentials = property(&window().navigator(), "credentials").ok_or(NONE_HERE)?;
    let question = question(ceremony).await?;
    let key = property(&question, "key").and_then(|key| key.as_string()).ok_or(NO_ANSWER)?;
    let options = property(&question, "options").ok_or(NO_ANSWER)?;
    let host = host_of(&options);
    let (parse, method) = if ceremony.makes {
        ("parseCreationOptionsFromJSON", "create")
    } else {
        ("parseRequestOptionsFromJSON", "get")
    };
    let public_key = call(&class, parse, &[options]).ok_or(TOO_OLD)?;
    let wanted = object(&[("publicKey", public_key)]);
    let credential = promised(call(&credentials, method, &[wanted]).ok_or(TOO_OLD)?).await;
    let credential = credential.map_err(|error| sentence(&error, &host))?;
    let answer = call(&credential, "toJSON", &[]).ok_or(TOO_OLD)?;
    let answer = js_sys::JSON::stringify(&answer).map_err(|_| TOO_OLD)?;
    Ok((key, String::from(answer)))
}

/// The form an element stands in, when everything it needs is filled in; the browser says what is missing.
fn whole_form(element: &JsValue) -> Option<JsValue> {
    let form = property(element, "form")?;
    let is_whole = call(&form, "reportValidity", &[])?.as_bool()?;
    is_whole.then_some(form)
}

/// Sends a form with the answer in it.
fn send_with(form: &JsValue, key: &str, answer: &str) {
    let Some(fields) = property(form, "elements") else { return };
    for (name, value) in [("passkey_key", key), ("passkey_answer", answer)] {
        let Some(field) = property(&fields, name) else { return };
        if Reflect::set(&field, &"value".into(), &value.into()).is_err() {
            return;
        }
    }
    _ = call(form, "requestSubmit", &[]);
}

async fn question(ceremony: &Asked) -> Result<JsValue, String> {
    let headers = object(&[
        ("content-type", "application/x-www-form-urlencoded".into()),
        ("accept", "application/json".into()),
    ]);
    let how =
        object(&[("method", "POST".into()), ("headers", headers), ("body", ceremony.body.as_str().into())]);
    let asked = call(&window(), "fetch", &[ceremony.asks.as_str().into(), how]).ok_or(NO_ANSWER)?;
    let answer = promised(asked).await.map_err(|_| NO_ANSWER)?;
    let is_good = property(&answer, "ok").and_then(|ok| ok.as_bool()).unwrap_or_default();
    let read = promised(call(&answer, "json", &[]).ok_or(NO_ANSWER)?).await.map_err(|_| NO_ANSWER)?;
    if is_good {
        return Ok(read);
    }
    let said = property(&read, "detail").and_then(|sentence| sentence.as_string());
    Err(said.unwrap_or_else(|| NO_ANSWER.to_owned()))
}

async fn promised(promise: JsValue) -> Result<JsValue, JsValue> {
    JsFuture::from(promise.dyn_into::<js_sys::Promise>()?).await
}

/// The host the question says passkeys belong to.
fn host_of(options: &JsValue) -> String {
    let of_new = property(options, "rp").and_then(|rp| property(&rp, "id"));
    let host = of_new.or_else(|| property(options, "rpId")).and_then(|host| host.as_string());
    host.unwrap_or_default()
}

fn sentence(error: &JsValue, host: &str) -> String {
    let name = property(error, "name").and_then(|name| name.as_string()).unwrap_or_default();
    match name.as_str() {
        "NotAllowedError" | "AbortError" => {
            "No passkey answered: it was cancelled, or took too long. Nothing was changed.".to_owned()
        }
        "InvalidStateError" => "This authenticator holds a passkey of yours already.".to_owned(),
        "SecurityError" => format!("Passkeys belong to {host} here: open Slipway at that address."),
        _ => "The browser could not use a passkey. Nothing was changed.".to_owned(),
    }
}
