//! The pages, one folder per workflow family.

pub(crate) mod account;
pub(crate) mod compute;
pub(crate) mod entrance;
pub(crate) mod find;
pub(crate) mod operations;
pub(crate) mod platform;
pub(crate) mod workloads;

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

/// The part of the address that names the thing.
fn id_of_address() -> Memo<String> {
    let params = use_params_map();
    Memo::new(move |_| params.read().get("id").unwrap_or_default())
}

/// A part of the address after the question mark; empty counts as left out.
fn asked(name: &'static str) -> Memo<Option<String>> {
    let query = use_query_map();
    Memo::new(move |_| query.read().get(name).filter(|value| !value.is_empty()))
}
