//! What an operation leaves over that could not be taken back, and what clears it. The step that leaves it says so.

use serde::{Deserialize, Serialize};

/// Something that is left over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub struct Leftover {
    /// What.
    pub sentence: String,
    /// What clears it; none in the record of an older version.
    pub clearing: Option<Clearing>,
}

/// What clears something that is left over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Clearing {
    /// An operation does.
    Operation {
        /// `node.resume`.
        operation: String,
        /// On what.
        on: On,
    },
    /// No operation does.
    Hand {
        /// What a person does instead.
        sentence: String,
    },
}

/// What the operation that clears it is carried out on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum On {
    /// What the one was carried out on that left it.
    Its,
    /// What that one made.
    Made,
    /// Something else: `workload:wl_…`.
    Target(String),
}

impl Clearing {
    /// An operation on what the one was carried out on that left it.
    pub fn by(operation: &str) -> Self {
        Self::Operation { operation: operation.to_owned(), on: On::Its }
    }

    /// An operation on what the one made that left it.
    pub fn of_made(operation: &str) -> Self {
        Self::Operation { operation: operation.to_owned(), on: On::Made }
    }

    /// An operation on something else: its kind and its id.
    pub fn on(operation: &str, kind: &str, id: &str) -> Self {
        Self::Operation { operation: operation.to_owned(), on: On::Target(format!("{kind}:{id}")) }
    }

    /// No operation does; this is what a person does instead.
    pub fn by_hand(sentence: impl Into<String>) -> Self {
        Self::Hand { sentence: sentence.into() }
    }
}

/// Older records have the sentence alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum Stored {
    Sentence(String),
    Whole { sentence: String, clearing: Option<Clearing> },
}

impl From<Stored> for Leftover {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Sentence(sentence) => Self { sentence, clearing: None },
            Stored::Whole { sentence, clearing } => Self { sentence, clearing },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Clearing, Leftover};

    #[test]
    fn what_an_older_version_left_is_read() {
        let old: Leftover = serde_json::from_str("\"Something is left.\"").unwrap();
        assert_eq!(old, Leftover { sentence: "Something is left.".to_owned(), clearing: None });
        for clearing in [Clearing::by("a.b"), Clearing::of_made("a.b"), Clearing::on("a.b", "node", "n")] {
            let new = Leftover { sentence: "This.".to_owned(), clearing: Some(clearing) };
            let read: Leftover = serde_json::from_str(&serde_json::to_string(&new).unwrap()).unwrap();
            assert_eq!(read, new);
        }
    }
}
