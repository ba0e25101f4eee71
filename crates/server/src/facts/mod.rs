//! What rules and plans look at, one file per kind of target.

mod node;
mod person;
mod placement;

pub use node::NodeFacts;
pub use person::{Asked, PersonFacts};
pub use placement::{PlacementFacts, free_slots};
