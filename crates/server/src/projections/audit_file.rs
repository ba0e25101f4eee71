//! Events as files hold them: NDJSON, a line for each with everything that is hashed; CSV for people and their tables.

use std::fmt::Write as _;

use serde::Serialize;

use super::evidence_bundle::owned;
use crate::store::events::StoredEvent;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object per line.
    Ndjson,
    /// RFC 4180, every field quoted.
    Csv,
}

/// The fields of a CSV file, in their order.
const FIELDS: [&str; 13] = [
    "number",
    "at",
    "kind",
    "actor",
    "sentence",
    "operation",
    "step",
    "project",
    "resource",
    "body",
    "id",
    "previous",
    "hash",
];

impl Format {
    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Ndjson, Self::Csv].into_iter().find(|format| format.key() == word)
    }

    /// The stable word, and how a file's name ends.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
        }
    }

    /// What it is called on the wire.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Ndjson => "application/x-ndjson",
            Self::Csv => "text/csv; charset=utf-8; header=present",
        }
    }

    /// What stands before the first event.
    pub fn head(self) -> String {
        match self {
            Self::Ndjson => String::new(),
            Self::Csv => row(&FIELDS.map(str::to_owned)),
        }
    }

    /// An event.
    pub fn line(self, event: &StoredEvent) -> String {
        match self {
            Self::Ndjson => json(event),
            Self::Csv => csv(event),
        }
    }
}

/// An event with the hashes that chain it: enough to hash it again.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    event: evidence::OwnedEvent,
    previous: &'a str,
    hash: &'a str,
}

fn json(event: &StoredEvent) -> String {
    let line = Line { event: owned(event), previous: &event.prev_hash, hash: &event.hash };
    // Neither a map with keys that are no text nor a number JSON does not know: it cannot fail.
    let mut text = serde_json::to_string(&line).unwrap_or_default();
    text.push('\n');
    text
}

fn csv(event: &StoredEvent) -> String {
    let said = |text: Option<String>| text.unwrap_or_default();
    row(&[
        event.seq.to_string(),
        event.at.rfc3339(),
        event.kind.clone(),
        event.actor.clone(),
        event.sentence.clone(),
        said(event.operation.as_ref().map(ToString::to_string)),
        said(event.step.map(|step| step.to_string())),
        said(event.project.as_ref().map(ToString::to_string)),
        said(event.resource.clone()),
        event.body.clone(),
        event.id.clone(),
        event.prev_hash.clone(),
        event.hash.clone(),
    ])
}

fn row(fields: &[String; 13]) -> String {
    let mut row = String::new();
    for (number, field) in fields.iter().enumerate() {
        let comma = if number == 0 { "" } else { "," };
        // Writing to a text cannot fail.
        let _ = write!(row, "{comma}\"{}{}\"", guard(field), field.replace('"', "\"\""));
    }
    row.push_str("\r\n");
    row
}

/// What a spreadsheet would carry out gets an apostrophe before it: then it is text. Blanks before it do not help it.
fn guard(field: &str) -> &'static str {
    const CARRIED_OUT: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
    let first = field.trim_start_matches([' ', '\u{a0}', '\u{feff}']).chars().next();
    let begins_so = first.is_some_and(|first| CARRIED_OUT.contains(&first) || first.is_control());
    if begins_so { "'" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use read_models::time::Timestamp;

    fn event(sentence: &str) -> StoredEvent {
        StoredEvent {
            seq: 7,
            id: "id".to_owned(),
            at: Timestamp::from_micros(1_000_001),
            kind: "test.event".to_owned(),
            actor: "ada@example.org".to_owned(),
            sentence: sentence.to_owned(),
            operation: None,
            step: Some(2),
            project: None,
            resource: None,
            body: "{\"a\":\"b, \\\"c\\\"\"}".to_owned(),
            prev_hash: "aa".to_owned(),
            hash: "bb".to_owned(),
        }
    }

    /// Reads one record as RFC 4180 says.
    fn fields(record: &str) -> Vec<String> {
        let (mut all, mut field, mut quoted) = (Vec::new(), String::new(), false);
        let mut letters = record.strip_suffix("\r\n").unwrap().chars().peekable();
        while let Some(letter) = letters.next() {
            match letter {
                '"' if quoted && letters.peek() == Some(&'"') => field.extend(letters.next()),
                '"' => quoted = !quoted,
                ',' if !quoted => all.push(std::mem::take(&mut field)),
                other => field.push(other),
            }
        }
        assert!(!quoted, "{record}");
        all.push(field);
        all
    }

    #[test]
    fn a_record_is_read_back_whatever_is_in_it() {
        for sentence in ["plain", "a, b", "He said \"no\".", "two\r\nlines", "", "ends with \"", "ä＝ 漢"]
        {
            let record = Format::Csv.line(&event(sentence));
            let read = fields(&record);
            assert_eq!(read.len(), FIELDS.len());
            assert_eq!((read[0].as_str(), read[4].as_str()), ("7", sentence), "{record}");
            assert_eq!(read[9], "{\"a\":\"b, \\\"c\\\"\"}");
        }
        assert_eq!(fields(&Format::Csv.head()), FIELDS);
    }

    #[test]
    fn nothing_that_a_spreadsheet_would_carry_out_begins_a_field() {
        for evil in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "\n=1",
            "  =1",
            "\u{a0}=1",
            "\u{feff}=1",
            "＝1",
            "＠A",
        ] {
            let read = fields(&Format::Csv.line(&event(evil)));
            assert_eq!(read[4], format!("'{evil}"));
        }
        assert_eq!(fields(&Format::Csv.line(&event("1 - 1 = 0")))[4], "1 - 1 = 0");
    }

    #[test]
    fn a_line_holds_what_was_hashed() {
        let mut whole = event("It\nhappened.");
        whole.hash = evidence::hash(&whole.prev_hash, &owned(&whole).as_event());
        let line = Format::Ndjson.line(&whole);
        assert_eq!(line.matches('\n').count(), 1);
        let mut read: serde_json::Value = serde_json::from_str(&line).unwrap();
        let members = read.as_object_mut().unwrap();
        let (previous, hash) = (members.remove("previous").unwrap(), members.remove("hash").unwrap());
        let again: evidence::OwnedEvent = serde_json::from_value(read).unwrap();
        assert_eq!(hash, evidence::hash(previous.as_str().unwrap(), &again.as_event()));
    }
}
