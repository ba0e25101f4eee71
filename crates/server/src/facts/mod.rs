//! What rules and plans look at, one file per kind of target.

mod node;
mod onboarding;
mod person;
mod placement;
mod workload;

pub use node::{NodeFacts, WayBack};
pub use onboarding::OnboardingFacts;
pub use person::{Asked, PersonFacts};
pub use placement::{PlacementFacts, free_slots};
pub use workload::WorkloadFacts;
