//! How the server is set up: file < `SLIPWAY_*` environment < flags. A wrong value is answered with its name, the value
//! and the fix; an unknown key in the file as well, because a typo must not silently mean the default.

mod error;
mod file;
mod listen;
pub(crate) mod options;
mod sources;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

pub use self::error::ConfigError;
use self::file::ConfigFile;
#[cfg(test)]
pub(crate) use self::file::keys_of_file;
use self::sources::Sources;
pub use self::sources::{Environment, environment};
use crate::store::db::DatabaseUrl;
use webauthn_rs::prelude::Url;

/// How long a worker may hold an operation without a sign of life, when nobody says.
const LEASE: Duration = Duration::from_secs(15);
/// Time enough to see what one has done.
const UNDO_WINDOW: Duration = Duration::from_secs(10);
/// How often agents tell how they are, when nobody says.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// The options of every subcommand, as they were typed; see [`Config::load`].
#[derive(Clone, Debug, Default)]
pub struct Flags {
    pub config: Option<PathBuf>,
    pub data: Option<String>,
    pub listen: Option<String>,
    pub public_url: Option<String>,
    pub agents_listen: Option<String>,
    pub agents_names: Vec<String>,
    pub database_url: Option<String>,
    pub log: Option<String>,
    pub assets: Option<String>,
    pub metrics_listen: Option<String>,
    pub admit_simulated: bool,
    pub faults: Vec<String>,
}

/// The set-up, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the server keeps what is not in the database.
    pub data: PathBuf,
    /// Where people's browsers and scripts come in.
    pub listen: SocketAddr,
    /// The address people open the console at, when somebody has said it.
    pub public_url: Option<Url>,
    /// Where agents come in.
    pub agents_listen: SocketAddr,
    /// How often agents tell how they are; after three times without a word a node is unreachable.
    pub heartbeat_every: Duration,
    /// How long a worker may hold an operation without a sign of life.
    pub lease: Duration,
    /// How long the server serves on after it was asked to stop, saying on `/readyz` that it will.
    pub stop_delay: Duration,
    /// How long what somebody notices can be undone with nothing done, after it was started from a browser.
    pub undo_window: Duration,
    /// Further names in the agents' server certificate.
    pub agents_names: Vec<String>,
    pub database: DatabaseUrl,
    pub log: LogFormat,
    /// The folder with the pages' files, when they are not in the program.
    pub assets: Option<PathBuf>,
    /// Where metrics are told without asking who asks; on loopback.
    pub metrics_listen: Option<SocketAddr>,
    /// Whether nodes without a machine behind them may come in. They say so of themselves, and are labelled everywhere.
    pub admit_simulated: bool,
    /// Certificate and key for `listen`.
    pub tls: Option<Tls>,
    /// Proxies in front of `listen` that end TLS; only their `X-Forwarded-For` is believed.
    pub trusted_proxy: Vec<IpAddr>,
    /// The file with the sealing key, when it is not the one in `data`.
    pub sealing_key_file: Option<PathBuf>,
    /// Fault switches that are on; always empty in a released server.
    pub faults: Vec<String>,
}

/// A certificate chain and its key, both PEM.
#[derive(Clone, Debug)]
pub struct Tls {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

impl Config {
    /// Puts flags, environment and file together.
    pub fn load(flags: &Flags, environment: Environment<'_>) -> Result<Self, ConfigError> {
        let file = ConfigFile::find(flags.config.as_deref(), environment)?;
        let sources = Sources { environment, file: file.path.as_deref() };
        let data = sources.pick(options::DATA, flags.data.as_ref(), file.data.as_ref());
        let data = PathBuf::from(data.map_or_else(|| ".slipway".to_owned(), |given| given.value));
        let config = Self {
            listen: listen::address(&sources, options::LISTEN, flags.listen.as_ref(), file.listen.as_ref())?,
            public_url: listen::public_url(&sources, flags.public_url.as_ref(), file.public_url.as_ref())?,
            agents_listen: listen::address(
                &sources,
                options::AGENTS_LISTEN,
                flags.agents_listen.as_ref(),
                file.agents.listen.as_ref(),
            )?,
            heartbeat_every: heartbeat(&sources, file.agents.heartbeat_seconds)?,
            lease: lease(&sources, file.operations.lease_ms)?,
            stop_delay: stop_delay(&sources, file.stop_delay_ms)?,
            undo_window: undo_window(&sources, file.operations.undo_window_seconds)?,
            agents_names: names(&sources, &flags.agents_names, &file.agents.names)?,
            database: database(&sources, flags, &file, &data)?,
            log: log(&sources, flags, &file)?,
            assets: sources
                .pick(options::ASSETS, flags.assets.as_ref(), file.assets.as_ref())
                .map(|given| PathBuf::from(given.value)),
            metrics_listen: listen::metrics(
                &sources,
                flags.metrics_listen.as_ref(),
                file.metrics.listen.as_ref(),
            )?,
            admit_simulated: admit_simulated(&sources, flags.admit_simulated, file.agents.admit_simulated)?,
            tls: file.tls(),
            trusted_proxy: listen::proxies(&sources, &file.trusted_proxy)?,
            sealing_key_file: sources
                .pick(options::SEALING_KEY, None, file.secrets.key_file.as_ref())
                .map(|given| PathBuf::from(given.value)),
            faults: flags.faults.clone(),
            data,
        };
        listen::refuse_open_listening(&config)?;
        Ok(config)
    }

