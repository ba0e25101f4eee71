//! `cargo xtask tidy`: the rules of the house that no compiler knows.

mod directions;
mod rooms;

use anyhow::{Result, bail};

use crate::{command::say, rust_source};

pub(crate) fn run() -> Result<()> {
    let files = rust_source::all()?;
    let mut complaints = directions::between_crates()?;
    for file in &files {
        complaints.extend(rooms::complaints_about(file));
        complaints.extend(directions::inside_the_server(file));
    }
    if complaints.is_empty() {
        say(format!("{} files are tidy", files.len()));
        return Ok(());
    }
    for complaint in &complaints {
        println!("{complaint}");
    }
    bail!("{} untidy places", complaints.len())
}
