//! What drives a browser: the installed Chromium and the npm packages of `end2end`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};

use crate::{
    command::{self, say},
    host::Needed,
    workspace,
};

/// A browser that can be driven.
pub(crate) struct Browser {
    /// Where what drives it lives.
    pub(crate) folder: PathBuf,
    pub(crate) chromium: PathBuf,
}

impl Browser {
    /// Finds or installs both.
    pub(crate) fn set_up(purpose: &'static str) -> Result<Self> {
        let folder = workspace::root().join("end2end");
        let npm = Needed { program: "npm", package: "npm", purpose, folders: Vec::new() };
        install_packages(&npm.find_or_install()?, &folder)?;
        let chromium = Needed { program: "chromium", package: "chromium", purpose, folders: Vec::new() };
        Ok(Self { folder, chromium: chromium.find_or_install()? })
    }
}

/// `npm ci`, unless what is installed is what the lock file says.
fn install_packages(npm: &Path, folder: &Path) -> Result<()> {
    let locked =
        fs::read(folder.join("package-lock.json")).context("there is no end2end/package-lock.json")?;
    let installed: PathBuf = folder.join("node_modules/.installed-from");
    if fs::read(&installed).is_ok_and(|from| from == locked) {
        return Ok(());
    }
    say("installing the npm packages that drive a browser");
    let mut install = Command::new(npm);
    install.args(["ci", "--no-audit", "--no-fund"]).current_dir(folder);
    command::run(install.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"))?;
    fs::write(&installed, locked).context("cannot note what was installed")
}
