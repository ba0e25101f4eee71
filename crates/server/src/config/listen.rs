//! Addresses to listen on, and the refusal to let passwords cross a network readable.

use std::net::{IpAddr, SocketAddr};

use super::options::{self, Named};
use super::sources::{Given, Sources};
use super::{Config, ConfigError};
use webauthn_rs::prelude::Url;

pub(super) fn address(
    sources: &Sources<'_>,
    option: Named,
    flag: Option<&String>,
    file: Option<&String>,
) -> Result<SocketAddr, ConfigError> {
    let given = sources.pick(option, flag, file);
    let default = || Given { name: option.key.to_owned(), value: option.default.to_owned() };
    let given = given.unwrap_or_else(default);
    let fix = format!("write ADDRESS:PORT, as in {} (port 0 takes a free one)", option.default);
    given.value.parse().map_err(|_| given.wrong(fix))
}

/// Nobody is asked who they are there: only this machine may reach it.
pub(super) fn metrics(
    sources: &Sources<'_>,
    flag: Option<&String>,
    file: Option<&String>,
) -> Result<Option<SocketAddr>, ConfigError> {
    let given = sources.pick(options::METRICS_LISTEN, flag, file);
    let Some(given) = given else { return Ok(None) };
    let fix = "write ADDRESS:PORT on loopback, as in 127.0.0.1:9464 (from elsewhere `/metrics` of the console is read with a token)";
    let address = given.value.parse::<SocketAddr>().ok().filter(|address| address.ip().is_loopback());
    address.map(Some).ok_or_else(|| given.wrong(fix))
}

/// An origin and nothing more: what is behind the host would not be part of it.
pub(super) fn public_url(
    sources: &Sources<'_>,
    flag: Option<&String>,
    file: Option<&String>,
) -> Result<Option<Url>, ConfigError> {
    let Some(given) = sources.pick(options::PUBLIC_URL, flag, file) else { return Ok(None) };
    let is_origin = |url: &Url| {
        matches!(url.scheme(), "http" | "https")
            && url.host_str().is_some_and(|host| !host.is_empty())
            && (url.path(), url.query(), url.fragment(), url.username()) == ("/", None, None, "")
            && url.password().is_none()
    };
    let url = Url::parse(&given.value).ok().filter(is_origin);
    url.map(Some).ok_or_else(|| given.wrong("write scheme and host, as in https://slipway.example.org"))
}

pub(super) fn proxies(sources: &Sources<'_>, file: &[String]) -> Result<Vec<IpAddr>, ConfigError> {
    let given = sources.pick_list(options::TRUSTED_PROXY, &[], file);
    let parse = |given: Given| {
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
