//! What rules and plans look at, one file per kind of target.

mod action_items;
mod node;
mod onboarding;
mod permission;
mod person;
mod placement;
mod workload;

pub use action_items::{ActionItems, Item, ItemKey, What};
pub use node::{NodeFacts, WayBack};
pub use onboarding::OnboardingFacts;
pub use permission::{action_on, family, may, may_carry_out, resource_of};
pub use person::{Asked, PersonFacts};
pub use placement::{Excluded, Hold, Judged, Lack, PlacementFacts};
pub use workload::WorkloadFacts;
