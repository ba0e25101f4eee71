//! The reference of a secret that was handed in, as a part of an input.
//!
//! Who puts the secret itself there by mistake must not find it in a sentence, so that what was given is never repeated.

use read_models::ids::KeptSecretId;
use serde::{Deserialize as _, Deserializer, de};

/// Reads a reference; the sentence for anything else does not hold what was given.
pub(super) fn reference<'de, D: Deserializer<'de>>(from: D) -> Result<KeptSecretId, D::Error> {
    const WANTED: &str =
        "a reference like `kept_…` is needed here, and never the secret itself: hand that in first";
    let given = serde_json::Value::deserialize(from)?;
    let reference = given.as_str().and_then(|text| KeptSecretId::parse(text).ok());
    reference.ok_or_else(|| de::Error::custom(WANTED))
}

/// The place a secret is sealed for.
pub(crate) fn place_of(id: &KeptSecretId) -> String {
    format!("kept-secret/{id}")
}
