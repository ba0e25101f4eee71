//! The command line: `slipway serve`, `slipway admin …`, `slipway op …`, `slipway evidence …`, `slipway routes`,
//! `slipway operations`, `slipway openapi`.
//!
//! Every subcommand takes the same options and reads the same configuration. What fails is told in a sentence on stderr,
//! with an exit code: 2 for a wrong option, 3 when there is nothing left to do, 4 when somebody is asked, 5 when evidence
//! does not fit, 1 for everything else.

mod admin;
mod error;
mod evidence;
mod listings;
mod op;
mod opening;
mod serve;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use self::error::CliError;
use crate::config::{Config, Flags, environment};

/// Slipway: the console and control plane of a GPU and bare-metal cloud.
#[derive(Parser)]
#[command(name = "slipway", version, about, max_term_width = 110)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    common: Common,
}

/// Options of every subcommand. Each can also be an environment variable, or a key in the file.
#[derive(Args)]
struct Common {
    /// A TOML file with the set-up [`SLIPWAY_CONFIG`]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The folder for what is not in the database [`SLIPWAY_DATA`, `data`; default: .slipway]
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<String>,
    /// The database: sqlite:FILE or postgres://… [`SLIPWAY_DATABASE_URL`, `SLIPWAY_DATABASE_URL_FILE`, `database.url`]
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// How the log is written: text or json [`SLIPWAY_LOG`, `log`]
    #[arg(long, global = true, value_name = "FORMAT")]
    log: Option<String>,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server.
    Serve(ServeOptions),
    /// Accounts, tokens and first steps; works with the server running or stopped.
    #[command(subcommand)]
    Admin(admin::Command),
    /// Plan, start, follow and decide operations as whoever's API token is in `SLIPWAY_TOKEN`.
    #[command(subcommand)]
    Op(op::Command),
    /// Check evidence, without server, database or set-up; take bundles as whoever's API token is in `SLIPWAY_TOKEN`.
    #[command(subcommand)]
    Evidence(evidence::Command),
    /// The pages there are.
    Routes {
        /// As JSON.
        #[arg(long, required = true)]
        json: bool,
    },
    /// The API's document (`OpenAPI` 3.1, as JSON), as a server answers it at `/api/openapi.json`.
    Openapi,
    /// The operations there are.
    Operations {
        /// As JSON.
        #[arg(long, required = true)]
        json: bool,
    },
}

#[derive(Args, Default)]
struct ServeOptions {
    /// Where people and scripts come in [`SLIPWAY_LISTEN`, `listen`; default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// The address people open the console at; passkeys belong to its host [`SLIPWAY_PUBLIC_URL`, `public_url`]
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Where node agents come in, always TLS [`SLIPWAY_AGENTS_LISTEN`, `agents.listen`; default: 127.0.0.1:8443]
    #[arg(long, value_name = "ADDRESS:PORT")]
    agents_listen: Option<String>,
    /// A further name in the certificate for agents; may be repeated [`SLIPWAY_AGENTS_NAMES`, `agents.names`]
    #[arg(long, value_name = "HOST")]
    agents_name: Vec<String>,
    /// The folder with the pages' files, when they are not in the program [`SLIPWAY_ASSETS`, `assets`]
    #[arg(long, value_name = "DIR")]
    assets: Option<String>,
    /// Where Prometheus reads metrics without a token, on loopback [`SLIPWAY_METRICS_LISTEN`, `metrics.listen`; default: nowhere]
    #[arg(long, value_name = "ADDRESS:PORT")]
    metrics_listen: Option<String>,
    /// Let in nodes that are simulated, to try things out [`SLIPWAY_ADMIT_SIMULATED`, `agents.admit_simulated`; default: false]
    #[arg(long)]
    admit_simulated: bool,
    /// Switch a fault on; may be repeated
    #[cfg(feature = "faults")]
    #[arg(long, value_name = "NAME")]
    fault: Vec<String>,
}

/// The program.
pub fn main() -> ExitCode {
    // What is written here (the database, keys, the log of a workload) is for this account alone.
    nix::sys::stat::umask(nix::sys::stat::Mode::from_bits_truncate(0o077));
    // One crypto provider for everything that speaks TLS. A second call would find the first one's: that is as good.
    drop(rustls::crypto::ring::default_provider().install_default());
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell(&error);
            error.exit_code()
        }
    }
}

fn run(cli: Cli) -> Result<(), CliError> {
    let options = match &cli.command {
        Command::Serve(options) => Some(options),
        // It must work where there is nothing but the file and the key.
        Command::Evidence(evidence::Command::Verify { file, key, json }) => {
            return evidence::verify(file, key, *json);
        }
        Command::Admin(_)
        | Command::Op(_)
        | Command::Evidence(evidence::Command::Bundle(_))
        | Command::Routes { .. }
        | Command::Openapi
        | Command::Operations { .. } => None,
    };
    let config = Config::load(&flags(cli.common, options), &environment).map_err(CliError::Config)?;
    let runtime = tokio::runtime::Runtime::new().map_err(CliError::Runtime)?;
    match cli.command {
        Command::Serve(_) => {
            let log = config.log;
            runtime.block_on(async move {
                serve::log_to_stderr(log);
                serve::run(config).await
            })
        }
        Command::Admin(command) => runtime.block_on(admin::run(command, config)),
        Command::Op(command) => runtime.block_on(op::run(command, config)),
        Command::Evidence(evidence::Command::Verify { file, key, json }) => {
            evidence::verify(&file, &key, json)
        }
        Command::Evidence(evidence::Command::Bundle(wanted)) => {
            runtime.block_on(evidence::take(wanted, config))
        }
        Command::Routes { json: _ } => listings::routes(),
        Command::Openapi => listings::openapi(),
        Command::Operations { json: _ } => listings::operations(),
    }
}

fn flags(common: Common, serve: Option<&ServeOptions>) -> Flags {
    let serve_flags = serve.map(|options| Flags {
        listen: options.listen.clone(),
        public_url: options.public_url.clone(),
        agents_listen: options.agents_listen.clone(),
        agents_names: options.agents_name.clone(),
        assets: options.assets.clone(),
        metrics_listen: options.metrics_listen.clone(),
        admit_simulated: options.admit_simulated,
        #[cfg(feature = "faults")]
        faults: options.fault.clone(),
        ..Flags::default()
    });
    Flags {
        config: common.config,
        data: common.data,
        database_url: common.database_url,
        log: common.log,
        ..serve_flags.unwrap_or_default()
    }
}

/// One line of the answer.
fn answer(line: &str) -> Result<(), CliError> {
    writeln!(std::io::stdout().lock(), "{line}").map_err(CliError::Answer)
}

/// The error with its causes, as one sentence.
fn tell(error: &CliError) {
    let mut text = format!("slipway: {error}");
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let words = error.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        cause = error.source();
    }
    // Nobody can be told when stderr is closed.
    drop(writeln!(std::io::stderr().lock(), "{text}"));
}

#[cfg(test)]
mod example;
