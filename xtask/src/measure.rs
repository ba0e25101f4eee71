//! `cargo xtask measure`: the numbers the code is judged by, to be looked at before a release.

use anyhow::Result;

use crate::rust_source::{self, RustFile};

pub(crate) fn run() -> Result<()> {
    let files = rust_source::all()?;
    let code: Vec<&RustFile> = files.iter().filter(|file| !file.is_test()).collect();
    let lengths = code.iter().map(|file| (file.before_tests().lines().count(), file.path.clone())).collect();
    print_spread("lines per file before its tests (120 / 300 / 500)", lengths);
    print_spread("lines per function (12 / 40 / 60)", code.iter().flat_map(|file| functions(file)).collect());

    let opening = files.iter().filter(|file| file.text.starts_with("//!")).count();
    println!("files that open with //!: {opening} of {}", files.len());
    println!("unwrap outside tests: {}", count(&code, ".unwrap()"));
    println!("expect outside tests: {}", count(&code, ".expect("));
    println!("#[allow]: {}", count(&code, "#[allow(") + count(&code, "#![allow("));

    let filled = |text: &str| text.lines().filter(|line| !line.trim().is_empty()).count();
    let all: usize = files.iter().map(|file| filled(&file.text)).sum();
    let before_tests: usize = files.iter().map(|file| filled(file.before_tests())).sum();
    let comments =
        files.iter().flat_map(|file| file.text.lines()).filter(|line| line.trim_start().starts_with("//"));
    println!("lines: {all}; comments {} % (8–20)", percent(comments.count(), all));
    println!("share of lines that are tests: {} % (30–45)", percent(all - before_tests, all));
    Ok(())
}

/// Median, nine tenths, longest, with the place of the longest.
fn print_spread(what: &str, mut lengths: Vec<(usize, String)>) {
    lengths.sort();
    let at = |share: usize| lengths.get((lengths.len() * share / 100).min(lengths.len().saturating_sub(1)));
    let length = |share| at(share).map_or(0, |(length, _)| *length);
    let longest = lengths.last().map_or("", |(_, place)| place);
    println!("{what}: median {}, p90 {}, longest {} ({longest})", length(50), length(90), length(100));
}

/// Each function's length from `fn` to the closing brace on the same indentation, as rustfmt leaves it.
fn functions(file: &RustFile) -> Vec<(usize, String)> {
    let lines: Vec<&str> = file.before_tests().lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let indentation = line.len() - line.trim_start().len();
        let Some(name) = function_name(line.trim_start()) else {
            continue;
        };
        let end = format!("{}}}", " ".repeat(indentation));
        let rest = lines[start..].iter();
        let body = if line.ends_with('}') { Some(0) } else { rest.clone().position(|line| *line == end) };
        let declared_only = lines[start..].iter().position(|line| line.ends_with(';')).unwrap_or(usize::MAX);
        let opens = lines[start..].iter().position(|line| line.ends_with('{')).unwrap_or(usize::MAX);
        if let Some(length) = body.filter(|length| *length == 0 || opens < declared_only) {
            found.push((length + 1, format!("{}:{} {name}", file.path, start + 1)));
        }
    }
    found
}

fn function_name(line: &str) -> Option<&str> {
    let mut rest = line;
    loop {
        let (word, after) = rest.split_once(' ')?;
        match word {
            "fn" => return after.split(['(', '<']).next(),
            "pub" | "const" | "async" | "pub(crate)" | "pub(super)" => rest = after,
            _ => return None,
        }
    }
}

fn count(files: &[&RustFile], words: &str) -> usize {
    files.iter().flat_map(|file| file.code()).filter(|(_, line)| line.contains(words)).count()
}

fn percent(part: usize, whole: usize) -> usize {
    part * 100 / whole.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_measured_from_its_name_to_its_last_brace() {
        let text = "//! A.\npub(crate) async fn one(\n    a: u8,\n) {\n    f();\n}\n\ntrait T {\n    fn declared(&self);\n    fn two() {}\n}\n";
        let file = RustFile { path: "a.rs".to_owned(), text: text.to_owned() };
        assert_eq!(functions(&file), [(5, "a.rs:2 one".to_owned()), (1, "a.rs:10 two".to_owned())]);
    }
}
