//! What somebody meant with a few words: pure matching of words, ids and hardware addresses.

use read_models::navigation::Route;

/// Longer than anything that is looked for.
const LONGEST: usize = 100;
/// Fewer digits than pages show of an id are none.
const TAIL: usize = 6;
/// Fewer digits of a hardware address than two pairs are none.
const SHORTEST_MAC: usize = 4;

/// What was typed, as it is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// As it is said back.
    pub text: String,
    /// In lower case, word by word.
    pub each: Vec<String>,
}

impl Words {
    /// Reads what was typed: blanks count as one, and what is too long is cut off.
    pub fn of(typed: &str) -> Self {
        let text: String = typed.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        Self {
            each: text.to_lowercase().split(' ').filter(|w| !w.is_empty()).map(str::to_owned).collect(),
            text,
        }
    }

    /// Whether nothing was typed.
    pub const fn is_empty(&self) -> bool {
        self.each.is_empty()
    }

    /// In lower case, as one text.
    pub fn whole(&self) -> String {
        self.each.join(" ")
    }

    /// How many of the first words the text begins words with; all of `drain no` of `Drain node`.
    pub fn leading(&self, text: &str) -> usize {
        let known: Vec<String> = words_of(text);
        self.each.iter().take_while(|word| known.iter().any(|known| known.starts_with(*word))).count()
    }

    /// Whether the text has a beginning of each word.
    pub fn all_in(&self, text: &str) -> bool {
        self.leading(text) == self.each.len()
    }

    /// The words after the first so many.
    pub fn after(&self, first: usize) -> String {
        self.each.get(first..).unwrap_or_default().join(" ")
    }
}

/// The digits that an id ends with, as far as they were typed: `wl_…c4f506`, `c4f506`, or the whole id.
pub fn id_digits(text: &str) -> Option<&str> {
    let digits = text.rsplit(['_', '…', '.']).next().unwrap_or_default();
    let is_id = (TAIL..=32).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit());
    is_id.then_some(digits)
}

/// The last digits, by which ids are looked for.
pub fn tail(digits: &str) -> &str {
    digits.get(digits.len().saturating_sub(TAIL)..).unwrap_or(digits)
}

/// The digits of a hardware address, when the text can be the beginning of one.
pub fn mac_digits(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
    let separators = |c: char| matches!(c, ':' | '-' | '.');
    let is_mac = text.chars().all(|c| c.is_ascii_hexdigit() || separators(c))
        && (SHORTEST_MAC..=12).contains(&digits.len())
        // `10.0.0.7` is no hardware address: theirs are written in pairs, or in fours with dots.
        && text.split(separators).all(|part| part.len() == text.len() || part.len() <= 4)
        && !(text.contains('.') && text.split('.').any(|part| part.len() < 4 && text.matches('.').count() > 2));
    is_mac.then(|| digits.to_lowercase())
}

/// A hardware address as people write it.
pub fn mac_in_words(digits: &str) -> String {
    let pairs: Vec<&str> = (0..digits.len()).step_by(2).filter_map(|at| digits.get(at..at + 2)).collect();
    pairs.join(":")
}

/// How a page is called: its family, and its own words after it.
pub fn page_title(route: &Route) -> String {
    let family = route.family.word();
    let own = route.local_nav.map(str::to_owned).or_else(|| route.path.rsplit('/').next().map(sentence));
    match own {
        Some(own) if !own.eq_ignore_ascii_case(family) => format!("{family}: {own}"),
        Some(_) | None => family.to_owned(),
    }
}

fn sentence(part: &str) -> String {
    let words = part.replace(['-', '_'], " ");
    let mut letters = words.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().collect::<String>() + letters.as_str())
        .unwrap_or_default()
}

fn words_of(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use read_models::navigation::{CONTRACT, RouteId};
    use std::collections::BTreeSet;

    #[test]
    fn beginnings_of_words_are_meant_and_the_rest_names_the_thing() {
        let words = Words::of("  dr NO  hx-114 ");
        assert_eq!((words.text.as_str(), words.leading("Drain node, node.drain")), ("dr NO hx-114", 2));
        assert_eq!(words.after(2), "hx-114");
        assert!(Words::of("launch").all_in("Launch compute") && !Words::of("rain").all_in("Drain node"));
        assert!(Words::of(" ").is_empty());
        assert_eq!(Words::of(&"x".repeat(500)).text.len(), LONGEST);
    }

    #[test]
    fn an_id_is_known_by_its_last_digits_however_it_was_copied() {
        let digits = "0192f3a4b5c67d8e9fa0b1c2d3c4f506";
        for typed in ["wl_0192f3a4b5c67d8e9fa0b1c2d3c4f506", digits, "op_…c4f506", "c4f506"] {
            assert_eq!(tail(id_digits(typed).unwrap()), "c4f506", "{typed}");
        }
        for typed in ["", "c4f50", "web-1", "node_", "ää"] {
            assert_eq!(id_digits(typed), None, "{typed}");
        }
    }

    #[test]
    fn a_hardware_address_is_the_same_however_it_is_written() {
        for typed in ["52:54:00:AB:00:07", "52-54-00-ab-00-07", "5254.00ab.0007", "525400ab0007"] {
            assert_eq!(mac_digits(typed).as_deref(), Some("525400ab0007"), "{typed}");
        }
        assert_eq!(mac_digits("52:54").as_deref(), Some("5254"));
        for typed in ["10.0.0.7", "web", "52", "52:54:00:ab:00:07:99", ""] {
            assert_eq!(mac_digits(typed), None, "{typed}");
        }
        assert_eq!(mac_in_words("525400ab0007"), "52:54:00:ab:00:07");
    }

    #[test]
    fn every_page_that_can_be_gone_to_has_a_title_of_its_own() {
        let pages: Vec<_> = CONTRACT.iter().filter(|row| !row.path.contains(':')).map(page_title).collect();
        assert_eq!(pages.iter().collect::<BTreeSet<_>>().len(), pages.len(), "{pages:?}");
        assert_eq!(page_title(RouteId::Workbench.route()), "Workloads");
        assert_eq!(page_title(RouteId::LaunchCompute.route()), "Compute: Launch");
        assert_eq!(page_title(RouteId::AccountSecurity.route()), "Account: Security");
    }
}
