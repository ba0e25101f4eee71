//! Whether what was typed confirms a plan: nothing, a word, a name, or the name of each target of a bulk.

use read_models::error::{ConsoleError, ErrorKind, FieldError};
use read_models::operation::Confirmation;

/// Refuses what does not confirm it, with what is missing.
pub(super) fn check_confirmation(wanted: &Confirmation, given: Option<&str>) -> Result<(), ConsoleError> {
    let (holds, sentence) = match wanted {
        Confirmation::None => (true, String::new()),
        Confirmation::PlanSeen => {
            (given == Some("confirmed"), "Confirm that you have seen the plan: send `confirmed`.".to_owned())
        }
        Confirmation::TypeName { name } => (given == Some(name.as_str()), format!("Type {name} to confirm.")),
        Confirmation::TypeNames { names } => match names_apart(names, given.unwrap_or_default()) {
            None => (true, String::new()),
            Some(apart) => (false, format!("Type the name of each to confirm; {apart}.")),
        },
    };
    if holds {
        return Ok(());
    }
    let field = FieldError { pointer: "/confirmation".to_owned(), sentence: sentence.clone() };
    let error =
        ConsoleError::new(ErrorKind::Invalid, "not_confirmed", format!("{sentence} Nothing was started."));
    Err(error.next(sentence).with_fields(vec![field]))
}

/// What tells the names that were typed from those that are to be typed; none when each was typed once, and no other. Two
/// targets may have one name: it is typed for each.
fn names_apart(names: &[String], given: &str) -> Option<String> {
    const SHOWN: usize = 3;
    let mut typed: Vec<&str> = given.split_whitespace().collect();
    let mut missing = Vec::new();
    for name in names {
        match typed.iter().position(|one| one == name) {
            Some(index) => _ = typed.swap_remove(index),
            None => missing.push(name.as_str()),
        }
    }
    let (what, mut some) = if missing.is_empty() { ("not among them", typed) } else { ("missing", missing) };
    let more = if some.len() > SHOWN { format!(" and {} more", some.len() - SHOWN) } else { String::new() };
    some.truncate(SHOWN);
    let cut = |name: &&str| name.chars().take(40).collect::<String>();
    let told: Vec<_> = some.iter().map(cut).collect();
    (!told.is_empty()).then(|| format!("{what}: {}{more}", told.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apart(names: &[&str], given: &str) -> Option<String> {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        names_apart(&names, given)
    }

    #[test]
    fn every_name_is_typed_once_for_each_target_and_no_other_is() {
        assert_eq!(apart(&["a", "b"], " b\n a "), None, "in any order, with whatever between them");
        assert_eq!(apart(&["a", "b"], "a").as_deref(), Some("missing: b"));
        assert_eq!(apart(&["a", "b"], "a,b").as_deref(), Some("missing: a, b"));
        assert_eq!(apart(&["a", "b"], "a b c").as_deref(), Some("not among them: c"));
        assert_eq!(apart(&["a", "b"], "a a b").as_deref(), Some("not among them: a"));
        assert_eq!(apart(&["a", "a"], "a").as_deref(), Some("missing: a"), "two of one name");
        assert_eq!(apart(&["a", "a"], "a a"), None);
        let many = apart(&["a", "b", "c", "d", "e"], "").unwrap();
        assert_eq!(many, "missing: a, b, c and 2 more");
    }
}
