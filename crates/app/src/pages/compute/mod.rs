//! Compute: what can be launched.

mod calls;
mod catalogue;
mod launch;
pub(crate) mod sku_card;

pub(crate) use catalogue::ComputePage;
pub(crate) use launch::LaunchPage;
