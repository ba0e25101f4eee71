//! Operations on workloads.

pub(super) mod acknowledge;
pub(super) mod archive;
pub(super) mod launch;
pub(super) mod release;
pub(super) mod restart;
pub(super) mod retry;
mod run_step;
pub(super) mod start;
mod starting;
pub(super) mod stop;
mod telling;
