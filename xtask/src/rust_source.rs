//! The workspace's Rust files, cut the way `tidy` and `measure` look at them: what a file says before its tests, and
//! its tests.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use crate::workspace;

/// One Rust file.
pub(crate) struct RustFile {
    /// From the repository's folder, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl RustFile {
    /// All of it but the test module at its end.
    pub(crate) fn before_tests(&self) -> &str {
        if self.is_test() {
            return "";
        }
        let cut = self.text.find("\n#[cfg(test)]").unwrap_or(self.text.len());
        &self.text[..cut]
    }

    /// Whether the whole file is tests or what tests stand on.
    pub(crate) fn is_test(&self) -> bool {
        let named_so = self.path.ends_with("/tests.rs") || self.path.ends_with("_tests.rs");
        named_so
            || self.path.contains("/tests/")
            || self.path.contains("/benches/")
            || self.path.contains("/test_support")
    }

    /// The lines before the tests that are neither empty nor a comment, with their numbers from 1.
    pub(crate) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.before_tests().lines().enumerate().map(|(index, line)| (index + 1, line));
        lines.filter(|(_, line)| {
            let line = line.trim_start();
            !line.is_empty() && !line.starts_with("//")
        })
    }
}

/// Every Rust file of the crates and of xtask, in a fixed order.
pub(crate) fn all() -> Result<Vec<RustFile>> {
    let mut files = Vec::new();
    let mut open = vec![PathBuf::from("crates"), PathBuf::from("xtask")];
    while let Some(folder) = open.pop() {
        let listed = fs::read_dir(workspace::root().join(&folder));
        for entry in listed.with_context(|| format!("cannot list {}", folder.display()))? {
            let path = folder.join(entry?.file_name());
            if workspace::root().join(&path).is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                files.push(read(&path)?);
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn read(path: &Path) -> Result<RustFile> {
    let text = fs::read_to_string(workspace::root().join(path));
    let text = text.with_context(|| format!("cannot read {}", path.display()))?;
    Ok(RustFile { path: path.to_string_lossy().into_owned(), text })
}
