//! From what was typed to the input an operation wants, by the types of its JSON Schema. Rules are the operation's own; only
//! what has no such type at all is refused here.

use std::collections::{BTreeMap, BTreeSet};

use read_models::error::FieldError;
use serde_json::{Map, Value};

use super::command_line;

/// The input, or what is wrong with which field.
pub(super) fn of_form(schema: &Value, filled: &BTreeMap<String, String>) -> Result<Value, Vec<FieldError>> {
    let empty = Map::new();
    let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&empty);
    let required: BTreeSet<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let names: BTreeSet<&str> =
        properties.keys().map(String::as_str).chain(filled.keys().map(String::as_str)).collect();
    let (mut input, mut errors) = (Map::new(), Vec::new());
    for name in names {
        let kind = properties.get(name).map_or(Kind::Text, |property| Kind::of(property, schema));
        let text = filled.get(name).map(String::as_str).unwrap_or_default();
        match value(kind, text, required.contains(name)) {
            Ok(Some(value)) => _ = input.insert(name.to_owned(), value),
            Ok(None) => {}
            Err(sentence) => errors.push(FieldError { pointer: format!("/{}", escaped(name)), sentence }),
        }
    }
    if errors.is_empty() { Ok(Value::Object(input)) } else { Err(errors) }
}

/// What each target of a bulk is asked with stands beside what the bulk itself is asked with, by this.
const OF_EACH: &str = "with.";

/// What each target of a bulk is asked with, and everything else.
pub(super) fn parted(
    filled: &BTreeMap<String, String>,
) -> (BTreeMap<String, String>, BTreeMap<String, String>) {
    let (of_each, own): (BTreeMap<_, _>, BTreeMap<_, _>) =
        filled.clone().into_iter().partition(|(name, _)| name.starts_with(OF_EACH));
    let bare = |(name, text): (String, String)| (name[OF_EACH.len()..].to_owned(), text);
    (of_each.into_iter().map(bare).collect(), own)
}

/// The input of each target. One form asks for several operations: what was left empty, or what this one does not take and
/// the form offers for another, is left out.
pub(super) fn of_each(schema: &Value, filled: &BTreeMap<String, String>) -> Result<Value, Vec<FieldError>> {
    let takes = |name: &str| schema["properties"].get(name).is_some();
    let given = filled.iter().filter(|(name, _)| takes(name)).map(|(n, text)| (n.clone(), text.clone()));
    let inside = |error: FieldError| FieldError { pointer: format!("/with{}", error.pointer), ..error };
    of_form(schema, &given.collect()).map_err(|errors| errors.into_iter().map(inside).collect())
}

/// None for what was left empty and may be.
fn value(kind: Kind, text: &str, required: bool) -> Result<Option<Value>, String> {
    if text.trim().is_empty() {
        return match (kind, required) {
            (_, false) => Ok(None),
            // A box that is not ticked is not sent.
            (Kind::Flag, true) => Ok(Some(Value::Bool(false))),
            (Kind::Text | Kind::Whole | Kind::Number | Kind::Words, true) => {
                Err("This is needed.".to_owned())
            }
        };
    }
    match kind {
        Kind::Text => Ok(Some(Value::from(text))),
        Kind::Whole => {
            let whole = text.trim().parse::<i64>().map_err(|_| "Write a whole number.".to_owned())?;
            Ok(Some(Value::from(whole)))
        }
        Kind::Number => {
            let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
            number.map(|number| Some(Value::from(number))).ok_or_else(|| "Write a number.".to_owned())
        }
        Kind::Flag => Ok(Some(Value::Bool(matches!(text.trim(), "true" | "on" | "1")))),
        Kind::Words => Ok(Some(Value::from(command_line::words(text)?))),
    }
}

/// What a field holds, as far as a form can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Whole,
    Number,
    Flag,
    /// A list of texts, typed as one line.
    Words,
}

impl Kind {
    fn of(property: &Value, schema: &Value) -> Self {
        let property = resolved(property, schema);
        let types = match property.get("type") {
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(one)) => vec![one.as_str()],
            Some(_) | None => Vec::new(),
        };
        types.into_iter().find_map(Self::named).unwrap_or(Self::Text)
    }

    fn named(word: &str) -> Option<Self> {
        match word {
            "string" => Some(Self::Text),
            "integer" => Some(Self::Whole),
            "number" => Some(Self::Number),
            "boolean" => Some(Self::Flag),
            "array" => Some(Self::Words),
            _ => None,
        }
    }
}

/// Behind a `$ref` into the schema's definitions, and behind `anyOf` with null.
fn resolved<'a>(property: &'a Value, schema: &'a Value) -> &'a Value {
    let is_null = |choice: &&Value| choice.get("type").and_then(Value::as_str) == Some("null");
    let choice = property
        .get("anyOf")
        .and_then(Value::as_array)
        .and_then(|choices| choices.iter().find(|c| !is_null(c)));
    let property = choice.unwrap_or(property);
    let named = property
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|place| schema.pointer(place.strip_prefix('#')?));
    named.unwrap_or(property)
}

/// As it stands in a JSON pointer (RFC 6901).
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn schema() -> Value {
        json!({
            "type": "object",
            "required": ["name", "command", "loud"],
            "properties": {
                "name": { "type": "string" },
                "command": { "type": "array", "items": { "type": "string" } },
                "port": { "type": ["integer", "null"], "format": "uint16" },
                "share": { "type": "number" },
                "loud": { "type": "boolean" },
                "mode": { "anyOf": [{ "$ref": "#/$defs/Mode" }, { "type": "null" }] }
            },
            "$defs": { "Mode": { "type": "string", "enum": ["fast"] } }
        })
    }

    fn typed(pairs: &[(&str, &str)]) -> Result<Value, Vec<FieldError>> {
        let filled = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        of_form(&schema(), &filled)
    }

    #[test]
    fn each_field_becomes_what_the_operation_wants_and_empty_ones_are_left_out() {
        let whole = [
            ("name", "web"),
            ("command", "python3 -m 'http server'"),
            ("port", " 8000 "),
            ("share", "0.5"),
            ("loud", "on"),
            ("mode", "fast"),
        ];
        let wanted = json!({
            "name": "web", "command": ["python3", "-m", "http server"], "port": 8000, "share": 0.5, "loud": true,
            "mode": "fast"
        });
        assert_eq!(typed(&whole).unwrap(), wanted);
        let least = typed(&[("name", "web"), ("command", "true"), ("port", ""), ("mode", " ")]).unwrap();
        assert_eq!(least, json!({ "name": "web", "command": ["true"], "loud": false }));
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once_beside_its_field() {
        let errors =
            typed(&[("name", ""), ("command", "say 'hi"), ("port", "80a"), ("share", "inf")]).unwrap_err();
        let pointers: Vec<_> = errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(pointers, ["/command", "/name", "/port", "/share"]);
        assert!(errors[0].sentence.contains('\''), "{}", errors[0].sentence);
    }

    #[test]
    fn a_field_nobody_knows_is_handed_on_for_the_operation_to_refuse() {
        let input = typed(&[("name", "web"), ("command", "true"), ("a/b", "x")]).unwrap();
        assert_eq!(input["a/b"], "x");
        assert_eq!(of_form(&Value::Null, &BTreeMap::new()).unwrap(), json!({}));
    }
}