    /// Whether people reach the console over TLS, ours or a declared proxy's.
    pub fn is_behind_tls(&self) -> bool {
        self.tls.is_some() || !self.trusted_proxy.is_empty()
    }
}

fn database(
    sources: &Sources<'_>,
    flags: &Flags,
    file: &ConfigFile,
    data: &std::path::Path,
) -> Result<DatabaseUrl, ConfigError> {
    let url = file.database.url.as_ref();
    let Some(given) = sources.pick_secret(options::DATABASE_URL, flags.database_url.as_ref(), url)? else {
        return Ok(DatabaseUrl::Sqlite(data.join("slipway.db")));
    };
    // The value itself may hold a password: only its scheme is repeated.
    let scheme = given.value.split(':').next().unwrap_or_default().to_owned();
    given.value.parse().map_err(|error: crate::store::db::DatabaseUrlError| ConfigError::Value {
        name: given.name,
        value: format!("{scheme}:…"),
        fix: error.to_string(),
    })
}

fn heartbeat(sources: &Sources<'_>, file: Option<u64>) -> Result<Duration, ConfigError> {
    let file = file.map(|seconds| seconds.to_string());
    let Some(given) = sources.pick(options::HEARTBEAT, None, file.as_ref()) else {
        return Ok(HEARTBEAT);
    };
    let seconds = given.value.parse::<u64>().ok().filter(|seconds| (1..=60).contains(seconds));
    seconds.map(Duration::from_secs).ok_or_else(|| given.wrong("write seconds from 1 to 60"))
}

fn admit_simulated(sources: &Sources<'_>, flag: bool, file: Option<bool>) -> Result<bool, ConfigError> {
    let (flag, file) = (flag.then(|| "true".to_owned()), file.map(|value| value.to_string()));
    let Some(given) = sources.pick(options::ADMIT_SIMULATED, flag.as_ref(), file.as_ref()) else {
        return Ok(false);
    };
    given.value.parse().map_err(|_| given.wrong("write `true` or `false`"))
}

fn stop_delay(sources: &Sources<'_>, file: Option<u64>) -> Result<Duration, ConfigError> {
    let file = file.map(|ms| ms.to_string());
    let Some(given) = sources.pick(options::STOP_DELAY, None, file.as_ref()) else {
        return Ok(Duration::ZERO);
    };
    let ms = given.value.parse::<u64>().ok().filter(|ms| *ms <= 60_000);
    ms.map(Duration::from_millis).ok_or_else(|| given.wrong("write milliseconds from 0 to 60000"))
}

fn lease(sources: &Sources<'_>, file: Option<u64>) -> Result<Duration, ConfigError> {
    let file = file.map(|ms| ms.to_string());
    let Some(given) = sources.pick(options::LEASE, None, file.as_ref()) else {
        return Ok(LEASE);
    };
    let ms = given.value.parse::<u64>().ok().filter(|ms| (200..=600_000).contains(ms));
    ms.map(Duration::from_millis).ok_or_else(|| given.wrong("write milliseconds from 200 to 600000"))
}

fn undo_window(sources: &Sources<'_>, file: Option<u64>) -> Result<Duration, ConfigError> {
    let file = file.map(|seconds| seconds.to_string());
    let Some(given) = sources.pick(options::UNDO_WINDOW, None, file.as_ref()) else {
        return Ok(UNDO_WINDOW);
    };
    let seconds = given.value.parse::<u64>().ok().filter(|seconds| *seconds <= 600);
    seconds.map(Duration::from_secs).ok_or_else(|| given.wrong("write seconds from 0 to 600"))
}

fn log(sources: &Sources<'_>, flags: &Flags, file: &ConfigFile) -> Result<LogFormat, ConfigError> {
    let Some(given) = sources.pick(options::LOG, flags.log.as_ref(), file.log.as_ref()) else {
        return Ok(LogFormat::Text);
    };
    match given.value.as_str() {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(given.wrong("write `text` or `json`")),
    }
}

fn names(sources: &Sources<'_>, flags: &[String], file: &[String]) -> Result<Vec<String>, ConfigError> {
    let names = sources.pick_list(options::AGENTS_NAMES, flags, file);
    let is_name = |name: &str| {
        !name.is_empty()
            && name.len() <= 253
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':'))
    };
    for given in &names {
        if !is_name(&given.value) {
            return Err(given.wrong("write a host name or an IP address"));
        }
    }
    Ok(names.into_iter().map(|given| given.value).collect())
}

#[cfg(test)]
mod tests;
