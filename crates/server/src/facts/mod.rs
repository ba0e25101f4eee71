//! What rules and plans look at, one file per kind of target.

mod node;
mod placement;
mod workload;

pub use node::{NodeFacts, WayBack};
pub use placement::{PlacementFacts, free_slots};
pub use workload::WorkloadFacts;
