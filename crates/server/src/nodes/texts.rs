//! Texts of an agent, made fit to be kept, logged and shown: no control characters, and not longer than their place. A
//! tenant's words are in some of them, so a text never ends a session; it is shortened.

use node_protocol::{
    Capability, CommandResult, Gpu, Heartbeat, Interface, Inventory, Outcome, WorkloadReport,
};
use serde_json::Value;

/// A sentence.
pub(super) const SENTENCE: usize = 300;
/// A name of something, or a code.
const WORD: usize = 100;
/// What an agent has to say at length.
const DETAIL: usize = 1000;

/// At most so many characters, on one line, with nothing in it that moves a terminal's cursor or turns text around.
pub(super) fn short(text: &str, longest: usize) -> String {
    let mut plain = text.chars().filter(|c| !is_invisible(*c));
    let mut kept: String = plain.by_ref().take(longest).collect();
    if plain.next().is_some() {
        kept.pop();
        kept.push('…');
    }
    kept
}

/// Control characters, the two separators that end a line, and those that change the direction of writing.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}')
        || ('\u{202a}'..='\u{202e}').contains(&c)
        || ('\u{2066}'..='\u{2069}').contains(&c)
}

fn shorten(text: &mut String, longest: usize) {
    *text = short(text, longest);
}

pub(super) fn heartbeat(beat: &mut Heartbeat) {
    inventory(&mut beat.inventory);
    for Capability { name, available: _, detail } in &mut beat.capabilities {
        shorten(name, WORD);
        shorten(detail, DETAIL);
    }
    beat.workloads.iter_mut().for_each(report);
}

fn inventory(inventory: &mut Inventory) {
    let Inventory {
        taken_at_us: _,
        hostname,
        os,
        kernel,
        cpu_model,
        cpus: _,
        memory_bytes: _,
        gpus,
        addresses,
        interfaces,
    } = inventory;
    for text in [hostname, os, kernel, cpu_model].into_iter().flatten() {
        shorten(text, SENTENCE);
    }
    for Gpu { model, memory_bytes: _ } in gpus.iter_mut().flatten() {
        shorten(model, SENTENCE);
    }
    for address in addresses {
        shorten(address, WORD);
    }
    for Interface { name, mac, addresses } in interfaces.iter_mut().flatten() {
        for text in mac.iter_mut().chain(addresses).chain([name]) {
            shorten(text, WORD);
        }
    }
}

pub(super) fn report(report: &mut WorkloadReport) {
    if let Some(sentence) = report.exit.as_mut().and_then(|exit| exit.sentence.as_mut()) {
        shorten(sentence, SENTENCE);
    }
}

pub(super) fn result(result: &mut CommandResult) {
    match &mut result.outcome {
        Outcome::Done { detail } => document(detail),
        Outcome::Refused { code, sentence } | Outcome::Failed { code, sentence } => {
            shorten(code, WORD);
            shorten(sentence, SENTENCE);
        }
    }
}

/// Every text in a document, names included. How deep it may be was decided when it was read.
fn document(value: &mut Value) {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
        Value::String(text) => shorten(text, DETAIL),
        Value::Array(values) => values.iter_mut().for_each(document),
        Value::Object(members) => {
            let named = std::mem::take(members).into_iter().map(|(name, mut value)| {
                document(&mut value);
                (short(&name, WORD), value)
            });
            *members = named.collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_text_is_one_line_of_a_certain_length() {
        assert_eq!(short("fine", 4), "fine");
        assert_eq!(short("much too long", 6), "much …");
        assert_eq!(short("a\0b\nc\u{1b}[31md\u{202e}e\u{9b}", 50), "abc[31mde");
        assert_eq!(short(&"é".repeat(9), 3), "éé…");
    }

    #[test]
    fn the_texts_of_an_answer_are_made_fit_wherever_they_are() {
        let mut answer = CommandResult {
            command_id: "cmd_1".parse().unwrap(),
            fencing_token: 1,
            outcome: Outcome::Done { detail: json!({ "a\0": ["x\ny", 1, { "b": "z".repeat(5000) }] }) },
        };
        result(&mut answer);
        let Outcome::Done { detail } = answer.outcome else { panic!("another outcome") };
        assert_eq!(detail["a"][0], "xy");
        assert_eq!(detail["a"][2]["b"].as_str().unwrap().chars().count(), DETAIL);
    }
}
