//! Pages to wasm: cargo compiles, wasm-bindgen writes the script, and with `--split` each lazy group gets its own module.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, anyhow};
use wasm_bindgen_cli_support::Bindgen;

use super::Options;
use crate::{
    command::{run, say},
    workspace,
};

/// The name of script and module, without ending.
const NAME: &str = "slipway";
/// The script that fetches the groups' modules, by the name Leptos looks for when it writes preload links.
const SPLIT_SCRIPT: &str = "./__wasm_split.______________________.js";

/// Compiles the pages and writes script and module into `folder`.
pub(super) fn build(options: &Options, folder: &Path) -> Result<()> {
    let raw = compile(options)?;
    let mut bindgen = Bindgen::new();
    bindgen.web(true)?.typescript(false).remove_producers_section(true);
    if options.release {
        bindgen.remove_name_section(true);
    }
    if options.split {
        let main = split(&raw, folder)?;
        // The groups' modules find what they share in the main one by the linker's own names.
        bindgen.keep_lld_exports(true).demangle(false).input_bytes(NAME, main);
    } else {
        bindgen.input_bytes(NAME, read(&raw)?);
    }
    bindgen.generate(folder).context("wasm-bindgen could not write the script")
}

/// Compiles the crate `frontend` and returns the path of the module as the linker wrote it.
fn compile(options: &Options) -> Result<PathBuf> {
    let profile = if options.release { "wasm-release" } else { "wasm-dev" };
    say(format!("compiling the pages for browsers ({profile})"));
    let mut cargo = workspace::cargo();
    cargo.args(["rustc", "--package", "frontend", "--lib", "--crate-type", "cdylib"]);
    cargo.args(["--target", "wasm32-unknown-unknown", "--profile", profile]);
    if options.split {
        // Only the last crate is linked, so only it needs the relocations the split is worked out from.
        cargo.args(["--features", "split", "--", "-Clink-arg=--emit-relocs"]);
    }
    run(&mut cargo)?;
    Ok(workspace::target_dir()?.join("wasm32-unknown-unknown").join(profile).join("frontend.wasm"))
}

/// Writes the groups' modules, their script and the manifest into `folder`; returns what is left for the main module.
fn split(raw: &Path, folder: &Path) -> Result<Vec<u8>> {
    say("splitting the groups of pages");
    let input = read(raw)?;
    let main = folder.join("main.wasm");
    let mut options = wasm_split_cli_support::Options::new(&input);
    options.output_dir = folder;
    options.main_out_path = &main;
    options.link_name = SPLIT_SCRIPT;
    options.main_module = "./slipway.js";
    let split = wasm_split_cli_support::transform(options).map_err(|report| anyhow!("{report:#}"))?;

    // In a fixed order: the build's name is made from the contents.
    let manifest: BTreeMap<_, _> = split.prefetch_map.into_iter().collect();
    let manifest = serde_json::to_string(&manifest).context("the manifest of the groups is no JSON")?;
    fs::write(folder.join("__wasm_split_manifest.json"), manifest)
        .context("cannot write the manifest of the groups")?;
    let bytes = read(&main)?;
    fs::remove_file(&main).context("cannot remove the intermediate module")?;
    Ok(bytes)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}
