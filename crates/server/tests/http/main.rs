//! The console's listener over real connections: the API, the forms, the feed and the pages, as programs and browsers meet
//! them.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on stops")]

mod account;
mod authorization;
mod bad_input;
mod bulk;
mod caller;
mod canary;
mod conditional;
mod conformance;
mod document;
mod feed;
mod find;
mod forms;
mod house;
mod house_evidence;
mod idempotency;
mod leaves_audit;
mod metrics;
mod ops;
mod pages;
mod passkeys;
mod password;
mod second_factor;
mod spec;
mod token_text;
