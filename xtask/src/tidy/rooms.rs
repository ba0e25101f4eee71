//! What may stand in a file, by where the file lies.

use crate::rust_source::RustFile;

/// Over this a file is split.
const LONGEST: usize = 500;
const PURE_CRATES: [&str; 3] = ["crates/operations/", "crates/app/", "crates/read-models/"];

/// Everything one file does that its room forbids.
pub(super) fn complaints_about(file: &RustFile) -> Vec<String> {
    let mut complaints = Vec::new();
    if !file.text.starts_with("//!") {
        complaints.push(format!("{}:1: does not open with `//!` and what the file is for", file.path));
    }
    let lines = file.before_tests().lines().count();
    if lines > LONGEST {
        complaints.push(format!("{}: {lines} lines before its tests, at most {LONGEST}", file.path));
    }
    for (number, line) in file.code() {
        complaints.extend(forbidden(&file.path, line).map(|rule| format!("{}:{number}: {rule}", file.path)));
    }
    complaints
}

/// The rule a line of code breaks.
fn forbidden(path: &str, line: &str) -> Option<&'static str> {
    let server_or_pure =
        path.starts_with("crates/server/src/") || PURE_CRATES.iter().any(|pure| path.starts_with(pure));
    if server_or_pure && !path.starts_with("crates/server/src/store") && is_sql(line) {
        return Some("SQL outside `server/src/store`");
    }
    if path.starts_with("crates/server/src/projections") && line.contains(".await") {
        return Some("a projection is a pure function: it awaits nothing");
    }
    let view = path.starts_with("crates/app/src/pages") || path.starts_with("crates/app/src/components");
    if view && line.contains("cfg(feature") {
        return Some("a page is the same on the server and in the browser: no `cfg`");
    }
    None
}

/// Whether a line holds a statement. Capitals, as the stores write them, so that prose is not taken for SQL.
fn is_sql(line: &str) -> bool {
    let after_quote = line.split('"').skip(1);
    after_quote.into_iter().any(|text| {
        let statement = text.trim_start();
        ["SELECT ", "INSERT INTO ", "DELETE FROM ", "CREATE TABLE ", "DROP TABLE "]
            .iter()
            .any(|opening| statement.starts_with(opening))
            || (statement.starts_with("UPDATE ") && statement.contains(" SET "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(path: &str, text: &str) -> Vec<String> {
        complaints_about(&RustFile { path: path.to_owned(), text: text.to_owned() })
    }

    #[test]
    fn sql_is_at_home_in_the_store_only() {
        let text = "//! Nodes.\nconst NODES: &str = \"SELECT id FROM nodes\";\n";
        assert_eq!(complaints("crates/server/src/store/nodes.rs", text), Vec::<String>::new());
        assert_eq!(complaints("crates/server/src/console/nodes.rs", text).len(), 1);
        assert_eq!(complaints("crates/operations/src/lib.rs", text).len(), 1);
    }

    #[test]
    fn a_sentence_or_a_test_is_no_sql() {
        let text = "//! Nodes.\nlet sentence = \"Select a node\";\n#[cfg(test)]\nmod tests { const Q: &str = \"SELECT 1\"; }\n";
        assert_eq!(complaints("crates/server/src/console/nodes.rs", text), Vec::<String>::new());
    }

    #[test]
    fn a_file_says_what_it_is_for_and_is_not_long() {
        assert_eq!(complaints("crates/evidence/src/lib.rs", "use std::fmt;\n").len(), 1);
        let long = format!("//! Long.\n{}", "fn f() {}\n".repeat(LONGEST));
        assert_eq!(complaints("crates/evidence/src/lib.rs", &long).len(), 1);
    }

    #[test]
    fn pages_and_projections_keep_their_rules() {
        assert_eq!(complaints("crates/app/src/pages/a.rs", "//! A.\n#[cfg(feature = \"ssr\")]\n").len(), 1);
        assert_eq!(complaints("crates/server/src/projections/a.rs", "//! A.\nlet a = b().await;\n").len(), 1);
    }
}
