//! Operations on how a person is called and where they land.

pub(super) mod update;
