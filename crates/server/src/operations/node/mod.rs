//! Operations on nodes.

pub(super) mod begin_maintenance;
pub(super) mod disable_scheduling;
pub(super) mod drain;
pub(super) mod enable_scheduling;
pub(super) mod end_maintenance;
mod in_service;
mod inventory;
mod policy;
pub(super) mod probe;
pub(super) mod refresh_inventory;
pub(super) mod resume;
mod slots;
