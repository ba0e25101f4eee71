//! Compute: what can be launched.

mod calls;
mod launch;

pub(crate) use launch::LaunchPage;
