//! The console's listener over real connections: the API, the forms, the feed and the pages, as programs and browsers meet
//! them.

mod authorization;
mod bad_input;
mod caller;
mod feed;
mod forms;
mod house;
mod idempotency;
mod pages;
