//! What rules and plans look at, one file per kind of target.

mod action_items;
mod node;
mod onboarding;
mod person;
mod placement;
mod workload;

pub use action_items::{ActionItems, Item, ItemKey, What};
pub use node::{NodeFacts, WayBack};
pub use onboarding::OnboardingFacts;
pub use person::{Asked, PersonFacts};
pub use placement::{Excluded, Hold, Judged, Lack, PlacementFacts};
pub use workload::WorkloadFacts;
