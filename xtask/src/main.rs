//! `cargo xtask`: every step that sets up, builds, runs and checks Slipway, as code.
//!
//! One file (or folder) per command; what several need is in `workspace`, `command` and `host`.
#![expect(clippy::print_stdout, reason = "a command line tool talks to its terminal")]

mod assets;
mod bench;
mod browser;
mod command;
mod generate;
mod host;
mod measure;
mod postgres;
mod run;
mod rust_source;
mod soak;
mod test;
mod tidy;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

fn main() -> ExitCode {
    let ended = match Arguments::parse().command {
        Command::Run(options) => run::run(&options),
        Command::Dev(options) => run::dev(&options),
        Command::Test(options) => test::run(&options),
        Command::Assets(options) => assets::run(&options),
        Command::Generate(options) => generate::run(&options),
        Command::Tidy => tidy::run(),
        Command::Soak(options) => soak::run(&options),
        Command::Measure => measure::run(),
        Command::Bench(options) => bench::run(&options),
    };
    if let Err(error) = ended {
        // One sentence with its causes; a backtrace through xtask helps nobody.
        eprintln!("error: {error:#}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Sets up, builds, runs and checks Slipway.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build everything and start Slipway with a node agent on this machine.
    Run(run::Options),
    /// The same, and build, start and show again whatever changes.
    Dev(run::Options),
    /// Set up what tests need and run everything CI runs.
    Test(test::Options),
    /// Build what browsers load: wasm, script, style.
    Assets(assets::Options),
    /// Write the reference files that are derived from the program.
    Generate(generate::Options),
    /// Check the rules of the house that no compiler knows.
    Tidy,
    /// Run what takes too long for every change: hundreds of thousands of seeds, thousands of kills.
    Soak(soak::Options),
    /// Print the measures the code is judged by.
    Measure,
    /// Measure pages beside a static control, and the server beside bare parts, in a release build.
    Bench(bench::Options),
}
