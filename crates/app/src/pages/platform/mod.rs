//! The platform plane.

pub(crate) mod config;
pub(crate) mod evidence;
pub(crate) mod iam;
pub(crate) mod lifecycle;
pub(crate) mod ops;
