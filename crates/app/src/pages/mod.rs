//! The pages, one folder per workflow family.

pub(crate) mod access;
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
fn id_of_address() -> String {
    part_of_address("id")
}

/// A named part of the address.
fn part_of_address(name: &str) -> String {
    use_params_map().with_untracked(|params| params.get(name)).unwrap_or_default()
}

/// A part of the address after the question mark; empty counts as left out.
fn asked(name: &'static str) -> Option<String> {
    use_query_map().with_untracked(|query| query.get(name)).filter(|value| !value.is_empty())
}
