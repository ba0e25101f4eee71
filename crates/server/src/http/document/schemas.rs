//! The schemas of what is asked and answered, from the types themselves.

use std::collections::BTreeSet;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::http::Problem;

/// Where the schemas of answers stand.
pub(super) const PLACE: &str = "#/components/schemas/";

/// Makes schemas, and keeps those that answers share.
pub(super) struct Schemas {
    /// What we write: every member we always send is required.
    answered: SchemaGenerator,
    /// What we read: what may be left out is not required. Small, so each is whole in its place.
    asked: SchemaGenerator,
    /// Answers whose `row` is spread out.
    flat: BTreeSet<String>,
}

impl Schemas {
    pub(super) fn new() -> Self {
        let answered = SchemaSettings::draft2020_12().for_serialize().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        });
        let asked = SchemaSettings::draft2020_12().for_deserialize().with(|settings| {
            settings.inline_subschemas = true;
            settings.meta_schema = None;
        });
        Self { answered: answered.into_generator(), asked: asked.into_generator(), flat: BTreeSet::new() }
    }

    pub(super) fn answered<T: JsonSchema>(&mut self) -> Value {
        self.answered.subschema_for::<T>().to_value()
    }

    pub(super) fn answered_flat<T: JsonSchema>(&mut self) -> Value {
        let schema = self.answered::<T>();
        if let Some(name) = schema["$ref"].as_str().and_then(|place| place.strip_prefix(PLACE)) {
            self.flat.insert(name.to_owned());
        }
        schema
    }

    pub(super) fn asked<T: JsonSchema>(&mut self) -> Value {
        let mut schema = self.asked.root_schema_for::<T>().to_value();
        if let Some(members) = schema.as_object_mut() {
            members.remove("title");
        }
        schema
    }

    /// Members that an answer may have: the schema itself, for use in another one.
    pub(super) fn members<T: JsonSchema>(&mut self) -> Value {
        T::json_schema(&mut self.answered).to_value()
    }

    pub(super) fn problem(&mut self) -> Value {
        self.answered::<Problem>()
    }

    /// The schemas by name.
    pub(super) fn shared(mut self) -> Map<String, Value> {
        let mut all = self.answered.take_definitions(true);
        for name in &self.flat {
            let Some(whole) = all.get(name).cloned() else { continue };
            all.insert(name.clone(), spread_out(whole, &all));
        }
        all
    }
}

/// The schema of a resource as the API answers with it: what stands in its `row` stands beside the rest. Where both have
/// a member of one name the resource's says more.
fn spread_out(mut whole: Value, all: &Map<String, Value>) -> Value {
    let row = whole["properties"].as_object_mut().and_then(|members| members.remove("row"));
    let row = row.and_then(|row| all.get(row["$ref"].as_str()?.strip_prefix(PLACE)?)).cloned();
    let Some(row) = row else { return whole };
    let mut members = row["properties"].as_object().cloned().unwrap_or_default();
    members.extend(whole["properties"].as_object().cloned().unwrap_or_default());
    let names = |of: &Value| of["required"].as_array().cloned().unwrap_or_default();
    let mut required: Vec<Value> = names(&row);
    required.extend(names(&whole).into_iter().filter(|name| *name != "row"));
    required.sort_by_key(Value::to_string);
    required.dedup();
    whole["properties"] = Value::Object(members);
    whole["required"] = json!(required);
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_spread_out_and_the_resource_says_more_than_its_row() {
        let row = json!({ "properties": { "id": {}, "command": { "type": "string" } }, "required": ["id", "command"] });
        let all = Map::from_iter([("Row".to_owned(), row)]);
        let whole = json!({
            "properties": { "row": { "$ref": "#/components/schemas/Row" }, "command": { "type": "array" } },
            "required": ["row", "command"],
        });
        let flat = spread_out(whole, &all);
        assert_eq!(flat["properties"], json!({ "id": {}, "command": { "type": "array" } }));
        assert_eq!(flat["required"], json!(["command", "id"]));
    }
}
