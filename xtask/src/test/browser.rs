//! The end-to-end tests: Playwright on an installed Chromium, against the programs as they were just built.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};

use super::{
    Setting, build_programs,
    counts::{self, Counts, Failure},
    stages,
};
use crate::{
    assets,
    command::{self, say},
    host::Needed,
    workspace,
};

/// Builds what the tests look at, sets up what they look with, and runs them.
pub(super) fn end_to_end(setting: &Setting) -> Result<Counts, Failure> {
    let folder = workspace::root().join("end2end");
    let npm = Needed { program: "npm", package: "npm", purpose: "the end-to-end tests", folders: Vec::new() };
    let npm = npm.find_or_install()?;
    install_packages(&npm, &folder)?;
    let chromium = Needed {
        program: "chromium",
        package: "chromium",
        purpose: "the end-to-end tests",
        folders: Vec::new(),
    };
    let chromium = chromium.find_or_install()?;

    let assets = assets::build(&assets::Options::default())?;
    let programs = build_programs()?;
    command::run(Command::new(folder.join("node_modules/.bin/tsc")).current_dir(&folder))?;
    let mut tests = Command::new(folder.join("node_modules/.bin/playwright"));
    tests.arg("test").current_dir(&folder).env("SLIPWAY_CHROMIUM", chromium).env("SLIPWAY_ASSETS", assets);
    counts::run(stages::with_programs(stages::with_databases(&mut tests, setting), &programs))
}

/// `npm ci`, unless what is installed is what the lock file says.
fn install_packages(npm: &Path, folder: &Path) -> Result<()> {
    let locked =
        fs::read(folder.join("package-lock.json")).context("there is no end2end/package-lock.json")?;
    let installed: PathBuf = folder.join("node_modules/.installed-from");
    if fs::read(&installed).is_ok_and(|from| from == locked) {
        return Ok(());
    }
    say("installing the npm packages of the end-to-end tests");
    let mut install = Command::new(npm);
    install.args(["ci", "--no-audit", "--no-fund"]).current_dir(folder);
    command::run(install.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"))?;
    fs::write(&installed, locked).context("cannot note what was installed")
}
