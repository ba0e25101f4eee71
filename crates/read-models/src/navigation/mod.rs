//! The navigation contract: every page, its place, who may see it, where its back link leads, and which fields of its
//! read model answer the five questions. Rail, local navs, links, `slipway routes` and the end-to-end tests are made
//! from it.

mod address;
mod contract;
mod list_address;
mod route;

pub use address::Address;
pub(crate) use address::escaped;
pub use contract::CONTRACT;
pub use list_address::{ListAddress, NotAView};
pub use route::{Answers, Family, Group, Role, Route, RouteId};
