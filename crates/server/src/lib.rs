//! The Slipway server: console, API, operations, stores. `main.rs` starts it; tests use it as a library.

pub mod authn;
pub mod authz;
pub mod cli;
pub mod clock;
pub mod config;
pub mod http;
pub mod ids;
pub mod secret;
pub mod state;
pub mod store;
