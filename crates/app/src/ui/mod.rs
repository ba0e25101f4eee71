//! Parts that could be any product's: a panel section, a field, a list of facts, a button that copies.

pub(crate) mod copy;
pub(crate) mod facts;
pub(crate) mod field;
pub(crate) mod section;
pub(crate) mod words;
