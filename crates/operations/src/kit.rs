//! What must hold for every declaration. A test of the product runs this over its whole register.

use crate::AnyOperation;

/// Everything that is missing or malformed in a declaration; empty when it is complete.
pub fn complaints<W: Sync + 'static>(operation: &dyn AnyOperation<W>) -> Vec<String> {
    let declared = operation.declaration();
    let mut found = Vec::new();
    let mut need = |holds: bool, what: &str| {
        if !holds {
            found.push(format!("{}: {what}", declared.id));
        }
    };
    let (kind, verb) = declared.id.split_once('.').unwrap_or_default();
    need(!kind.is_empty() && !verb.is_empty(), "its id is a noun, a dot and a verb");
    need(declared.version > 0, "its version begins at 1");
    need(!declared.target.is_empty(), "it names the kind of its target");
    need(declared.title.split(' ').count() >= 2, "its title is a verb and a noun");
    for (name, text) in [
        ("expected", declared.expected),
        ("verified_by", declared.verified_by),
        ("on_failure", declared.on_failure),
        ("progress", declared.progress),
        ("evidence", declared.evidence),
    ] {
        need(is_sentence(text), &format!("`{name}` is a sentence"));
    }
    need(
        !declared.audit.is_empty() && !declared.audit.ends_with('.'),
        "`audit` goes on after a name: `asked to …`",
    );
    for (code, holds) in operation.rules() {
        need(
            code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'),
            &format!("the code of rule `{code}` is a word"),
        );
        need(is_sentence(holds), &format!("rule `{code}` has a sentence when it holds"));
    }
    need(operation.never_held_back().is_none_or(is_sentence), "why nothing holds it back is a sentence");
    need(operation.input_schema().is_object(), "its input has a schema");
    found
}

/// Begins with a capital, ends with a full stop.
pub fn is_sentence(text: &str) -> bool {
    text.chars().next().is_some_and(char::is_uppercase) && text.ends_with(['.', '?', '!'])
}
