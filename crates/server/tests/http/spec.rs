//! The API's document, as a client of the running server reads it, and whether answers are what it says.

use std::collections::HashMap;
use std::sync::Mutex;

use axum::http::Method;
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::caller::Answer;
use crate::house::House;

const METHODS: [Method; 2] = [Method::GET, Method::POST];

pub(crate) struct Spec {
    pub(crate) document: Value,
    /// The shared schemas, refusing every member they do not name.
    strict: Value,
    made: Mutex<HashMap<String, Validator>>,
}

/// One documented endpoint.
pub(crate) struct Endpoint<'a> {
    pub(crate) method: Method,
    pub(crate) path: &'a str,
    pub(crate) said: &'a Value,
}

impl Spec {
    pub(crate) async fn of(house: &House) -> Self {
        let answer = house.nobody().gets("/api/openapi.json").await;
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
        let document = answer.json();
        let mut strict = document["components"].clone();
        refuse_unknown(&mut strict);
        Self { document, strict, made: Mutex::default() }
    }

    pub(crate) fn endpoints(&self) -> Vec<Endpoint<'_>> {
        let paths = self.document["paths"].as_object().unwrap();
        let of = |path, said: &'_ Value, method: &Method| {
            said.get(method.as_str().to_ascii_lowercase()).is_some().then(|| (method.clone(), path))
        };
        let found = paths.iter().flat_map(|(path, said)| {
            METHODS.iter().filter_map(move |method| of(path.as_str(), said, method))
        });
        let said =
            |method: &Method, path: &str| &self.document["paths"][path][method.as_str().to_ascii_lowercase()];
        found.map(|(method, path)| Endpoint { said: said(&method, path), method, path }).collect()
    }

    pub(crate) fn endpoint(&self, method: &Method, path: &str) -> Endpoint<'_> {
        let mut all = self.endpoints().into_iter();
        all.find(|endpoint| endpoint.method == *method && endpoint.path == path).expect(path)
    }

    /// What of the answer is not as the document says; nothing when all of it is.
    pub(crate) fn misfit(&self, of: &Endpoint<'_>, answer: &Answer) -> Option<String> {
        let status = answer.status.as_u16();
        let responses = &of.said["responses"];
        let said = responses.get(status.to_string());
        let said = match said {
            Some(said) => said,
            None if status >= 400 => responses.get("default")?,
            None => return Some(format!("{} {} answers {status}, which is not said", of.method, of.path)),
        };
        let wrong =
            |what: String| Some(format!("{} {} {status}: {what}: {:.400}", of.method, of.path, answer.text));
        let Some(content) = said["content"].as_object() else {
            return if answer.text.is_empty() { None } else { wrong("nothing should be in it".to_owned()) };
        };
        let media = answer.header("content-type").split(';').next().unwrap_or_default().to_owned();
        let Some(schema) = content.get(&media) else {
            return wrong(format!("`{media}` is not among {:?}", content.keys()));
        };
        for name in said["headers"].as_object().into_iter().flatten().map(|(name, _)| name) {
            if name != "Location" && answer.headers.get(name).is_none() {
                return wrong(format!("the header {name} is missing"));
            }
        }
        if !media.ends_with("/json") && !media.ends_with("+json") {
            return None;
        }
        self.unfit(&schema["schema"], &answer.json()).and_then(wrong)
    }

    /// Why a value does not fit a schema of the document.
    pub(crate) fn unfit(&self, schema: &Value, value: &Value) -> Option<String> {
        let mut made = self.made.lock().unwrap();
        let validator = made.entry(schema.to_string()).or_insert_with(|| {
            let mut whole = schema.clone();
            refuse_unknown(&mut whole);
            whole["components"] = self.strict.clone();
            jsonschema::options().should_validate_formats(true).build(&whole).unwrap()
        });
        let errors: Vec<_> = validator
            .iter_errors(value)
            .map(|error| format!("{} at {}", error, error.instance_path()))
            .map(|error| error.chars().take(300).collect::<String>())
            .collect();
        (!errors.is_empty()).then(|| errors.join("; "))
    }
}

fn refuse_inside(part: &mut Value) {
    part.as_object_mut().into_iter().flat_map(|members| members.values_mut()).for_each(refuse_unknown);
}

/// A client lets new members pass; a test finds them.
fn refuse_unknown(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            let open = members.get("properties").is_some_and(Value::is_object)
                && !members.contains_key("additionalProperties")
                && members.get("type") == Some(&json!("object"));
            if open {
                members.insert("additionalProperties".to_owned(), json!(false));
            }
            for (name, member) in members {
                // Parts of one thing: each knows its own members only.
                let parts = if name == "allOf" { member.as_array_mut() } else { None };
                match parts {
                    Some(parts) => parts.iter_mut().for_each(refuse_inside),
                    None => refuse_unknown(member),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(refuse_unknown),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
