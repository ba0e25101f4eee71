//! The stages of `cargo xtask test`, one function each.

use std::process::Command;

use anyhow::{Context as _, Result};

use super::{
    FEATURES, Setting, Stage, browser, build_programs,
    counts::{self, Counts, Failure},
};
use crate::{
    command, generate, host,
    postgres::Postgres,
    tidy,
    workspace::{self, Programs},
};

/// Runs one stage; a stage that counts no tests counts as one itself.
pub(super) fn run(stage: Stage, setting: &Setting) -> Result<Counts, Failure> {
    match stage {
        Stage::Tidy => counts::of_one(tidy::run()),
        Stage::Fmt => counts::of_one(command::run(workspace::cargo().args(["fmt", "--all", "--check"]))),
        Stage::Clippy => counts::of_one(clippy()),
        Stage::Unit => unit(setting),
        Stage::Generate => counts::of_one(build_programs().and_then(|programs| generate::check(&programs))),
        Stage::Faults => faults(setting),
        Stage::End2end => browser::end_to_end(setting),
    }
}

fn clippy() -> Result<()> {
    let mut native = workspace::cargo();
    native.args(["clippy", "--all-targets", "--features", FEATURES, "--", "--deny", "warnings"]);
    command::run(&mut native)?;
    host::add_wasm_target()?;
    let mut browser = workspace::cargo();
    browser.args([
        "clippy",
        "--package",
        "frontend",
        "--target",
        "wasm32-unknown-unknown",
        "--profile",
        "wasm-dev",
    ]);
    command::run(browser.args(["--", "--deny", "warnings"]))
}

/// Every Rust test but the long ones of the stage `faults`.
fn unit(setting: &Setting) -> Result<Counts, Failure> {
    let programs = build_programs()?;
    let mut tests = workspace::cargo();
    if has_nextest() {
        tests.args(["nextest", "run", "--no-fail-fast", "--no-tests", "pass", "--features", FEATURES]);
        tests.args(["--filterset", "not binary(faults)"]);
    } else {
        tests.args(["test", "--no-fail-fast", "--features", FEATURES, "--lib", "--bins"]);
        for target in test_targets()?.iter().filter(|target| *target != "faults") {
            tests.args(["--test", target]);
        }
    }
    counts::run(with_programs(with_databases(&mut tests, &setting.postgres), &programs))
}

/// Kills and crashes under load. They share the machine with nobody, so they run one after the other.
fn faults(setting: &Setting) -> Result<Counts, Failure> {
    if !test_targets()?.iter().any(|target| target == "faults") {
        return counts::of_one(Err(anyhow::anyhow!("the server has no test target named faults")));
    }
    let programs = build_programs()?;
    let mut tests = workspace::cargo();
    tests.args([
        "test",
        "--package",
        "server",
        "--package",
        "node-agent",
        "--features",
        FEATURES,
        "--test",
        "faults",
    ]);
    tests.args(["--", "--test-threads", "1"]);
    counts::run(with_programs(with_databases(&mut tests, &setting.postgres), &programs))
}

/// Adds what database tests look for.
pub(crate) fn with_databases<'a>(command: &'a mut Command, postgres: &Postgres) -> &'a mut Command {
    command.env("SLIPWAY_TEST_POSTGRES", postgres.url())
}

/// Adds where the programs under test are.
pub(crate) fn with_programs<'a>(command: &'a mut Command, programs: &Programs) -> &'a mut Command {
    command.env("SLIPWAY_BIN", &programs.server).env("SLIPWAY_NODE_BIN", &programs.node_agent)
}

fn has_nextest() -> bool {
    command::output(workspace::cargo().args(["nextest", "--version"])).is_ok()
}

/// The names of all integration tests.
fn test_targets() -> Result<Vec<String>> {
    let metadata =
        command::output(workspace::cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata).context("cargo metadata is no JSON")?;
    let packages = metadata["packages"].as_array().context("cargo metadata names no packages")?;
    let targets = packages.iter().filter_map(|package| package["targets"].as_array()).flatten();
    let tests = targets.filter(|target| target["kind"][0] == "test");
    Ok(tests.filter_map(|target| target["name"].as_str().map(str::to_owned)).collect())
}
