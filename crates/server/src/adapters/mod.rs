//! The ports to other products: each a trait, the embedded implementation, and the real ones.

pub mod secrets;
