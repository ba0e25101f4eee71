//! `cargo xtask assets`: what browsers load, one folder per build.
//!
//! `<out>/pkg/<build id>/` holds script, module and style of one build and never changes; `<out>/build-id` names the
//! current one. The build before it stays for tabs that are still open, older ones are removed.

mod compress;
mod folder;
mod style;
mod wasm;

use std::{fs, path::PathBuf};

use anyhow::{Context as _, Result};

use crate::{command::say, host, workspace};

/// How to build what browsers load.
#[derive(clap::Args, Clone, Default)]
pub(crate) struct Options {
    /// Small instead of quick to build, with compressed copies beside each file.
    #[arg(long)]
    pub(crate) release: bool,
    /// Where to put it, instead of `target/assets/dev` or `target/assets/release` in the repository.
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
}

impl Options {
    /// The folder that gets `pkg/`, `public/` and `build-id`.
    pub(crate) fn out_dir(&self) -> PathBuf {
        let kind = if self.release { "release" } else { "dev" };
        // In the repository and not in cargo's target directory: the server embeds the release files from here.
        self.out.clone().unwrap_or_else(|| workspace::root().join("target/assets").join(kind))
    }
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let out = build(options)?;
    say(format!("what browsers load is in {}", out.display()));
    Ok(())
}

/// Builds the assets and returns their folder.
pub(crate) fn build(options: &Options) -> Result<PathBuf> {
    host::add_wasm_target()?;
    let out = options.out_dir();
    let fresh = out.join("pkg/.new");
    folder::make_empty(&fresh)?;

    wasm::build(options, &fresh)?;
    fs::write(fresh.join("slipway.css"), style::bundle(options.release)?)
        .context("cannot write slipway.css")?;
    let build = folder::settle(&out, &fresh, options.release)?;
    folder::mirror(&workspace::root().join("public"), &out.join("public"))?;
    say(format!("assets: build {build}, {}", folder::weight(&out.join("pkg").join(&build))?));
    Ok(out)
}
