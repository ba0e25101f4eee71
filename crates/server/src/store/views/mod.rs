//! Questions across aggregates. Each is asked with the permits of everything it tells.

pub mod audit;
pub mod find;
pub mod operations_evidence;
