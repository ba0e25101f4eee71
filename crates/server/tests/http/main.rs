//! The console's listener over real connections: the API, the forms, the feed and the pages, as programs and browsers meet
//! them.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on stops")]

mod account;
mod authorization;
mod bad_input;
mod caller;
mod feed;
mod find;
mod forms;
mod house;
mod idempotency;
mod ops;
mod pages;
