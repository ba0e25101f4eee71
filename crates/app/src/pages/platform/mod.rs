//! The platform plane.

pub(crate) mod lifecycle;
