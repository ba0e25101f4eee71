//! What Slipway's pages and API clients see: plain serde types, enums and ids.
//!
//! No I/O, no clock, no judgement: the server fills these in, pages and clients read them. Each workflow family has a
//! module with its read models and the `Console` trait that answers with them.
#![deny(missing_docs)]

pub mod account;
pub mod audit;
pub mod compute;
pub mod counting;
pub mod error;
pub mod evidence;
pub mod find;
pub mod iam;
pub mod ids;
pub mod navigation;
pub mod nodes;
pub mod onboarding;
pub mod operation;
pub mod operations;
pub mod ops;
pub mod paging;
pub mod session;
pub mod time;
pub mod workloads;

use std::{future::Future, pin::Pin};

/// What every question to a `Console` answers with: boxed, because the traits are used as objects.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, error::ConsoleError>> + Send + 'a>>;
