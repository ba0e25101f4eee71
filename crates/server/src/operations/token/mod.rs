//! Operations on API tokens.

pub(super) mod issue;
pub(super) mod revoke;

/// The name of a token or a key: something to read, and short.
pub(in super::super) fn is_name(name: &str) -> bool {
    let name = name.trim();
    (1..=63).contains(&name.chars().count()) && !name.chars().any(char::is_control)
}

/// What to write instead.
pub(in super::super) const NAME_NEEDED: &str = "Use a name of 1 to 63 characters.";
