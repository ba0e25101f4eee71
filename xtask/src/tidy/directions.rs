//! Which way imports point: between crates, and between the folders of the server.
//!
//! A new crate or folder is added to the lists here, with what it may import; a list is made longer in a review only.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};

use crate::{command, rust_source::RustFile, workspace};

/// Crate → the workspace's crates it may depend on.
const CRATES: [(&str, &[&str]); 9] = [
    ("read-models", &[]),
    ("operations", &[]),
    ("evidence", &[]),
    ("node-protocol", &[]),
    ("node-agent", &["node-protocol"]),
    ("app", &["read-models"]),
    ("frontend", &["app"]),
    ("server", &["read-models", "operations", "evidence", "node-protocol", "app"]),
    ("xtask", &[]),
];

/// What every file of the server may import: who may do what, time, ids, the set-up.
const EVERYWHERE: [&str; 6] = ["authz", "clock", "ids", "config", "faults", "secret"];

/// Folder (or file) of the server → the others it may import. What is not listed here wires the rest and may
/// import anything.
const SERVER: [(&str, &[&str]); 10] = [
    ("authz", &[]),
    // The records of the store are what a projection looks at; that it awaits nothing is checked in `rooms`.
    ("projections", &["store", "facts"]),
    // A report is judged in the transaction that has its row locked, so that nothing changes in between.
    ("store", &["projections"]),
    ("adapters", &["store"]),
    ("authn", &["store", "adapters"]),
    ("nodes", &["store", "adapters", "projections"]),
    // Facts are read through the world an operation is given.
    ("facts", &["store", "operations", "projections"]),
    // What lets somebody in is written and hashed in one place.
    ("operations", &["store", "adapters", "nodes", "facts", "projections", "authn"]),
    ("console", &["store", "operations", "facts", "projections", "authn", "nodes", "adapters"]),
    ("workers", &["store", "operations", "facts", "projections", "nodes", "adapters"]),
];

/// Dependencies between the workspace's crates that point the wrong way.
pub(super) fn between_crates() -> Result<Vec<String>> {
    let metadata =
        command::output(workspace::cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata).context("cargo metadata is no JSON")?;
    let packages = metadata["packages"].as_array().context("cargo metadata names no packages")?;
    let name_of = |package: &serde_json::Value| package["name"].as_str().unwrap_or_default().to_owned();
    let ours: BTreeSet<String> = packages.iter().map(name_of).collect();

    let mut complaints = Vec::new();
    for package in packages {
        let name = name_of(package);
        let Some((_, allowed)) = CRATES.iter().find(|(of, _)| *of == name) else {
            complaints.push(format!("the crate {name} has no line in xtask/src/tidy/directions.rs"));
            continue;
        };
        let dependencies = package["dependencies"].as_array().context("a package without dependencies")?;
        // Tests may depend on anything.
        let used = dependencies.iter().filter(|dependency| dependency["kind"].is_null()).map(name_of);
        let wrong = used.filter(|used| ours.contains(used) && !allowed.contains(&used.as_str()));
        complaints.extend(wrong.map(|used| format!("the crate {name} may not depend on {used}")));
    }
    Ok(complaints)
}

/// Imports between the server's folders that point the wrong way.
pub(super) fn inside_the_server(file: &RustFile) -> Vec<String> {
    let Some(inside) = file.path.strip_prefix("crates/server/src/") else {
        return Vec::new();
    };
    let room = room_of(inside);
    let Some((_, allowed)) = SERVER.iter().find(|(of, _)| *of == room) else {
        return Vec::new();
    };
    let mut complaints = Vec::new();
    for (number, line) in whole_imports(file) {
        for used in rooms_named_in(&line) {
            let allowed_here =
                used == room || EVERYWHERE.contains(&used.as_str()) || allowed.contains(&used.as_str());
            // A name that is no room is an item of the crate's root; there the compiler is the judge.
            if !allowed_here && is_room(&used) {
                complaints.push(format!("{}:{number}: `{room}` may not import `{used}`", file.path));
            }
        }
    }
    complaints
}

/// The first part of a path inside `src/`: `store/nodes.rs` and `store.rs` are both the room `store`.
fn room_of(inside: &str) -> &str {
    let first = inside.split('/').next().unwrap_or(inside);
    first.strip_suffix(".rs").unwrap_or(first)
}

fn is_room(name: &str) -> bool {
    name == "http" || SERVER.iter().any(|(room, _)| *room == name)
}

/// The file's code with an import over several lines put into one.
fn whole_imports(file: &RustFile) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (number, line) in file.code() {
        match lines.last_mut() {
            Some((_, last)) if open => last.push_str(line.trim()),
            Some(_) | None => lines.push((number, line.trim().to_owned())),
        }
        let begins =
            line.trim_start().starts_with("use ") || line.trim_start().starts_with("pub(crate) use ");
        open = (open || begins) && !line.contains(';');
    }
    lines
}

/// The rooms a line reaches by `crate::`.
fn rooms_named_in(line: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    for after in line.split("crate::").skip(1) {
        match after.strip_prefix('{') {
            Some(group) => rooms.extend(heads_of_group(group)),
            None => {
                rooms.insert(head_of(after));
            }
        }
    }
    rooms
}

/// `a::{b, c}, d}` → `a`, `d`: the first name of each part of a group.
fn heads_of_group(group: &str) -> Vec<String> {
    let (mut depth, mut heads, mut at_head) = (0_u32, Vec::new(), true);
    for (index, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => at_head = true,
            _ if at_head && (letter.is_alphanumeric() || letter == '_') => {
                heads.push(head_of(&group[index..]));
                at_head = false;
            }
            _ => {}
        }
    }
    heads
}

fn head_of(path: &str) -> String {
    path.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(path: &str, text: &str) -> Vec<String> {
        inside_the_server(&RustFile { path: format!("crates/server/src/{path}"), text: text.to_owned() })
    }

    #[test]
    fn nobody_below_imports_http_and_the_store_knows_nobody_above_it() {
        assert_eq!(complaints("console/nodes.rs", "use crate::http::problem::Problem;\n").len(), 1);
        assert_eq!(complaints("store/nodes.rs", "use crate::console::Console;\n").len(), 1);
        assert_eq!(complaints("store/nodes.rs", "use crate::authz::Permit;\n"), Vec::<String>::new());
        assert_eq!(complaints("http/api/nodes.rs", "use crate::console::Console;\n"), Vec::<String>::new());
    }

    #[test]
    fn groups_and_several_lines_are_seen_through() {
        let text = "use crate::{\n    authz::{Permit, console},\n    http::problem,\n};\n";
        assert_eq!(
            complaints("store/nodes.rs", text),
            ["crates/server/src/store/nodes.rs:1: `store` may not import `http`"]
        );
    }

    #[test]
    fn paths_in_the_middle_of_code_count_too() {
        assert_eq!(complaints("projections/a.rs", "fn f() { crate::nodes::all() }\n").len(), 1);
    }
}
