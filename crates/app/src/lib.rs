//! Slipway's pages: one Leptos app, written by the server; `live` is what the script does with them in the browser.
//!
//! The app knows the server only as the `Console` traits of `read-models`. Start with `router.rs` (which page stands
//! where), then `pages/`.
#![expect(clippy::needless_pass_by_value, reason = "components own their props: the view outlives the call")]
#![expect(unreachable_pub, reason = "the component macro makes public what it puts beside a component")]

mod components;
pub mod console;
mod document;
pub mod endpoint;
mod live;
mod pages;
mod router;
mod shell;
mod ui;

pub use document::{Document, SingleKeys, Theme, shell};
pub use live::start;
pub use router::{App, AppProps};
