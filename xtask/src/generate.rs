//! `cargo xtask generate`: the reference files that are derived from the program itself.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context as _, Result, bail};

use crate::{
    command::{output, say},
    test,
    workspace::{self, Programs},
};

/// File in `docs/reference` → what the server is asked for it.
const FILES: [(&str, &[&str]); 3] = [
    ("routes.json", &["routes", "--json"]),
    ("operations.json", &["operations", "--json"]),
    ("openapi.json", &["openapi"]),
];

/// What to do with what was generated.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Write nothing; fail if a file is not what it would be.
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let programs = test::build_programs()?;
    if options.check { check(&programs) } else { write(&programs) }
}

fn write(programs: &Programs) -> Result<()> {
    for (name, question) in FILES {
        let path = place_of(name);
        let folder = path.parent().context("a reference file without a folder")?;
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        fs::write(&path, derived(programs, question)?)
            .with_context(|| format!("cannot write {}", path.display()))?;
        say(format!("wrote {}", path.display()));
    }
    Ok(())
}

/// Fails if a reference file does not say what the program says.
pub(crate) fn check(programs: &Programs) -> Result<()> {
    let mut stale = Vec::new();
    for (name, question) in FILES {
        if fs::read_to_string(place_of(name)).unwrap_or_default() != derived(programs, question)? {
            stale.push(format!("docs/reference/{name}"));
        }
    }
    if stale.is_empty() {
        return Ok(());
    }
    bail!("{} changed: look at it with `cargo xtask generate` and git diff", stale.join(" and "))
}

fn place_of(name: &str) -> PathBuf {
    workspace::root().join("docs/reference").join(name)
}

/// The program's answer, laid out so that a change is one line of a diff.
fn derived(programs: &Programs, question: &[&str]) -> Result<String> {
    let answer = output(Command::new(&programs.server).args(question))?;
    let answer: serde_json::Value =
        serde_json::from_str(&answer).context("the server did not answer with JSON")?;
    let mut text = serde_json::to_string_pretty(&answer).context("JSON that cannot be printed")?;
    text.push('\n');
    Ok(text)
}
