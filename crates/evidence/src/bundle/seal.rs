//! The seal: a digest of every part of a bundle, signed together.

use serde::{Deserialize, Serialize};

use super::{Bundle, ResourceBundle, Stretch};
use crate::encoding::Encoding;
use crate::key::{PublicKey, SigningKey};

/// The server's word for what is in a bundle.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seal {
    /// The id of the key.
    pub key: String,
    /// When it was sealed, in microseconds since the Unix epoch.
    pub at: i64,
    /// Every part but the seal, in the order of the file.
    pub parts: Vec<Part>,
    /// Ed25519, in base64, over the SHA-256 of: domain `slipway.bundle-seal.v1`, `key`, `at`, the number of parts, and
    /// `part` and `sha256` of each.
    pub signature: String,
}

/// A part of a bundle, and what it was when it was sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Where it stands in the file: `steps/0`.
    pub part: String,
    /// SHA-256 of domain `slipway.bundle-part.v1` and the part's JSON without white space, its members in the order of
    /// the format's description.
    pub sha256: String,
}

impl Seal {
    pub(super) fn of(parts: Vec<Part>, key: &SigningKey, at: i64) -> Self {
        let id = key.public().id();
        let signature = key.sign(&message(&id, at, &parts));
        Self { key: id, at, parts, signature }
    }

    pub(super) fn is_signed_by(&self, key: &PublicKey) -> bool {
        key.has_signed(&message(&self.key, self.at, &self.parts), &self.signature)
    }
}

impl Bundle {
    /// Every part as it is now. Lists are taken apart, so that what does not fit can be named.
    pub(super) fn parts(&self) -> Vec<Part> {
        // Taken apart without `..`, so that a new part does not compile before it is sealed.
        let Self { format, version, subject, contents, approvals, steps, logs, left_out, chain, seal: _ } =
            self;
        let mut parts = vec![
            part("format", format),
            part("version", version),
            part("subject", subject),
            part("contents", contents),
            part("approvals", approvals),
        ];
        parts.extend(each("steps", steps));
        parts.extend(each("logs", logs));
        parts.extend(each("left_out", left_out));
        // Its entries are in the chain under the checkpoint: the signature of that one stands for all of them.
        let ends = |of: &Stretch| (of.previous.clone(), of.entries.len(), of.checkpoint.clone());
        parts.extend(each("chain", &chain.iter().map(ends).collect::<Vec<_>>()));
        parts
    }
}

impl ResourceBundle {
    /// Every part as it is now.
    pub(super) fn parts(&self) -> Vec<Part> {
        let Self { format, version, subject, claim, contents, operations, left_out, before, chain, seal: _ } =
            self;
        let mut parts = vec![
            part("format", format),
            part("version", version),
            part("subject", subject),
            part("claim", claim),
            part("contents", contents),
        ];
        parts.extend(each("operations", operations));
        parts.extend(each("left_out", left_out));
        parts.push(part("before", before));
        // How many entries there are is in the claim, and their order under the checkpoint.
        let ends = |of: &Stretch| (of.previous.clone(), of.checkpoint.clone());
        parts.extend(each("chain", &chain.iter().map(ends).collect::<Vec<_>>()));
        parts
    }
}

fn each<T: Serialize>(name: &str, of: &[T]) -> Vec<Part> {
    of.iter().enumerate().map(|(index, one)| part(&format!("{name}/{index}"), one)).collect()
}

fn part<T: Serialize>(name: &str, value: &T) -> Part {
    let mut encoding = Encoding::of("slipway.bundle-part.v1");
    // None of the types has a map with keys that are no text, nor a number JSON does not know: it cannot fail.
    encoding.text(&serde_json::to_string(value).unwrap_or_default());
    Part { part: name.to_owned(), sha256: encoding.finish() }
}

fn message(key: &str, at: i64, parts: &[Part]) -> [u8; 32] {
    let mut encoding = Encoding::of("slipway.bundle-seal.v1");
    encoding.text(key);
    encoding.number(at);
    encoding.number(i64::try_from(parts.len()).unwrap_or(i64::MAX));
    for Part { part, sha256 } in parts {
        encoding.text(part);
        encoding.text(sha256);
    }
    encoding.into_signed_bytes()
}
