//! What is wrong with the set-up: the name, the value, and the fix.

use std::path::PathBuf;

/// Why the server does not start with this set-up.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{name} is `{value}`: {fix}")]
    Value { name: String, value: String, fix: String },
    #[error("the configuration file {} cannot be read: {source}", path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the configuration file {} is not understood: {problem}", path.display())]
    Malformed { path: PathBuf, problem: String },
    #[error(
        "--listen is `{listen}`, which other machines can reach, without TLS: passwords would cross the network readable. \
         Listen on 127.0.0.1, or name a certificate (`[tls] certificate = …, key = …`), or declare the proxy that ends TLS \
         (`trusted_proxy = [\"ADDRESS\"]`)"
    )]
    OpenListening { listen: std::net::SocketAddr },
}
