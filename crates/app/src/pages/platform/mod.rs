//! The platform plane.

pub(crate) mod lifecycle;
pub(crate) mod ops;
