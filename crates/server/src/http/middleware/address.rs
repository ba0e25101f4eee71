//! The address a request really came from: the peer's, or what a declared proxy says.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;

use crate::state::AppState;

/// The address of the person's machine, as text; `unknown` where there is no connection (tests).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub String);

impl FromRequestParts<AppState> for ClientAddress {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Self::Rejection> {
        let Some(ConnectInfo(peer)) = parts.extensions.get::<ConnectInfo<SocketAddr>>() else {
            return Ok(Self("unknown".to_owned()));
        };
        Ok(Self(client(peer.ip(), &parts.headers, &state.config.trusted_proxy).to_string()))
    }
}

/// The last address in `X-Forwarded-For` that is no proxy of ours: everything before it can be made up by the client.
fn client(peer: IpAddr, headers: &HeaderMap, proxies: &[IpAddr]) -> IpAddr {
    if !proxies.contains(&peer) {
        return peer;
    }
    let values = headers.get_all("x-forwarded-for").into_iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = values.flat_map(|value| value.split(',')).map(str::trim).collect();
    let known = hops.iter().rev().map_while(|hop| hop.parse::<IpAddr>().ok());
    known.into_iter().find(|hop| !proxies.contains(hop)).unwrap_or(peer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_declared_proxy_is_believed_and_only_its_own_word() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "6.6.6.6, 1.2.3.4, 10.0.0.2".parse().unwrap());
        let proxies = [ip("10.0.0.2"), ip("10.0.0.3")];
        assert_eq!(client(ip("9.9.9.9"), &headers, &proxies), ip("9.9.9.9"));
        assert_eq!(client(ip("10.0.0.3"), &headers, &proxies), ip("1.2.3.4"));
        assert_eq!(client(ip("10.0.0.3"), &HeaderMap::new(), &proxies), ip("10.0.0.3"));
    }
}
