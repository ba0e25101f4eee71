//! The Slipway server: console, API, operations, stores. `main.rs` starts it; tests use it as a library.

pub mod adapters;
pub mod authn;
pub mod authz;
pub mod cli;
pub mod clock;
pub mod config;
pub mod console;
pub mod facts;
pub mod faults;
pub mod http;
pub mod ids;
pub mod metrics;
pub mod nodes;
pub mod operations;
pub mod projections;
pub mod secret;
pub mod state;
pub mod store;
pub mod workers;
