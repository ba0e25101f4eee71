//! The end-to-end tests: Playwright on an installed Chromium, against the programs as they were just built.

use std::process::Command;

use super::{
    Setting, build_programs,
    counts::{self, Counts, Failure},
    stages,
};
use crate::{assets, browser::Browser, command};

/// Sets up what the tests look with, builds what they look at, and runs them.
pub(super) fn end_to_end(setting: &Setting) -> Result<Counts, Failure> {
    let Browser { folder, chromium } = Browser::set_up("the end-to-end tests")?;
    let assets = assets::build(&assets::Options::default())?;
    let programs = build_programs()?;
    command::run(Command::new(folder.join("node_modules/.bin/tsc")).current_dir(&folder))?;
    let mut tests = Command::new(folder.join("node_modules/.bin/playwright"));
    tests.arg("test").current_dir(&folder).env("SLIPWAY_CHROMIUM", chromium).env("SLIPWAY_ASSETS", assets);
    counts::run(stages::with_programs(stages::with_databases(&mut tests, &setting.postgres), &programs))
}
