//! Addresses to listen on, and the refusal to let passwords cross a network readable.

use std::net::{IpAddr, SocketAddr};

use super::sources::Sources;
use super::{Config, ConfigError};

/// An address option: its names and its default.
#[derive(Clone, Copy)]
pub(super) struct Listener {
    flag: &'static str,
    variable: &'static str,
    key: &'static str,
    default: SocketAddr,
}

pub(super) const CONSOLE: Listener = Listener {
    flag: "--listen",
    variable: "SLIPWAY_LISTEN",
    key: "listen",
    default: SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8080),
};
pub(super) const AGENTS: Listener = Listener {
    flag: "--agents-listen",
    variable: "SLIPWAY_AGENTS_LISTEN",
    key: "agents.listen",
    default: SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8443),
};

pub(super) fn address(
    sources: &Sources<'_>,
    listener: Listener,
    flag: Option<&String>,
    file: Option<&String>,
) -> Result<SocketAddr, ConfigError> {
    let Some(given) = sources.pick(listener.flag, listener.variable, listener.key, flag, file) else {
        return Ok(listener.default);
    };
    let fix = format!("write ADDRESS:PORT, as in {} (port 0 takes a free one)", listener.default);
    given.value.parse().map_err(|_| given.wrong(fix))
}

pub(super) fn proxies(sources: &Sources<'_>, file: &[String]) -> Result<Vec<IpAddr>, ConfigError> {
    let given = sources.pick_list("", "SLIPWAY_TRUSTED_PROXY", "trusted_proxy", &[], file);
    let parse = |given: super::sources::Given| {
        given.value.parse().map_err(|_| given.wrong("write the IP address of the proxy, as in 10.0.0.2"))
    };
    given.into_iter().map(parse).collect()
}

/// The agents' listener is always TLS; the console's only when a certificate is named.
pub(super) fn refuse_open_listening(config: &Config) -> Result<(), ConfigError> {
    if config.listen.ip().is_loopback() || config.is_behind_tls() {
        return Ok(());
    }
    Err(ConfigError::OpenListening { listen: config.listen })
}
