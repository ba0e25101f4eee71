//! What lives on pages, to wasm: cargo compiles, wasm-bindgen writes the script.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use wasm_bindgen_cli_support::Bindgen;

use super::Options;
use crate::{
    command::{run, say},
    workspace,
};

/// The name of script and module, without ending.
const NAME: &str = "slipway";

/// Compiles the pages and writes script and module into `folder`.
pub(super) fn build(options: &Options, folder: &Path) -> Result<()> {
    let raw = compile(options)?;
    let mut bindgen = Bindgen::new();
    bindgen.web(true)?.typescript(false).remove_producers_section(true);
    if options.release {
        bindgen.remove_name_section(true);
    }
    bindgen.input_bytes(NAME, read(&raw)?);
    bindgen.generate(folder).context("wasm-bindgen could not write the script")
}

/// Compiles the crate `frontend` and returns the path of the module as the linker wrote it.
fn compile(options: &Options) -> Result<PathBuf> {
    let profile = if options.release { "wasm-release" } else { "wasm-dev" };
    say(format!("compiling the pages for browsers ({profile})"));
    let mut cargo = workspace::cargo();
    cargo.args(["rustc", "--package", "frontend", "--lib", "--crate-type", "cdylib"]);
    cargo.args(["--target", "wasm32-unknown-unknown", "--profile", profile]);
    run(&mut cargo)?;
    Ok(workspace::target_dir()?.join("wasm32-unknown-unknown").join(profile).join("frontend.wasm"))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}
