//! The agents' side of the server: who they are (certificate authority, enrolment), what they are told and what they say
//! (sessions, hub, ingestion), and noticing when they say nothing.

mod attempts;
pub mod authority;
pub(crate) mod beats;
pub(crate) mod courier;
pub mod enrolment;
pub mod hub;
mod incident;
pub(crate) mod ingest;
mod news;
pub mod refused;
pub mod session;
pub mod silent;
mod texts;
mod wire;

pub use self::authority::{Authority, AuthorityError, Peer};
pub use self::beats::Beats;
pub use self::hub::Hub;

use crate::authz::SystemProof;
use crate::authz::system::for_worker;

/// The proof under which agents' messages are taken in.
fn proof() -> SystemProof {
    for_worker("nodes")
}

/// The resource of a node's events.
fn resource(node: &read_models::ids::NodeId) -> String {
    format!("node:{node}")
}
