//! The address passkeys belong to (`WebAuthn`'s relying party): the host people open the console at. Without one that browsers
//! let passkeys belong to there are none, and there is a sentence that says why.

use std::net::IpAddr;

use webauthn_rs::prelude::{Url, Webauthn, WebauthnBuilder};

use crate::config::Config;
use crate::store::passkey_ceremonies::LIFETIME;

/// Where passkeys belong to.
#[derive(Clone, Debug)]
pub enum PasskeySite {
    Here {
        webauthn: Box<Webauthn>,
        host: String,
    },
    /// They belong nowhere, and why.
    Nowhere(&'static str),
}

const UNTOLD: &str = "This server has not been told which address it is opened at, and passkeys belong to one: set `public_url`.";
const NO_NAME: &str =
    "This server is opened at a bare IP address, and browsers let passkeys belong only to a host name.";
const NO_TLS: &str = "This server is opened over plain HTTP, and browsers let passkeys be used only over HTTPS or on `localhost`.";
const NOT_ONE: &str = "The address this server is opened at is none that passkeys can belong to.";

impl PasskeySite {
    /// What the set-up says. Nobody said anything and it listens on loopback: `localhost`, at whichever port it is reached.
    pub fn of(config: &Config) -> Self {
        let Some(url) = &config.public_url else {
            let scheme = if config.tls.is_some() { "https" } else { "http" };
            let local = config.listen.ip().is_loopback() && config.trusted_proxy.is_empty();
            let url =
                local.then(|| Url::parse(&format!("{scheme}://localhost:{}", config.listen.port())).ok());
            return url.flatten().map_or(Self::Nowhere(UNTOLD), |url| Self::at(&url, true));
        };
        let host = url.host_str().unwrap_or_default();
        if host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() {
            return Self::Nowhere(NO_NAME);
        }
        if url.scheme() != "https" && host != "localhost" && !host.ends_with(".localhost") {
            return Self::Nowhere(NO_TLS);
        }
        Self::at(url, false)
    }

    fn at(url: &Url, any_port: bool) -> Self {
        let host = url.host_str().unwrap_or_default().to_owned();
        let built = WebauthnBuilder::new(&host, url).and_then(|builder| {
            builder.rp_name("Slipway").allow_any_port(any_port).timeout(LIFETIME).build()
        });
        built.map_or(Self::Nowhere(NOT_ONE), |webauthn| Self::Here { webauthn: Box::new(webauthn), host })
    }

    /// Why there are no passkeys here.
    pub fn why_not(&self) -> Option<&'static str> {
        match self {
            Self::Here { .. } => None,
            Self::Nowhere(sentence) => Some(sentence),
        }
    }

    /// The host name they belong to.
    pub fn host(&self) -> Option<&str> {
        match self {
            Self::Here { host, .. } => Some(host),
            Self::Nowhere(_) => None,
        }
    }

    pub(super) fn webauthn(&self) -> Option<&Webauthn> {
        match self {
            Self::Here { webauthn, .. } => Some(webauthn),
            Self::Nowhere(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Flags;

    fn of(flags: &Flags) -> PasskeySite {
        PasskeySite::of(&Config::load(flags, &|_| None).unwrap())
    }

    #[test]
    fn passkeys_belong_to_the_host_that_was_said_or_to_localhost_and_otherwise_it_is_said_why_not() {
        let said = |url: &str| of(&Flags { public_url: Some(url.to_owned()), ..Flags::default() });
        assert_eq!(of(&Flags::default()).host(), Some("localhost"));
        assert_eq!(said("https://slipway.example.org").host(), Some("slipway.example.org"));
        assert_eq!(said("http://localhost:8080").host(), Some("localhost"));
        for (url, why) in [
            ("http://slipway.example.org", NO_TLS),
            ("https://10.0.0.7", NO_NAME),
            ("https://[::1]:8080", NO_NAME),
            ("http://127.0.0.1:8080", NO_NAME),
        ] {
            assert_eq!(said(url).why_not(), Some(why), "{url}");
        }
        let mut config = Config::load(&Flags::default(), &|_| None).unwrap();
        config.listen = "0.0.0.0:443".parse().unwrap();
        assert_eq!(PasskeySite::of(&config).why_not(), Some(UNTOLD));
    }

    #[test]
    fn an_address_with_more_than_an_origin_is_refused_with_the_fix() {
        for bad in ["slipway.example.org", "ftp://a.example", "https://a.example/x", "https://u:p@a.example"]
        {
            let flags = Flags { public_url: Some(bad.to_owned()), ..Flags::default() };
            let error = Config::load(&flags, &|_| None).unwrap_err().to_string();
            assert!(error.contains("https://slipway.example.org"), "{error}");
        }
    }
}
