//! Where things lie: the repository, cargo's target directory, what cargo built.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use anyhow::{Context as _, Result};

use crate::command;

/// The repository's folder.
pub(crate) fn root() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        // xtask is one folder below the root. Where it was compiled says nothing: a target directory that two checkouts
        // share may hold the other one's xtask. cargo says at run time which one it started.
        let manifest =
            std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        Path::new(&manifest).parent().unwrap_or(Path::new(".")).to_owned()
    })
}

/// Cargo, started in the repository.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root());
    cargo
}

/// Cargo's target directory, wherever the environment or a config file has put it.
pub(crate) fn target_dir() -> Result<PathBuf> {
    let metadata = command::output(cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata).context("cargo metadata is no JSON")?;
    let directory =
        metadata["target_directory"].as_str().context("cargo metadata names no target directory")?;
    Ok(PathBuf::from(directory))
}

/// The two programs as cargo built them.
pub(crate) struct Programs {
    pub(crate) server: PathBuf,
    pub(crate) node_agent: PathBuf,
}

impl Programs {
    /// Where cargo puts the programs of `profile` (`debug`, `release`).
    pub(crate) fn built_as(profile: &str) -> Result<Self> {
        let folder = target_dir()?.join(profile);
        Ok(Self { server: folder.join("slipway"), node_agent: folder.join("slipway-node") })
    }
}
